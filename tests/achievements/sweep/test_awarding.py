"""Cycles: achievements whose points feed each other. And what one that fails does to the others."""

import datetime as dt

import pytest

from achievements.definitions.editing import save_achievement
from achievements.models import Achievement
from achievements.sweep import awarding, sweeper
from operation.models import SweepHint
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    EarnedAchievementFactory,
    TrainingRecordFactory,
)

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def make(world, **more) -> Achievement:
    return AchievementFactory.create(**{"organization": world.academy} | more)


def make_cycle(world, **more) -> list[Achievement]:
    """Two that each give what the other one waits for."""
    return [make(world, **{"conditions": [{"Subject": 40, "Points": 10}], "points": 10} | more) for _ in range(2)]


def times(achievements: list[Achievement]) -> list[int]:
    return [one.earned.count() for one in achievements]


def complete(student, course, *, days_ago: int = 0) -> None:
    TrainingRecordFactory.create(user=student, course=course, started_at=NOW - (days_ago + 1) * DAY)


@pytest.fixture
def student_with_news(world):
    """Completed a course, which a hint says."""
    complete(world.student, world.course)
    SweepHint.objects.create(student_id=world.student.pk)
    return world.student


def test_cycle_gives_all_moments_in_one_sweep(world):
    source = make(world, points=10, frequency=60)
    for day in range(60):
        complete(world.student, world.course, days_ago=day)
    cycle = make_cycle(world, points=1, frequency=60)

    sweeper.award_everybody(at=NOW)

    assert times([source, *cycle]) == [60, 60, 60]


def test_drains_go_on_at_once_with_a_cycle_that_takes_more_rounds(world, student_with_news):
    frequency = awarding.ROUNDS + 20
    cycle = make_cycle(world, frequency=frequency)
    make(world, points=10)

    sweeper.drain(at=NOW)

    assert times(cycle) == [frequency, frequency]
    assert not SweepHint.objects.exists()


def test_a_cycle_that_takes_more_rounds_goes_on_in_the_steps_of_the_sweep(world):
    frequency = awarding.ROUNDS + 20
    cycle = make_cycle(world, frequency=frequency)
    make(world, points=10)
    complete(world.student, world.course)

    done = sweeper.award_everybody(at=NOW)

    assert (done.earned, times(cycle)) == (1 + 2 * awarding.ROUNDS, [frequency, frequency])
    assert not SweepHint.objects.exists()


def test_one_of_a_cycle_that_cannot_be_written_does_not_stop_the_others(world, student_with_news):
    badge = BadgeFactory.create(organization=world.academy, valid_days=2**31 - 1)  # no calendar reaches that far
    broken = make(world, conditions=[{"Subject": 40, "Points": 10}], points=10, badge=badge)
    sound = make(world, conditions=[{"Subject": 40, "Points": 20}], points=20)
    make(world, points=20)

    done = sweeper.drain(at=NOW)

    assert times([broken, sound]) == [0, 1]
    assert done is not None
    assert list(done.problems.values_list("achievement_id", "code")) == [(broken.pk, "evaluation")]


def test_members_of_a_cycle_are_counted_as_evaluated(world):
    make_cycle(world)

    done = sweeper.award_everybody(at=NOW)

    assert (done.achievements, done.evaluated) == (2, 2)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_raised_points_reach_followers_in_a_drain(world, is_enabled):
    source = make(world, points=5, is_enabled=is_enabled)
    dependent = make(world, conditions=[{"Subject": 40, "Points": 100}])
    EarnedAchievementFactory.create(achievement=source, user=world.student)
    source.points = 100
    save_achievement(source, by=None, at=NOW)

    sweeper.drain(at=NOW)

    assert times([dependent]) == [1]
