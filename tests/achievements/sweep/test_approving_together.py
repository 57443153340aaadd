"""What the approval limit counts together: batches, drains, rounds, and winners of places."""

import datetime as dt

import pytest

from achievements.models import Achievement, EarnedAchievement, Hold
from achievements.sweep import approving, hints, sweeper
from courses.models import TrainingRecord
from operation.models import SweepHint
from organizations.models import Organization
from tests.achievements.over_the_limit import LATER, LIMIT, NOW, earn, holds, over_the_limit, written
from tests.factories import (
    AchievementFactory,
    HoldFactory,
)


@pytest.fixture
def achievement(world):
    """Complete any course; three students of an organization whose approval limit is 2 have."""
    return over_the_limit(world)


def cycle(world, **more) -> list[Achievement]:
    """Two achievements each of which gives the point that the other one waits for, twenty times; and a first point."""
    Organization.objects.filter(pk=world.academy.pk).update(approval_limit=3)
    AchievementFactory.create(organization=world.umbrella, points=1, is_global=True)
    fed = {"organization": world.academy, "conditions": [{"Subject": 40, "Points": 1}], "points": 1, "frequency": 20}
    return [AchievementFactory.create(**fed | more) for _ in range(2)]


def times(achievements: list[Achievement]) -> list[int]:
    return [one.earned.count() for one in achievements]


def test_rounds_of_a_cycle_count_together(world):
    fed = cycle(world)
    earn(world, 2)

    done = sweeper.award_everybody(at=NOW)

    assert times(fed) == [2, 2]
    assert holds() == [(1, 2, "waiting"), (1, 2, "waiting")]
    assert (done.earned, done.held) == (2 + 2 + 2, 2 + 2)


def test_rounds_of_a_cycle_count_together_in_a_drain(world):
    fed = cycle(world)
    [student_id] = earn(world, 1)
    SweepHint.objects.create(student_id=student_id)

    sweeper.drain(at=NOW)

    assert times(fed) == [3, 3]
    assert holds() == [(1, 1, "waiting"), (1, 1, "waiting")]


def test_hold_of_a_cycle_waits_although_the_next_sweep_sees_few(world):
    fed = cycle(world)
    earn(world, 2)
    sweeper.award_everybody(at=NOW)
    EarnedAchievement.objects.update(created_at=NOW - dt.timedelta(hours=1))  # counted no more

    sweeper.award_everybody(at=LATER)

    assert times(fed) == [2, 2]
    assert holds() == [(1, 2, "waiting"), (1, 2, "waiting")]


def test_approved_cycle_is_awarded_to_its_end(world):
    fed = cycle(world)
    earn(world, 2)
    sweeper.award_everybody(at=NOW)
    for hold in Hold.objects.all():
        approving.approve(hold, by=world.administrator, at=LATER)

    sweeper.drain(at=LATER)

    assert times(fed) == [40, 40]
    assert holds() == [(1, 2, "approved"), (1, 2, "approved")]


def test_held_one_of_a_cycle_does_not_stop_the_others(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(points=30)
    held, free = (
        AchievementFactory.create(
            organization=world.academy, conditions=[{"Subject": 40, "Points": points}], points=points
        )
        for points in (10, 20)
    )
    HoldFactory.create(achievement=held)
    [student_id] = earn(world, 1)
    SweepHint.objects.create(student_id=student_id)

    sweeper.drain(at=NOW)

    assert times([held, free]) == [0, 1]


def test_batches_of_a_drain_count_together(world, achievement):
    first, last = earn(world, LIMIT), earn(world, 1)
    nobody = range(10**12, 10**12 + hints.BATCH)
    SweepHint.objects.bulk_create(SweepHint(student_id=pk) for pk in [*first, *nobody, *last])

    done = sweeper.drain(at=NOW)

    assert done is not None
    assert (done.earned, done.held) == (LIMIT, 1)
    assert (written(), holds()) == ((LIMIT, LIMIT), [(1, 1, "waiting")])


def drain_one_more(world, *, at: dt.datetime) -> None:
    [student_id] = earn(world, 1)
    SweepHint.objects.create(student_id=student_id)
    sweeper.drain(at=at)


def test_drains_of_one_hour_count_together(world, achievement):
    for minute in range(LIMIT + 1):
        drain_one_more(world, at=NOW + minute * dt.timedelta(minutes=1))

    assert (written(), holds()) == ((LIMIT, LIMIT), [(1, 1, "waiting")])


def test_drains_do_not_count_what_is_longer_ago(world, achievement):
    for hour in range(LIMIT + 1):
        drain_one_more(world, at=NOW + hour * dt.timedelta(minutes=61))

    assert (written(), holds()) == ((LIMIT + 1, LIMIT + 1), [])


def test_drains_do_not_count_what_was_approved(world, achievement):
    sweeper.award_everybody(at=NOW)
    approving.approve(Hold.objects.get(), by=world.administrator, at=NOW)
    sweeper.drain(at=NOW)

    drain_one_more(world, at=NOW + dt.timedelta(minutes=1))

    assert (written(), holds()) == ((LIMIT + 2, LIMIT + 2), [(1, LIMIT + 1, "approved")])


def test_what_a_drain_gave_with_an_approval_does_not_count_after_it(world, achievement, monkeypatch):
    """Another sweep comes to the end of what was approved, while the drain is between two batches."""
    monkeypatch.setattr(hints, "BATCH", LIMIT + 1)
    sweeper.award_everybody(at=NOW)
    approving.approve(Hold.objects.get(), by=world.administrator, at=NOW)
    SweepHint.objects.all().delete()
    due = TrainingRecord.objects.order_by("pk").values_list("user_id", flat=True)
    SweepHint.objects.bulk_create(SweepHint(student_id=pk) for pk in [*due, *earn(world, 1)])
    award_students, batches = sweeper._award_students, []

    def release_after_the_first_batch(run, student_ids, **options):
        award_students(run, student_ids, **options)
        batches.append(len(student_ids))
        Hold.objects.update(released_at=run.now)

    monkeypatch.setattr(sweeper, "_award_students", release_after_the_first_batch)

    sweeper.drain(at=NOW)

    assert batches == [LIMIT + 1, 1]
    assert (written(), holds()) == ((LIMIT + 2, LIMIT + 2), [(1, LIMIT + 1, "approved")])


@pytest.mark.parametrize("frequency_type", ["per_day", "per_achievement"])
def test_winners_of_places_are_held_in_a_drain(world, achievement, frequency_type):
    frequency = 1 if frequency_type == "per_day" else 100
    Achievement.objects.filter(pk=achievement.pk).update(frequency_type=frequency_type, frequency=frequency)
    for day, record in enumerate(TrainingRecord.objects.order_by("pk")):
        moment = NOW - day * dt.timedelta(days=1)
        TrainingRecord.objects.filter(pk=record.pk).update(started_at=moment, completed_at=moment)
    SweepHint.objects.create(student_id=TrainingRecord.objects.order_by("pk")[0].user_id)

    sweeper.drain(at=NOW)

    assert (written(), holds()) == ((0, 0), [(1, LIMIT + 1, "waiting")])
