"""Which achievements there are, and what was given by hand."""

import datetime as dt

import pytest
from django.urls import reverse

from achievements.definitions.path_badges import awards_of
from achievements.models import Achievement
from badges.models import IssuanceItem, IssuedBadge, Via
from courses.models import LearningPath
from courses.path_editing import remove_course
from tests.tms.demo.parts import persona, taken_back, tell
from tms.demo.rewards import GOALS, add_achievements, give_by_hand

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module", autouse=True)
def story(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        story = tell()
        add_achievements(story.people, story.catalogue, story.honours)
        give_by_hand(story.people, story.classes, story.enrollments, story.assignments, story.honours)
        yield story


def test_each_path_has_one_achievement_that_agrees_with_it():
    found = {path.name: awards_of(path, persona("admin")) for path in LearningPath.objects.all()}

    assert {name: list(map(str, one.agreeing)) for name, one in found.items()} == {
        name: [f"Path: {name}"] for name in ("Infrastructure Engineer", "Security Practitioner", "Data Storyteller")
    }
    assert [(one.drifted, one.alike, one.archived) for one in found.values()] == [([], [], [])] * 3


def test_a_course_taken_off_a_path_is_told_on_the_page_of_its_achievement(signed_in):
    achievement = Achievement.objects.get(name="Path: Data Storyteller")
    path = LearningPath.objects.get(name="Data Storyteller")
    remove_course(path, path.steps.get(position=1).course_id)

    response = signed_in(persona("admin")).get(reverse("achievements:details", args=[achievement.pk]))

    assert "no longer matches it" in response.text


def test_some_issuances_were_refused():
    codes = set(IssuanceItem.objects.exclude(code="").values_list("code", flat=True))

    assert codes == {"already_held", "no_email"}


def test_conditions_name_rows_by_their_ids(story):
    linux = Achievement.objects.get(name="Linux Foundations completed")
    both = Achievement.objects.get(name="Two paths walked")

    paths = [Achievement.objects.get(name=f"Path: {name}").pk for name in list(story.catalogue.paths)[:2]]
    assert str(linux.conditions).count(str([story.catalogue.courses["KQ-101"].pk])) == 1
    assert str(both.conditions).count(str(paths)) == 1


def test_an_achievement_is_as_its_goal_says(story):
    found = {one.name: (one.organization, one.points, one.is_enabled, one.badge) for one in Achievement.objects.all()}

    assert found == {
        goal.name: (story.people.places[goal.owner], goal.points, goal.is_enabled, story.honours.get(goal.badge))
        for goal in GOALS
    }


def test_by_hand_is_given_only_after_the_class_and_by_who_teaches_it(story):
    classes = {klass.pk: klass for klass in story.classes}
    given = IssuedBadge.objects.filter(via=Via.ROSTER).select_related("issued_by")

    odd = [
        one
        for one in given
        if one.issued_at < classes[one.source_id].ends_at
        or one.issued_by not in classes[one.source_id].instructors.all()
    ]

    assert given.count() > 0
    assert odd == []


def test_assignments_are_honoured_two_hours_after_their_end(story):
    ends = {one.pk: one.completed_at for one in story.assignments}
    given = IssuedBadge.objects.filter(via=Via.ASSIGNMENT)

    assert {one.issued_at - ends[one.source_id] for one in given} == {dt.timedelta(hours=2)}
    assert {one.badge.name for one in given} == {"Peer Mentor"}
