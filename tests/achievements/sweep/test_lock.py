"""One sweeper at a time: what happens beside it, and when it is killed, stopped or blocked."""

import datetime as dt
import os
import signal
from itertools import count

import pytest
from django.db import connection

from achievements.definitions.editing import save_achievement
from achievements.models import Achievement, EarnedAchievement, Hold, SweepProblem
from achievements.sweep import awarding, hints, lock, sweeper
from badges.models import IssuedBadge
from operation.models import SweepHint
from organizations.models import Organization
from tests.achievements.processes import (
    a_sweeper_elsewhere,
    another_session,
    blocking_the_award,
    finish,
    somebody_waits,
    wait_until,
)
from tests.achievements.sweeping import (
    award_everybody_and_stand_still_for_two_seconds_at_most,
    award_if_due,
    drain,
)
from tests.factories import AchievementFactory, BadgeFactory, StudentFactory, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=6)
LIMIT = 2

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("roles_come_back"),
    pytest.mark.xdist_group("processes"),
]


@pytest.fixture
def achievement(world):
    """Complete any course; five students have."""
    made = AchievementFactory.create(
        organization=world.academy, points=5, badge=BadgeFactory.create(organization=world.academy)
    )
    for student in StudentFactory.create_batch(5, organization=world.academy):
        complete(student, world)
    return made


def complete(student, world) -> None:
    TrainingRecordFactory.create(user=student, course=world.course)


def hint_everybody() -> list[int]:
    """The ids of those who completed something, in order: each is in the queue."""
    student_ids = list(TrainingRecordFactory._meta.model.objects.order_by("user_id").values_list("user_id", flat=True))
    SweepHint.objects.bulk_create(SweepHint(student_id=pk) for pk in student_ids)
    return student_ids


def earners(achievement) -> list[int]:
    return list(achievement.earned.order_by("user_id").values_list("user_id", flat=True))


def holders() -> list[int]:
    return list(IssuedBadge.objects.order_by("student").values_list("student", flat=True))


def test_only_one_is_the_sweeper(db):
    with a_sweeper_elsewhere(), lock.holding() as held:
        assert held is None

    with lock.holding() as held:
        assert held is not None


def test_a_sweeper_whose_session_was_lost_stops(db):
    with lock.holding() as held:
        assert held is not None
        held.check()
        connection.close()

        with pytest.raises(lock.LockLostError):
            held.check()


def test_the_server_watches_a_session_while_it_is_the_sweepers(db):
    names = ("idle_session_timeout", "idle_in_transaction_session_timeout", "client_connection_check_interval")

    def watched():
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting(%s), current_setting(%s), current_setting(%s)", names)
            return cursor.fetchone()

    with lock.holding():
        inside = watched()

    assert (inside, watched()) == (("1min", "1min", "5s"), ("0", "0", "0"))


def test_rows_can_be_filtered_by_whether_a_sweeper_is_at_work(world):
    def found():
        return Organization.objects.filter(lock.is_held(), pk=world.academy.pk).exists()

    before = found()
    with lock.holding():
        inside = found()
    with another_session() as session:
        session.execute("SELECT pg_advisory_lock(%s, %s)", (lock.KEY[0], lock.KEY[1] + 1))
        beside = found()

    assert (before, inside, beside) == (False, True, False)


@pytest.mark.parametrize("place", [0, 2, 4])
def test_one_student_whom_another_session_holds_up_holds_up_nobody_else(world, achievement, place):
    student_ids = hint_everybody()
    held_up = student_ids.pop(place)

    with blocking_the_award(achievement.pk, held_up):
        sweeper.drain(at=NOW)

        assert (earners(achievement), holders()) == (student_ids, student_ids)
        assert list(SweepProblem.objects.values_list("achievement", "student", "code")) == [
            (achievement.pk, held_up, "blocked")
        ]
        assert SweepHint.objects.get().student_id == held_up
    EarnedAchievement.objects.filter(user=held_up).delete()

    sweeper.drain(at=LATER)

    assert earners(achievement) == sorted([*student_ids, held_up])


def test_a_look_goes_on_beside_a_student_whom_another_session_holds_up(world, achievement):
    student_ids = hint_everybody()
    SweepHint.objects.all().delete()
    held_up = student_ids.pop(2)

    with blocking_the_award(achievement.pk, held_up):
        done = sweeper.award_everybody(at=NOW)

        assert (earners(achievement), holders(), done.failed) == (student_ids, student_ids, 1)
    EarnedAchievement.objects.filter(user=held_up).delete()

    sweeper.drain(at=LATER)

    assert earners(achievement) == sorted([*student_ids, held_up])


def test_a_cycle_goes_on_beside_a_student_whom_another_session_holds_up(world, achievement):
    cycle = AchievementFactory.create_batch(
        2, organization=world.academy, points=5, conditions=[{"Subject": 40, "Points": 5}]
    )
    student_ids = hint_everybody()
    SweepHint.objects.all().delete()
    held_up = student_ids.pop(2)

    with blocking_the_award(cycle[0].pk, held_up):
        done = sweeper.award_everybody(at=NOW)
        assert [earners(one) for one in cycle] == [student_ids, student_ids]

    assert list(done.problems.values_list("student", "code")) == [(held_up, "blocked")]
    assert SweepHint.objects.get().student_id == held_up


def test_a_step_that_fails_does_not_end_the_sweep_that_it_comes_between(world, achievement):
    """Nothing can be taken from the queue."""
    student_ids = hint_everybody()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;"
            "CREATE TRIGGER refuse BEFORE DELETE ON operation_sweephint FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    try:
        done = sweeper.award_everybody(at=NOW)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse ON operation_sweephint; DROP FUNCTION refuse()")

    assert (done.finished_at is not None, earners(achievement)) == (True, student_ids)
    assert SweepHint.objects.count() == len(student_ids)


def test_completions_are_awarded_while_a_look_is_under_way(world, achievement, start):
    """The look is held up by one student, and tries for some seconds to go on without that one."""
    student_ids = hint_everybody()
    SweepHint.objects.all().delete()
    SweepHint.objects.create(organization_id=world.academy.pk)
    with blocking_the_award(achievement.pk, student_ids[-1]):
        process = start(drain)
        wait_until(somebody_waits)
        complete(world.student, world)
        SweepHint.objects.create(student_id=world.student.pk)

        wait_until(achievement.earned.filter(user=world.student).exists)

        assert SweepHint.objects.filter(organization_id=world.academy.pk).exists()
    finish(process)


def test_a_sweeper_that_stands_still_is_not_waited_for(world, achievement, start):
    student_ids = hint_everybody()
    SweepHint.objects.all().delete()
    blocking = blocking_the_award(achievement.pk, student_ids[-1])
    process = start(award_everybody_and_stand_still_for_two_seconds_at_most)
    wait_until(somebody_waits)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    blocking.rollback()
    blocking.close()

    wait_until(lambda: not is_held())
    finish(start(award_if_due))

    assert earners(achievement) == student_ids
    os.kill(process.pid, signal.SIGCONT)
    process.join(timeout=300)
    assert (process.exitcode, earners(achievement), holders()) == (1, student_ids, student_ids)


def is_held() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %s)", [lock.KEY[0]]
        )
        return bool(cursor.fetchone()[0])


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


def test_what_a_source_feeds_is_found_after_a_kill_between_both(world, achievement, monkeypatch):
    dependent = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 40, "Points": 5}])
    SweepHint.objects.create(achievement_id=achievement.pk)
    killed_at(monkeypatch, awarding, "award", call=2)
    with pytest.raises(KilledError):
        sweeper.drain(at=NOW)
    assert (achievement.earned.count(), dependent.earned.count()) == (5, 0)

    sweeper.drain(at=NOW)

    assert (achievement.earned.count(), dependent.earned.count()) == (5, 5)


def test_an_edit_in_the_last_chunk_of_its_own_look_is_looked_at(world, achievement, monkeypatch):
    finish_ = awarding._finish
    edited: list[Achievement] = []

    def edit_first(*args, **options):
        if not edited:
            edited.append(achievement)
            achievement.frequency = 2
            save_achievement(achievement, by=None, at=NOW)
        return finish_(*args, **options)

    monkeypatch.setattr(awarding, "_finish", edit_first)
    for student_id in hint_everybody():
        TrainingRecordFactory.create(user_id=student_id)
    SweepHint.objects.all().delete()
    SweepHint.objects.create(achievement_id=achievement.pk)

    sweeper.drain(at=NOW)

    assert (achievement.earned.filter(nth=2).count(), SweepHint.objects.count()) == (5, 0)


@pytest.fixture
def over_the_limit(world):
    """Complete any course, of an organization whose approval limit is 2."""
    Organization.objects.filter(pk=world.academy.pk).update(approval_limit=LIMIT)
    for student in StudentFactory.create_batch(LIMIT + 1, organization=world.academy):
        complete(student, world)
    return AchievementFactory.create(organization=world.academy)


def counts() -> tuple[int, list[int]]:
    """How many have earned something, and how many are held."""
    return EarnedAchievement.objects.count(), list(Hold.objects.values_list("count", flat=True))


def test_what_a_killed_drain_awarded_counts_for_the_approval_limit(world, over_the_limit, monkeypatch):
    monkeypatch.setattr(hints, "BATCH", 1)
    hint_everybody()
    killed_at(monkeypatch, sweeper, "_award_students", call=LIMIT + 1)
    with pytest.raises(KilledError):
        sweeper.drain(at=NOW)

    sweeper.drain(at=NOW + dt.timedelta(minutes=1))

    assert counts() == (LIMIT, [1])


def test_what_a_killed_look_at_everybody_awarded_counts_for_the_approval_limit(world, over_the_limit, monkeypatch):
    TrainingRecordFactory._meta.model.objects.latest("pk").delete()
    SweepHint.objects.create(achievement_id=over_the_limit.pk)
    killed_at(monkeypatch, awarding, "_finish", call=1)
    with pytest.raises(KilledError):
        sweeper.drain(at=NOW)
    complete(world.student, world)
    SweepHint.objects.create(student_id=world.student.pk)

    sweeper.drain(at=NOW + dt.timedelta(minutes=1))

    assert counts() == (LIMIT, [1])
