"""What never comes to its end, a queue that never runs empty or edits all the time, keeps nobody else waiting."""

import datetime as dt
from itertools import chain, repeat

import pytest

from achievements.models import Achievement, Sweep
from achievements.sweep import hints, sweeper, underway
from operation.models import SweepHint
from tests.factories import AchievementFactory, StudentFactory, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
STEPS = 10


@pytest.fixture
def achievement(world):
    """The student has earned it, and no hint says so."""
    TrainingRecordFactory.create(user=world.student, course=world.course)
    return AchievementFactory.create(organization=world.academy)


@pytest.fixture
def queue_that_fills(world, monkeypatch):
    """Whenever students are taken from it, the next one is in it already; what is yielded says when that ends."""
    take, left = hints.take, [None] * STEPS

    def take_and_add(**options):
        taken = take(**options)
        if taken.student_ids and left:
            left.pop()
            SweepHint.objects.create(student_id=world.guest.pk)
        return taken

    monkeypatch.setattr(hints, "take", take_and_add)
    SweepHint.objects.create(student_id=world.guest.pk)
    return left


def test_a_hint_of_an_achievement_does_not_wait_for_the_end_of_the_queue(achievement, queue_that_fills, monkeypatch):
    settle, left = hints.settle, []

    def settle_and_count(asked):
        left.append(len(queue_that_fills))
        settle(asked)

    monkeypatch.setattr(hints, "settle", settle_and_count)
    SweepHint.objects.create(achievement_id=achievement.pk)

    sweeper.drain(at=NOW)

    assert (achievement.earned.count(), SweepHint.objects.count()) == (1, 0)
    assert left[0] > 0


def test_a_sweep_that_is_due_does_not_wait_for_the_end_of_the_queue(achievement, queue_that_fills, monkeypatch):
    monkeypatch.setattr(sweeper, "DRAIN_SECONDS", 0.0001)
    underway.ask(by=None, at=NOW)

    sweeper.drain(at=NOW)

    assert (Sweep.objects.get().kind, Sweep.objects.get().finished_at is None) == (Sweep.Kind.FULL, False)
    assert achievement.earned.count() == 1


def test_a_step_beside_edits_without_end_goes_on_with_fewer_students(world, achievement, monkeypatch):
    """A batch of eight is so slow that something is edited meanwhile; one of two is not."""
    students = StudentFactory.create_batch(8, organization=world.academy)
    for student in students:
        TrainingRecordFactory.create(user=student, course=world.course)
    SweepHint.objects.bulk_create(SweepHint(student_id=student.pk) for student in students)
    edits = chain([True, True], repeat(False))
    monkeypatch.setattr(sweeper, "is_changed", lambda _loaded: next(edits))
    sizes, award = [], sweeper._award_students

    def award_and_count(run, student_ids, **options):
        sizes.append(len(student_ids))
        award(run, student_ids, **options)

    monkeypatch.setattr(sweeper, "_award_students", award_and_count)

    sweeper.drain(at=NOW)

    assert sizes == [8, 4, 2, 6]
    assert Achievement.objects.get().earned.count() == 8


def test_a_step_of_one_student_beside_edits_without_end_is_left_to_the_next_drain(world, achievement, monkeypatch):
    SweepHint.objects.create(student_id=world.student.pk)
    edits = chain([True], repeat(False))
    monkeypatch.setattr(sweeper, "is_changed", lambda _loaded: next(edits))

    sweeper.drain(at=NOW)

    assert (achievement.earned.count(), SweepHint.objects.count()) == (1, 0)
