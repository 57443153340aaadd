"""How far a student is with many achievements, and what blocks each."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.urls import reverse

from achievements.conditions.counting import ConditionTally
from achievements.explaining.progress import progress_of
from achievements.explaining.why import explain
from achievements.models import Achievement, Hold
from tests.achievements.explaining.explained import conditions
from tests.factories import (
    PAST,
    AchievementFactory,
    CourseFactory,
    EarnedAchievementFactory,
    HoldFactory,
    LabFactory,
    OrganizationFactory,
    TrainingRecordFactory,
)


def test_progress_of_many_takes_five_queries(world, student, django_assert_num_queries):
    some = AchievementFactory.create_batch(3, organization=world.academy)
    broken = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 7}])
    EarnedAchievementFactory.create(achievement=some[0], user=student)

    with django_assert_num_queries(5):
        found = progress_of(student, [*some, broken])

    assert [(one.times_earned, one.tallies, one.percent) for one in found] == [
        (1, [ConditionTally(1, 1)], 100),
        (0, [ConditionTally(1, 1)], 100),
        (0, [ConditionTally(1, 1)], 100),
        (0, [], 0),
    ]


def test_progress_counts_all_conditions_alike(world, student):
    text = "[{Subject:10, Complete:true}, {Subject:0, Count:3}]"
    achievement = AchievementFactory.create(organization=world.academy, conditions=conditions(text))

    [found] = progress_of(student, [achievement])

    assert (found.tallies, found.percent) == ([ConditionTally(1, 1), ConditionTally(0, 3)], 50)


def test_progress_of_nothing_is_nothing(student):
    assert progress_of(student, []) == []


# By the code of the block, what an achievement of the academy needs to be blocked for its student, who has met it.
MADE: Mapping[str, dict[str, Any]] = {
    "achievement_off": {"is_enabled": False},
    "places_taken": {"frequency_type": "per_achievement"},
    "day_taken": {"frequency_type": "per_day"},
    "held": {},
    "impossible": {},
    "unreadable": {"conditions": [{"Subject": 7}]},
}


def blocked(world, code):
    fields = dict(MADE[code])
    if code == "impossible":
        lab = LabFactory.create(organization=world.academy)
        fields["conditions"] = conditions(f"[{{Count:2, Distinct:true, LabProfileIds:[{lab.pk}]}}]")
    achievement = AchievementFactory.create(organization=world.academy, name=code, **fields)
    if code in {"places_taken", "day_taken"}:
        EarnedAchievementFactory.create(achievement=achievement, earned_at=PAST)
    if code == "held":
        HoldFactory.create(achievement=achievement)
    return achievement


@pytest.fixture
def all_blocked(world, student):
    return [blocked(world, code) for code in MADE]


def test_every_one_of_many_has_its_own_block(all_blocked, student, django_assert_num_queries):
    with django_assert_num_queries(7):
        found = progress_of(student, all_blocked)

    assert [[block.code for block in one.obstacles] for one in found] == [[code] for code in MADE]
    assert [one.percent for one in found] == [100, 100, 100, 100, 0, 0]


def test_the_list_says_what_the_page_of_each_says(world, all_blocked, administrator, student):
    sibling = OrganizationFactory.create(parent=world.umbrella)
    foreign = AchievementFactory.create(organization=sibling)
    three = conditions("[{Subject:10, Count:3, Complete:true}]")
    above = AchievementFactory.create(organization=world.umbrella, conditions=three)
    open_course = CourseFactory.create(organization=world.umbrella, achievements_for_outside_organizations=True)
    TrainingRecordFactory.create(user=student, course=open_course)

    text = administrator.get(reverse("achievements:ask", args=[student.pk])).text

    said = [words in text for one in [*all_blocked, foreign, above] for words in _words(one, student)]
    assert said == [True] * 8


def _words(achievement, student):
    stored = Achievement.objects.select_related("organization").get(pk=achievement.pk)
    return [str(block.words).replace("'", "&#x27;") for block in explain(stored, student).obstacles]


@pytest.mark.parametrize("field", ["is_active", "participates_in_achievements"])
def test_the_list_says_what_keeps_the_student_from_all(world, achievement, administrator, student, field):
    setattr(student, field, False)
    student.save()

    text = administrator.get(reverse("achievements:ask", args=[student.pk])).text

    [words] = _words(achievement, student)
    assert words in text


def test_the_list_says_of_what_is_met_that_it_comes(achievement, student, signed_in):
    text = signed_in(student).get(reverse("achievements:ask", args=[student.pk])).text

    assert "All conditions are met. It will be awarded within the hour." in text


def test_what_was_earned_as_often_as_it_can_be_has_no_obstacle(achievement, student):
    EarnedAchievementFactory.create(achievement=achievement, user=student)
    Hold.objects.create(achievement=achievement, version=1, count=3, held_at=PAST)

    [found] = progress_of(student, [achievement])

    assert ([block.code for block in found.blocks], found.obstacles, found.is_due) == (["held", "used_up"], [], False)
