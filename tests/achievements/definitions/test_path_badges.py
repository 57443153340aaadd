import datetime as dt

import pytest
from django.urls import reverse

from achievements.conditions.terms import canonical
from achievements.definitions.editing import save_achievement
from achievements.definitions.path_badges import conditions_of, draft_of
from achievements.models import Achievement, AchievementChange, EarnedAchievement
from achievements.sweep.sweeper import award_everybody, drain
from badges.models import IssuedBadge
from courses.models import Course, LearningPath
from courses.path_editing import remove_course
from courses.paths import progress_of, walks_of
from tests.achievements.rewarded_paths import add_a_course, awards_on, badge_form, badge_page, empty, finish_path
from tests.factories import (
    PAST,
    AchievementFactory,
    AdministratorFactory,
    CourseFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
)


def test_the_conditions_are_all_courses_and_the_exam(path):
    course_ids = sorted(path.courses.values_list("pk", flat=True))

    assert [condition.to_json() for condition in conditions_of(path)] == [
        {"Subject": 10, "Count": 2, "CourseIds": course_ids, "Distinct": True, "Complete": True},
        {"Subject": 0, "Count": 1, "LabProfileIds": [path.exam_id], "Passed": True},
    ]


def test_a_path_without_an_exam_asks_for_its_courses(path):
    path.exam = None

    assert [condition.to_json()["Subject"] for condition in conditions_of(path)] == [10]


@pytest.mark.parametrize(
    ("exam", "is_complete"), [({}, True), ({"completed_at": None}, False), ({"passed": False}, False)]
)
def test_the_path_and_its_badge_say_the_same_of_an_exam(world, path, exam, is_complete):
    save_achievement(draft_of(path, by=None), by=None, at=PAST)
    finish_path(path, world.student, **exam)

    drain(at=PAST + dt.timedelta(days=1))
    award_everybody(at=PAST + dt.timedelta(days=1))

    [walk] = walks_of(world.student)
    assert (progress_of(path, world.student).is_complete, walk.is_complete, EarnedAchievement.objects.exists()) == (
        (is_complete,) * 3
    )


@pytest.mark.parametrize(("owner", "is_global"), [("umbrella", True), ("academy", False)])
def test_the_draft_is_global_where_organizations_below_walk_the_path(world, owner, is_global):
    path = LearningPathFactory.create(organization=getattr(world, owner))

    assert draft_of(path, by=world.administrator).is_global is is_global


@pytest.mark.parametrize(("passed", "earned"), [(True, 1), (False, 0)])
def test_who_has_completed_the_path_gets_the_badge(world, path, badge, administrator, passed, earned):
    finish_path(path, world.student, passed=passed)
    administrator.post(badge_page(path), badge_form(path, badge))

    drain(at=PAST + dt.timedelta(days=1))

    assert EarnedAchievement.objects.filter(user=world.student).count() == earned
    assert IssuedBadge.objects.filter(student=world.student, badge=badge).count() == earned


def test_an_achievement_with_the_same_conditions_is_pointed_out(path, badge, administrator):
    administrator.post(badge_page(path), badge_form(path, badge, name="The first"))

    response = administrator.get(badge_page(path))

    assert awards_on(response)["agreeing"] == ["The first"]
    assert "Agrees with the path" in response.text


def remove_a_course(path):
    remove_course(path, path.steps.get(position=1).course_id)


def change_the_exam(path):
    LearningPath.objects.filter(pk=path.pk).update(exam=LabFactory.create(organization=path.organization, is_exam=True))


def edit_the_achievement(_path):
    Achievement.objects.update(conditions=[{"Subject": 10, "Count": 1, "Complete": True}])


@pytest.mark.parametrize("change", [add_a_course, remove_a_course, change_the_exam, edit_the_achievement])
def test_what_no_longer_agrees_is_told_on_both_pages_and_updated(world, path, badge, administrator, change):
    administrator.post(badge_page(path), badge_form(path, badge, name="The first"))
    change(path)
    path.refresh_from_db()
    achievement = Achievement.objects.get()

    before = administrator.get(badge_page(path))
    told = [
        administrator.get(reverse("courses:path", args=[path.pk])).text,
        administrator.get(reverse("achievements:details", args=[achievement.pk])).text,
    ]
    award = reverse("achievements:path_award", args=[path.pk, achievement.pk])
    after = administrator.post(award, {"act": "update"}, follow=True)

    assert awards_on(before) == {"agreeing": [], "drifted": ["The first"], "alike": [], "archived": []}
    assert ["no longer match" in text for text in told] == [True, True]
    assert awards_on(after) == {"agreeing": ["The first"], "drifted": [], "alike": [], "archived": []}
    achievement.refresh_from_db()
    assert (achievement.conditions, achievement.version) == (canonical(conditions_of(path)), 2)


def test_one_that_is_to_differ_is_kept_apart(path, badge, administrator):
    administrator.post(badge_page(path), badge_form(path, badge, name="The first"))
    add_a_course(path)
    conditions = Achievement.objects.get().conditions

    award = reverse("achievements:path_award", args=[path.pk, Achievement.objects.get().pk])
    after = administrator.post(award, {"act": "unlink"}, follow=True)

    assert awards_on(after) == {"agreeing": [], "drifted": [], "alike": ["The first"], "archived": []}
    assert Achievement.objects.get().conditions == conditions


def test_one_in_other_words_is_pointed_out_and_linked(world, path, administrator):
    first, second = path.courses.order_by("-pk").values_list("pk", flat=True)
    conditions = [
        {"Subject": 0, "Count": 1, "LabProfileIds": [path.exam_id], "Passed": True},
        {"Subject": 10, "Count": 2, "CourseIds": [first, second], "Distinct": True, "Complete": True},
    ]
    words = AchievementFactory.create(organization=world.academy, name="In other words", conditions=conditions)
    AchievementFactory.create(organization=world.academy, name="Something else")

    before = administrator.get(badge_page(path))
    award = reverse("achievements:path_award", args=[path.pk, words.pk])
    after = administrator.post(award, {"act": "link"}, follow=True)

    assert awards_on(before) == {"agreeing": [], "drifted": [], "alike": ["In other words"], "archived": []}
    assert awards_on(after) == {"agreeing": ["In other words"], "drifted": [], "alike": [], "archived": []}


def changes(achievement):
    """What the history says, the oldest first."""
    return [change.changed for change in AchievementChange.objects.filter(achievement=achievement).order_by("pk")]


def test_what_rewards_another_path_is_not_taken_from_it_in_silence(world, path, badge, administrator):
    administrator.post(badge_page(path), badge_form(path, badge, name="The first"))
    achievement = Achievement.objects.get()
    other = LearningPathFactory.create(organization=world.academy, name="Sea Defender", exam=path.exam)

    shown = administrator.get(badge_page(other))
    award = reverse("achievements:path_award", args=[other.pk, achievement.pk])
    after = administrator.post(award, {"act": "link"}, follow=True)

    assert (awards_on(shown)["alike"], "It rewards Network Defender." in shown.text) == (["The first"], True)
    assert "The first already rewards Network Defender. Unlink it from that path first." in after.text
    achievement.refresh_from_db()
    assert achievement.learning_path == path


def test_which_path_is_rewarded_is_told_by_the_history(path, badge, administrator):
    administrator.post(badge_page(path), badge_form(path, badge, name="The first"))
    achievement = Achievement.objects.get()
    award = reverse("achievements:path_award", args=[path.pk, achievement.pk])

    for act in ("unlink", "unlink", "link", "link"):
        administrator.post(award, {"act": act})

    assert changes(achievement)[1:] == [
        {"learning_path": ["Network Defender", ""]},
        {"learning_path": ["", "Network Defender"]},
    ]
    history = administrator.get(reverse("achievements:history", args=[achievement.pk])).text
    assert "Learning path" in history


def test_a_path_is_not_followed_to_a_course_out_of_reach(world, path, badge, administrator):
    administrator.post(badge_page(path), badge_form(path, badge, name="The first"))
    foreign = CourseFactory.create(organization=world.outside)
    LearningPathCourseFactory.create(learning_path=path, course=foreign, position=9)
    achievement = Achievement.objects.get()

    award = reverse("achievements:path_award", args=[path.pk, achievement.pk])
    after = administrator.post(award, {"act": "update"}, follow=True)

    said = f"The first stays as it is: Academy may not ask for all of Network Defender. There is no course {foreign.pk} here."
    assert said in after.text
    assert awards_on(after)["drifted"] == ["The first"]


def test_an_archived_course_of_a_path_is_told(path, administrator):
    course = path.courses.first()
    Course.objects.filter(pk=course.pk).update(is_archived=True)

    assert awards_on(administrator.get(badge_page(path)))["archived"] == [course.name]
    assert "so no one can start it" in administrator.get(reverse("courses:path", args=[path.pk])).text


def details(achievement):
    return reverse("achievements:details", args=[achievement.pk])


@pytest.mark.parametrize(
    ("number", "said"), [(1, "is archived, so no one can start it"), (2, "are archived, so no one can start them")]
)
def test_an_archived_course_is_told_of_an_achievement_that_agrees(path, badge, administrator, number, said):
    administrator.post(badge_page(path), badge_form(path, badge, name="The first"))
    before = administrator.get(details(Achievement.objects.get())).text
    courses = list(path.courses.order_by("steps__position"))[:number]
    Course.objects.filter(pk__in=[course.pk for course in courses]).update(is_archived=True)

    of_it = administrator.get(details(Achievement.objects.get())).text
    of_the_path = administrator.get(badge_page(path)).text

    assert ("archived" in before, "no longer match" in of_it, badge_page(path) in of_it) == (False, False, True)
    assert f"{said}: {', '.join(course.name for course in courses)}." in of_it
    assert [words in of_the_path for words in ("Agrees with", "Asks for an archived course")] == [False, True]


def test_who_does_not_administer_the_path_is_told_whom_to_ask(world, path, badge, administrator, signed_in):
    administrator.post(badge_page(path), badge_form(path, badge, name="The first"))
    add_a_course(path)
    LearningPath.objects.filter(pk=path.pk).update(organization=world.umbrella)

    local = AdministratorFactory.create(organization=world.academy)
    text = signed_in(local).get(details(Achievement.objects.get())).text

    assert "no longer match" in text
    assert (f"Ask an administrator of {world.umbrella}." in text, "See what to do" in text) == (True, False)


def test_an_emptied_path_is_told_on_all_pages_and_its_achievement_kept_apart(path, badge, administrator):
    administrator.post(badge_page(path), badge_form(path, badge, name="The first"))
    achievement = Achievement.objects.get()
    award = reverse("achievements:path_award", args=[path.pk, achievement.pk])

    empty(path)
    before = administrator.get(badge_page(path))
    told = [administrator.get(url).text for url in (reverse("courses:path", args=[path.pk]), details(achievement))]
    after = administrator.post(award, {"act": "unlink"}, follow=True)

    assert awards_on(before)["drifted"] == ["The first"]
    assert "there is nothing to update to" in before.text
    assert ('value="update"' in before.text, 'value="unlink"' in before.text) == (False, True)
    assert ["no longer has courses or an exam" in text for text in told] == [True, True]
    assert awards_on(after) == {"agreeing": [], "drifted": [], "alike": [], "archived": []}
    assert Achievement.objects.get().conditions == achievement.conditions


def test_students_are_told_nothing_of_it(world, path, badge, administrator, student_of_the_academy):
    administrator.post(badge_page(path), badge_form(path, badge))
    add_a_course(path)

    assert "no longer match" not in student_of_the_academy.get(reverse("courses:path", args=[path.pk])).text


@pytest.fixture
def student_of_the_academy(world, signed_in):
    return signed_in(world.student)
