"""Sweeps at the same moment: what one has not committed, the other cannot see."""

import datetime as dt
import threading
import time
from itertools import count

import pytest
from django.db import connection

from achievements.definitions.editing import save_achievement
from achievements.models import Achievement, EarnedAchievement, Hold, Sweep
from achievements.sweep import awarding, hints, sweeper, turns, writing
from tests.achievements.processes import another_session
from tests.factories import AchievementFactory, StudentFactory, TrainingRecordFactory
from tests.racing import at_once
from tms.models import Organization, SweepHint

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
BRAKE = 2

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("roles_come_back")]


def complete(student, course) -> None:
    TrainingRecordFactory.create(user=student, course=course)


def hint(*students) -> None:
    SweepHint.objects.bulk_create(SweepHint(student_id=student.pk) for student in students)


def is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock')"
        )
        return bool(cursor.fetchone()[0])


class SlowDrain:
    """A drain that has looked at its students, and commits when another sweep waits for it, or is done."""

    def __init__(self, monkeypatch) -> None:
        self.has_looked, self.is_other_done = threading.Event(), threading.Event()
        self.award_students = sweeper._award_students
        self.monkeypatch = monkeypatch
        monkeypatch.setattr(sweeper, "_award_students", self._look_and_wait)

    def _look_and_wait(self, run, student_ids) -> None:
        self.monkeypatch.setattr(sweeper, "_award_students", self.award_students)
        self.award_students(run, student_ids)
        self.has_looked.set()
        self.is_other_done.wait(timeout=30)

    def act(self) -> None:
        sweeper.drain(at=NOW)

    def watch(self) -> None:
        deadline = time.monotonic() + 30
        while not self.is_other_done.is_set() and time.monotonic() < deadline:
            if is_somebody_waiting():
                self.is_other_done.set()
            time.sleep(0.05)

    def beside(self, other) -> None:
        """Run it beside another sweep, which begins when this has looked."""

        def act() -> None:
            self.has_looked.wait(timeout=30)
            try:
                other()
            finally:
                self.is_other_done.set()

        at_once(self.act, act, self.watch)


@pytest.fixture
def slow_drain(monkeypatch) -> SlowDrain:
    return SlowDrain(monkeypatch)


@pytest.fixture
def points(world):
    """Two achievements with a point each; the student has what the first one asks for, and not yet what the second does."""
    complete(world.student, world.course)
    first, second = AchievementFactory.create_batch(2, organization=world.academy, points=1)
    Achievement.objects.filter(pk=second.pk).update(conditions=course_completed(times=2))
    second.refresh_from_db()
    return first, second


def course_completed(*, times: int):
    return [{"Subject": 10, "Count": times, "Complete": True}]


@pytest.fixture(params=["lined up", "ring"])
def both(world, points, request):
    """What follows when both points are there."""
    two_points = {"organization": world.academy, "conditions": [{"Subject": 40, "Points": 2}]}
    if request.param == "lined up":
        return AchievementFactory.create(**two_points)
    return AchievementFactory.create_batch(2, **two_points, points=1)[0]


def test_two_drains_at_once_award_what_both_lead_to(world, points, both, slow_drain):
    """The later one sees all records that the other one saw, and waits for it with the awards that both give."""
    hint(world.student)

    def complete_and_drain() -> None:
        complete(world.student, world.course)
        hint(world.student)
        sweeper.drain(at=NOW)

    slow_drain.beside(complete_and_drain)

    assert [one.earned.count() for one in (*points, both)] == [1, 1, 1]


def test_what_an_edit_leads_to_is_awarded_beside_a_drain_that_knew_nothing_of_it(world, points, both, slow_drain):
    hint(world.student)

    def edit_and_drain() -> None:
        _first, second = points
        second.conditions = course_completed(times=1)
        save_achievement(second, by=None, at=NOW)
        sweeper.drain(at=NOW)

    slow_drain.beside(edit_and_drain)

    assert [one.earned.count() for one in (*points, both)] == [1, 1, 1]


@pytest.mark.parametrize("is_new", [True, False])
def test_a_follower_is_awarded_beside_a_drain_that_did_not_know_it(world, points, is_new, slow_drain):
    """Before it is edited, it asks for two courses, and follows nothing."""
    complete(world.student, world.course)
    hint(world.student)
    follower = AchievementFactory.build(organization=world.academy, conditions=course_completed(times=99))
    if not is_new:
        follower.save()

    def edit_and_drain() -> None:
        follower.conditions = [{"Subject": 40, "Points": 2}]
        save_achievement(follower, by=None, at=NOW)
        sweeper.drain(at=NOW)

    slow_drain.beside(edit_and_drain)

    assert [one.earned.count() for one in (*points, follower)] == [1, 1, 1]


def test_whoever_waits_for_a_sweep_that_hangs_goes_on(world, points, both, monkeypatch):
    monkeypatch.setattr(turns, "DRAIN_PATIENCE", 0.2)
    complete(world.student, world.course)
    hint(world.student)

    with another_session() as hanging:
        hanging.execute(f"SELECT pg_advisory_xact_lock({turns._UNDER_WAY})")

        sweeper.drain(at=NOW)
        EarnedAchievement.objects.filter(achievement=both).delete()
        sweeper.award_everybody(at=NOW)

    assert both.earned.count() == 1


def test_a_sweep_waits_for_one_that_hangs_once(world, both, monkeypatch):
    waits: list[None] = []
    monkeypatch.setattr(turns, "wait_for_drains", lambda: waits.append(None))  # which says that it was in vain
    SweepHint.objects.create(organization_id=world.academy.pk)
    SweepHint.objects.create(achievement_id=both.pk)

    sweeper.drain(at=NOW)

    assert waits == [None]


@pytest.fixture
def braked(world):
    """Complete any course, of an organization whose brake is 2."""
    Organization.objects.filter(pk=world.academy.pk).update(brake=BRAKE)
    return AchievementFactory.create(organization=world.academy)


def earners(world, count: int):
    students = StudentFactory.create_batch(count, organization=world.academy)
    for student in students:
        complete(student, world.course)
    return students


def counts() -> tuple[int, list[int]]:
    """How many have earned something, and how many are held."""
    return EarnedAchievement.objects.count(), list(Hold.objects.values_list("count", flat=True))


def test_drains_at_once_count_together_for_the_brake(world, braked, slow_drain):
    hint(*earners(world, BRAKE))

    def another() -> None:
        hint(*earners(world, 1))
        sweeper.drain(at=NOW)

    slow_drain.beside(another)

    assert counts() == (BRAKE, [1])


def test_drains_at_once_do_not_count_the_same_awards_twice_for_the_brake(world, braked, slow_drain):
    students = earners(world, BRAKE)
    hint(*students)

    def another() -> None:
        hint(*students)
        sweeper.drain(at=NOW)

    slow_drain.beside(another)

    assert counts() == (BRAKE, [])


class KilledError(BaseException):
    """What was not committed is lost, and nobody catches it."""


def killed_at(monkeypatch, module, name: str, *, call: int) -> None:
    """The sweep does not survive this call."""
    original, calls = getattr(module, name), count(1)

    def count_calls(*args, **options):
        if next(calls) == call:
            monkeypatch.setattr(module, name, original)
            raise KilledError
        return original(*args, **options)

    monkeypatch.setattr(module, name, count_calls)


def test_what_a_killed_drain_awarded_counts_for_the_brake(world, braked, monkeypatch):
    monkeypatch.setattr(hints, "BATCH", 1)
    hint(*earners(world, BRAKE + 1))
    killed_at(monkeypatch, sweeper, "_award_students", call=2)
    with pytest.raises(KilledError):
        sweeper.drain(at=NOW)

    sweeper.drain(at=NOW + dt.timedelta(minutes=1))

    assert counts() == (BRAKE, [1])
    assert Sweep.objects.earliest("pk").awards == {str(braked.pk): 1}


def test_what_a_killed_look_at_everybody_awarded_counts_for_the_brake(world, braked, monkeypatch):
    monkeypatch.setattr(awarding, "CHUNK", 1)
    monkeypatch.setattr(writing, "CHUNK", 1)
    earners(world, BRAKE)
    SweepHint.objects.create(achievement_id=braked.pk)
    killed_at(monkeypatch, awarding, "_finish", call=1)
    with pytest.raises(KilledError):
        sweeper.drain(at=NOW)

    hint(*earners(world, 1))
    sweeper.drain(at=NOW + dt.timedelta(minutes=1))

    assert counts() == (BRAKE, [1])
