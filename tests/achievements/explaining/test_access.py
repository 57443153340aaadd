"""The pages that answer "Why not yet?" and preview achievements: who may ask, and what they show."""

import datetime as dt

import pytest
from django.urls import reverse

from achievements.explaining.access import Asking, students_in_reach
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import sweeper
from badges.models import IssuedBadge
from classes.models import Enrollment
from organizations.models import Organization, User
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    CourseFactory,
    EarnedAchievementFactory,
    LabFactory,
    OrganizationFactory,
    StudentFactory,
    TrainingRecordFactory,
    UserFactory,
)

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(name="Finisher", organization=world.academy)


def why(achievement, student):
    return reverse("achievements:why", args=[achievement.pk, student.pk])


def form_of(achievement, **changes):
    return {
        "organization": achievement.organization_id,
        "frequency": 1,
        "frequency_type": "per_user",
        "conditions": str(achievement.conditions),
    } | changes


@pytest.mark.parametrize(
    ("persona", "names"),
    [
        ("administrator", ["administrator", "student", "instructor", "guest"]),
        ("instructor", ["instructor", "student"]),
        ("contractor", ["contractor", "student", "guest"]),
        ("student", ["student"]),
        ("stranger", ["stranger"]),
    ],
)
def test_about_whom_one_may_ask(world, persona, names):
    found = students_in_reach(getattr(world, persona))

    assert set(found) == {getattr(world, name) for name in names}


def test_a_student_who_left_the_class_is_out_of_its_instructors_reach(world):
    world.enrollment.enrollment_status = Enrollment.Status.CANCELLED
    world.enrollment.save()

    assert list(students_in_reach(world.instructor)) == [world.instructor]


def names_for(user, student):
    student = User.objects.select_related("organization").get(pk=student.pk)
    return sorted(Asking(user, student).achievements.values_list("name", flat=True))


@pytest.fixture
def achievements(world):
    """One of every kind of reach; `Off` is not enabled."""
    AchievementFactory.create(name="Academy", organization=world.academy)
    AchievementFactory.create(name="Off", organization=world.academy, is_enabled=False)
    AchievementFactory.create(name="Partner", organization=world.partner)
    AchievementFactory.create(name="Umbrella", organization=world.umbrella)
    AchievementFactory.create(name="Global", organization=world.umbrella, is_global=True)
    AchievementFactory.create(name="Outside", organization=world.outside)


@pytest.mark.parametrize(
    ("persona", "about", "names"),
    [
        ("student", "student", ["Academy", "Global"]),
        ("instructor", "student", ["Academy", "Global"]),
        ("contractor", "student", ["Academy", "Global"]),
        ("contractor", "guest", ["Academy"]),
        ("guest", "guest", ["Partner"]),
        ("administrator", "student", ["Academy", "Global", "Off", "Umbrella"]),
        ("administrator", "guest", ["Academy", "Global", "Off", "Umbrella"]),
    ],
)
def test_about_which_achievements_one_may_ask(world, achievements, persona, about, names):
    assert names_for(getattr(world, persona), getattr(world, about)) == names


def test_what_was_earned_stays_in_reach(world, achievements):
    EarnedAchievementFactory.create(achievement=Achievement.objects.get(name="Off"), user=world.student)

    assert names_for(world.student, world.student) == ["Academy", "Global", "Off"]


def test_whoever_took_a_course_open_to_outsiders_is_in_reach_of_its_organization(world, achievements):
    TrainingRecordFactory.create(
        user=world.student,
        course__organization=world.outside,
        course__achievements_for_outside_organizations=True,
    )

    assert names_for(world.student, world.student) == ["Academy", "Global", "Outside"]


def test_whoever_took_an_open_course_is_not_told_of_other_organizations_that_have_one(world, achievements):
    CourseFactory.create(organization=world.umbrella, achievements_for_outside_organizations=True)
    course = CourseFactory.create(organization=world.outside, achievements_for_outside_organizations=True)
    TrainingRecordFactory.create(user=world.student, course=course)

    assert names_for(world.student, world.student) == ["Academy", "Global", "Outside"]


@pytest.mark.parametrize(("is_below", "found"), [(False, (404, 0, 404)), (True, (200, 1, 200))])
def test_an_open_course_brings_its_owners_achievements_and_those_above_in_reach(
    world, achievement, signed_in, is_below, found
):
    owner = OrganizationFactory.create(parent=world.academy) if is_below else world.outside
    course = CourseFactory.create(organization=owner, achievements_for_outside_organizations=True)
    TrainingRecordFactory.create(user=world.guest, course=course)
    guest = signed_in(world.guest)

    before = guest.get(why(achievement, world.guest)).status_code
    sweeper.award_everybody(at=NOW)
    after = guest.get(why(achievement, world.guest)).status_code

    assert (before, EarnedAchievement.objects.filter(user=world.guest).count(), after) == found


def test_global_ones_are_out_of_reach_of_who_does_not_take_part(world, achievements):
    world.academy.in_global_achievements = False
    world.academy.save()

    assert names_for(world.student, world.student) == ["Academy"]


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


@pytest.mark.parametrize(("brake", "is_said"), [(0, True), (1000, True), (None, False)])
def test_what_is_due_is_promised_as_far_as_the_brake_lets_it(world, achievement, signed_in, brake, is_said):
    Organization.objects.filter(pk=world.academy.pk).update(brake=brake)
    TrainingRecordFactory.create(user=world.student, course=world.course)

    text = signed_in(world.student).get(why(achievement, world.student)).text

    assert "the next sweep awards it, within the hour." in text
    assert (
        "Only if it finds more at a time than Academy allows does an administrator decide first." in text
    ) is is_said


def test_the_list_shows_progress(world, achievement, signed_in):
    TrainingRecordFactory.create(user=world.student, course=world.course)

    response = signed_in(world.instructor).get(reverse("achievements:ask", args=[world.student.pk]))

    [row] = response.context["listing"].page
    assert (row.name, row.progress.percent) == ("Finisher", 100)
    assert "Finisher" in response.text


def test_the_list_takes_a_fixed_number_of_queries(world, signed_in, django_assert_num_queries):
    AchievementFactory.create_batch(3, organization=world.academy)
    student = signed_in(world.student)

    with django_assert_num_queries(12):
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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"conditions": "[{Subjekt:10}]"}, "Did you mean Subject?"),
        ({"conditions": "[{Subject:10, CourseIds:[999999]}]"}, "There is no course 999999 here."),
        ({"frequency": "0"}, "Frequency"),
    ],
)
def test_a_draft_that_cannot_be_saved_cannot_be_previewed(achievement, administrator, changes, words):
    response = administrator.post(reverse("achievements:preview_new"), form_of(achievement, **changes))

    assert response.status_code == 422
    assert words in response.text


def test_a_draft_for_an_organization_out_of_reach_is_refused(world, achievement, administrator):
    data = form_of(achievement, organization=world.outside.pk)

    response = administrator.post(reverse("achievements:preview_new"), data)

    assert response.status_code == 422


def test_preview_of_a_badge_that_is_added_says_who_gets_it_late(world, achievement, administrator):
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    badge = BadgeFactory.create(organization=world.academy)

    response = administrator.post(
        reverse("achievements:preview", args=[achievement.pk]), form_of(achievement, badge=badge.pk)
    )

    assert response.context["preview"].late_badges == 1
    assert "People who earned it before would get its badge" in response.text
    assert not IssuedBadge.objects.exists()


@pytest.mark.parametrize(
    ("switched_off", "said"),
    [
        ("person", "You do not take part in achievements. Your badges stay yours."),
        ("organization", "Your organization does not use achievements."),
    ],
)
def test_who_takes_no_part_is_shown_no_achievement_of_his_own(world, achievement, signed_in, switched_off, said):
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    if switched_off == "person":
        User.objects.filter(pk=world.student.pk).update(participates_in_achievements=False)
    else:
        Organization.objects.filter(pk=world.academy.pk).update(achievements_enabled=False)
    client = signed_in(world.student)

    listed = client.get(reverse("achievements:ask", args=[world.student.pk]))
    others = [reverse(name) for name in ("home", "achievements:mine", "courses:paths", "classes:transcript")]
    pages = [client.get(page) for page in others]

    assert said in listed.text
    assert client.get(why(achievement, world.student)).status_code == 404
    assert [page.status_code for page in pages if "Finisher" in page.text or page.status_code != 200] == []
    assert "Finisher" not in listed.text


def test_administrators_still_learn_which_switch_is_in_the_way(world, achievement, administrator):
    User.objects.filter(pk=world.student.pk).update(participates_in_achievements=False)

    assert "does not take part in achievements" in administrator.get(why(achievement, world.student)).text
