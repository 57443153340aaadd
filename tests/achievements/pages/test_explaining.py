"""The pages that answer "Why not yet?" and preview achievements: who may ask, and what they show."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from achievements.conditions.parsing import parse
from achievements.conditions.terms import canonical
from achievements.editor.building import of_stored
from achievements.editor.fields import NAMES_SOUGHT
from achievements.models import Achievement
from badges.models import IssuedBadge
from organizations.models import Organization
from tests.achievements.editing import form_of, sent
from tests.achievements.pages.reading import why
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    ClassFactory,
    CourseFactory,
    CourseTagFactory,
    EarnedAchievementFactory,
    EnrollmentFactory,
    HoldFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    StudentFactory,
    TrainingRecordFactory,
    UserFactory,
)


def test_who_manages_without_the_role_may_not_ask(world, achievement, signed_in):
    manager = signed_in(UserFactory.create(organization=world.academy, manages=[world.academy]))

    assert manager.get(why(achievement, world.student)).status_code == 403


@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 200), ("contractor", 200), ("student", 200), ("stranger", 404)],
)
def test_why_is_for_those_who_have_to_do_with_the_student(world, achievement, signed_in, persona, status):
    response = signed_in(getattr(world, persona)).get(why(achievement, world.student))

    assert response.status_code == status


def test_an_achievement_out_of_reach_is_not_found(world, signed_in):
    foreign = AchievementFactory.create(organization=world.outside)

    assert signed_in(world.student).get(why(foreign, world.student)).status_code == 404


def test_records_are_shown_to_the_student_and_not_to_the_instructor(world, achievement, signed_in):
    record = TrainingRecordFactory.create(user=world.student, course__name="Secret Course")
    EarnedAchievementFactory.create(achievement=achievement, user=world.student, evidence={"records": [record.pk]})

    shown = {
        name: "Secret Course" in signed_in(getattr(world, name)).get(why(achievement, world.student)).text
        for name in ("student", "administrator", "instructor")
    }

    assert shown == {"student": True, "administrator": True, "instructor": False}


def test_a_record_that_counted_shows_its_score(world, achievement, signed_in):
    lab = LabFactory.create()
    record = TrainingRecordFactory.create(user=world.student, course=None, lab=lab, score=7, max_score=7)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student, evidence={"records": [record.pk]})

    text = signed_in(world.student).get(why(achievement, world.student)).text

    assert "7/7 · 100 %" in text


@pytest.mark.parametrize(("approval_limit", "is_said"), [(0, True), (1000, True), (None, False)])
def test_what_is_due_is_promised_as_far_as_the_approval_limit_lets_it(
    world, achievement, signed_in, approval_limit, is_said
):
    Organization.objects.filter(pk=world.academy.pk).update(approval_limit=approval_limit)
    TrainingRecordFactory.create(user=world.student, course=world.course)

    text = signed_in(world.student).get(why(achievement, world.student)).text

    assert "It will be awarded within the hour." in text
    assert (
        "Only if a sweep finds more at a time than Academy allows does an administrator decide first." in text
    ) is is_said


def test_the_list_shows_progress(world, achievement, signed_in):
    TrainingRecordFactory.create(user=world.student, course=world.course)

    response = signed_in(world.instructor).get(reverse("achievements:ask", args=[world.student.pk]))

    [row] = response.context["listing"].page
    assert (row.name, row.progress.percent) == (achievement.name, 100)
    assert achievement.name in response.text


def test_the_list_is_searched_by_the_badge_that_somebody_lacks(world, achievement, signed_in):
    badge = BadgeFactory.create(name="Cloud Cartographer", organization=world.academy)
    wanted = AchievementFactory.create(name="Finisher of labs", organization=world.academy, badge=badge)

    found = signed_in(world.student).get(reverse("achievements:ask", args=[world.student.pk]), {"q": "cartographer"})

    assert list(found.context["listing"].page) == [wanted]
    assert ">Cloud Cartographer</span>" in found.text


def test_the_list_stays_with_the_class_that_it_was_opened_from(world, achievement, signed_in):
    instructor, ask = signed_in(world.instructor), reverse("achievements:ask", args=[world.student.pk])
    later = ClassFactory.create(organization=world.academy, starts_at=world.klass.starts_at + timedelta(days=9))
    later.instructors.add(world.instructor)
    EnrollmentFactory.create(klass=later, student=world.student)
    opened = instructor.get(ask, {"roster": world.klass.pk}).context["listing"]

    found = instructor.get(ask, [*opened.kept_by_search, ("q", achievement.name)])

    listing, origin = found.context["listing"], f"roster={world.klass.pk}"
    assert found.context["klass"] == world.klass
    assert f"{why(achievement, world.student)}?{origin}" in found.text
    addresses = [
        listing.headings[0].url,
        listing.url_of_everything,
        listing.url_of_output_options,
        listing.view.address,
        *(chip.url_without for chip in listing.chips),
    ]
    assert [address for address in addresses if origin not in address] == []


def test_the_list_takes_a_fixed_number_of_queries(world, signed_in, django_assert_num_queries):
    badge = BadgeFactory.create(organization=world.academy)
    AchievementFactory.create_batch(3, organization=world.academy, badge=badge)
    student = signed_in(world.student)

    with django_assert_num_queries(14):
        student.get(reverse("achievements:ask", args=[world.student.pk]))


def test_preview_of_a_stored_achievement(world, achievement, administrator):
    TrainingRecordFactory.create(user=world.student, course=world.course)

    response = administrator.get(reverse("achievements:preview", args=[achievement.pk]))

    assert list(response.context["preview"].awarded.people) == [world.student]
    assert why(achievement, world.student) in response.text


def test_preview_of_a_stored_one_that_is_not_understood_says_so(world, administrator):
    achievement = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 7}])

    response = administrator.get(reverse("achievements:preview", args=[achievement.pk]))

    assert "Subject is 0 (lab), 10 (course), 20 (course tag) or 40 (user achievement)." in response.text


def test_preview_of_a_new_draft_saves_nothing(world, achievement, administrator):
    StudentFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=world.student, course=world.course)

    data = form_of(achievement, conditions="[{Subject:10}]", name="")
    response = administrator.post(reverse("achievements:preview_new"), data, headers={"HX-Request": "true"})

    assert response.status_code == 200
    assert response.context["preview"].would_award == 1
    assert "<html" not in response.text
    assert Achievement.objects.count() == 1


def test_preview_of_an_edit_changes_nothing(world, achievement, administrator):
    TrainingRecordFactory.create(user=world.student, course=world.course, completed_at=None)

    data = form_of(achievement, conditions="[{Subject:10}]")
    response = administrator.post(reverse("achievements:preview", args=[achievement.pk]), data)

    assert list(response.context["preview"].difference.gained.people) == [world.student]
    assert "<html" in response.text
    achievement.refresh_from_db()
    assert achievement.conditions == [{"Subject": 10, "Count": 1, "Complete": True}]


def test_preview_of_a_badge_that_is_added_says_who_gets_it_late(world, achievement, administrator):
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    badge = BadgeFactory.create(organization=world.academy)

    response = administrator.post(
        reverse("achievements:preview", args=[achievement.pk]), form_of(achievement, badge=badge.pk)
    )

    assert response.context["preview"].late_badges == 1
    assert "Person who already earned it would get its badge" in response.text
    assert not IssuedBadge.objects.exists()


ID = 987_654_321


def test_a_student_reads_names_and_no_ids(world, signed_in):
    tag = CourseTagFactory.create(pk=ID, name="Security", organization=world.academy)
    course = CourseFactory.create(pk=ID, name="Networks", organization=world.academy)
    lab = LabFactory.create(pk=ID, name="Firewalls", organization=world.academy)
    starter = AchievementFactory.create(pk=ID, name="Starter", organization=world.academy)
    text = (
        f"[{{Subject:20, CourseTagIds:[{tag.pk}], CourseIds:[{course.pk}], Count:2}}, {{LabProfileIds:[{lab.pk}]}},"
        f" {{Subject:40, AchievementIds:[{starter.pk}]}}, {{Subject:10, CourseIds:[{ID + 1}]}}]"
    )
    goal = AchievementFactory.create(
        name="Finisher", organization=world.academy, conditions=canonical(parse(text).conditions)
    )
    record = TrainingRecordFactory.create(user=world.student, course=course)
    EarnedAchievementFactory.create(achievement=starter, user=world.student, evidence={"records": [record.pk]})
    student = signed_in(world.student)

    pages = [reverse("achievements:mine"), why(goal, world.student), why(starter, world.student)]
    said = " ".join(strip_tags(student.get(address).text) for address in pages)

    assert [name in said for name in ("Security", "Networks", "Firewalls", "Starter")] == [True] * 4
    assert (str(ID) in said, str(ID + 1) in said) == (False, False)


@pytest.fixture
def twelve(world):
    """They have completed a course."""
    people = StudentFactory.create_batch(12, organization=world.academy)
    for person in people:
        TrainingRecordFactory.create(user=person, course=world.course)
    return people


def names_of(response):
    return len(response.context["preview"].awarded.people)


def test_the_further_people_of_a_preview_are_a_press_away(world, achievement, administrator, twelve):
    address = reverse("achievements:preview", args=[achievement.pk])

    first = administrator.get(address)
    more = administrator.get(address, {"names": 100})

    assert (names_of(first), 'href="?names=100"' in first.text) == (10, True)
    assert (names_of(more), 'href="?names=' in more.text) == (12, False)


@pytest.mark.parametrize("by_script", [True, False])
def test_a_draft_is_asked_about_again_as_it_stands(world, achievement, administrator, twelve, by_script):
    address, headers = reverse("achievements:preview_new"), {"HX-Request": "true"} if by_script else {}
    data = form_of(achievement, name="A draft nobody has saved")

    first = administrator.post(address, data, headers=headers)
    more = administrator.post(address, data | {"names": "100"}, headers=headers)

    button = 'name="names" value="100"'
    assert (names_of(first), names_of(more)) == (10, 12)
    assert (button in first.text, button in more.text) == (True, False)
    assert ('type="hidden" name="name" value="A draft nobody has saved"' in first.text) is not by_script


def test_held_awards_and_the_badge_of_a_path_name_the_further_people_too(world, administrator, twelve):
    held = HoldFactory.create(achievement__organization=world.academy)
    path = LearningPathFactory.create(organization=world.academy)
    LearningPathCourseFactory.create(learning_path=path, course=world.course)
    hold, badge = reverse("achievements:hold", args=[held.pk]), reverse("achievements:path_badge", args=[path.pk])

    found = [
        administrator.get(hold),
        administrator.get(hold, {"names": "100"}),
        administrator.get(badge),
        administrator.post(badge, {"look": "100"}),
    ]

    assert [names_of(response) for response in found] == [10, 12, 10, 12]
    assert ["and 2 more" in response.text for response in found] == [True, False, True, False]


def test_a_preview_says_how_many_get_the_badge(world, administrator):
    badge = BadgeFactory.create(organization=world.academy)
    achievement = AchievementFactory.create(organization=world.academy, badge=badge)
    for fields in ({}, {"email": ""}):
        person = StudentFactory.create(organization=world.academy, **fields)
        TrainingRecordFactory.create(user=person, course=world.course)

    text = administrator.get(reverse("achievements:preview", args=[achievement.pk])).text

    said = administrator.get(reverse("achievements:preview", args=[achievement.pk]), headers={"HX-Request": "true"})

    assert "Cannot get the badge" in text
    assert "1 account has no e-mail address." in text
    words = " ".join(said.text.split("preview-said")[1].split())
    assert "<strong>2</strong> people earn it" in words
    assert "· 1 gets the badge" in words


def test_while_somebody_writes_what_is_missing_is_no_mistake(achievement, administrator):
    data = form_of(achievement, conditions="")
    ask = reverse("achievements:preview_new")

    pressed, live = (
        administrator.post(ask, data | more, headers={"HX-Request": "true"}) for more in ({}, {"live": "1"})
    )

    assert (pressed.status_code, live.status_code) == (422, 200)
    assert ["Not complete yet" in one.text.split("preview-said")[0] for one in (pressed, live)] == [False, True]


def test_the_live_preview_says_what_the_preview_says(world, administrator):
    badge = BadgeFactory.create(organization=world.academy)
    achievement = AchievementFactory.create(organization=world.academy, badge=badge)
    for fields in ({}, {}, {"email": ""}):
        person = StudentFactory.create(organization=world.academy, **fields)
        TrainingRecordFactory.create(user=person, course=world.course)
    data, ask = form_of(achievement), reverse("achievements:preview", args=[achievement.pk])

    pressed = administrator.post(ask, data)
    live = administrator.post(ask, data | {"live": "1"}, headers={"HX-Request": "true"})

    assert pressed.context["preview"].awarded.count == live.context["preview"].awarded.count == 3
    assert pressed.context["preview"].badge == live.context["preview"].badge
    assert (live.context["preview"].badge.given, live.context["preview"].badge.refused) == (2, 1)


def test_a_name_that_is_not_chosen_is_not_previewed_as_any(achievement, administrator):
    data = sent(of_stored(achievement.conditions), **{"conditions-0-course_ids_named": "diving"})
    data.update(form_of(achievement))
    data["conditions"] = of_stored(achievement.conditions).text

    response = administrator.post(reverse("achievements:preview_new"), data)

    assert response.context["form"].errors["conditions"] == [NAMES_SOUGHT]
