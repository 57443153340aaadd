"""What a failure has spoilt, and what becomes of those whom it concerns."""

import datetime as dt

import psycopg.errors
import pytest
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError

from achievements.models import Sweep
from achievements.sweep import faults
from achievements.sweep.faults import BlockedError, held_up, poisoned, put_off_achievement, put_off_student
from achievements.sweep.runs import Problem, Run, Written
from operation.models import SweepHint
from tests.achievements.sweep.ruled import NOW, ruled

LATER = NOW + dt.timedelta(minutes=5)
KINDS = ("is_of_the_statement", "is_of_time", "is_of_the_connection", "is_of_a_lock")


def raised(kind, cause=None):
    """As Django raises it."""
    error = kind("words")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kinds"),
    [
        (raised(DatabaseError), {"is_of_the_statement"}),
        (raised(IntegrityError, psycopg.errors.UniqueViolation()), {"is_of_the_statement"}),
        (raised(OperationalError, psycopg.errors.QueryCanceled()), {"is_of_the_statement", "is_of_time"}),
        (raised(OperationalError, psycopg.errors.LockNotAvailable()), {"is_of_the_statement", "is_of_a_lock"}),
        (raised(OperationalError, psycopg.errors.DeadlockDetected()), set()),
        (raised(OperationalError, psycopg.errors.SerializationFailure()), set()),
        (raised(InterfaceError), {"is_of_the_connection"}),
        (raised(OperationalError, psycopg.OperationalError()), {"is_of_the_connection"}),
        (raised(OperationalError, psycopg.errors.AdminShutdown()), {"is_of_the_connection"}),
        (raised(OperationalError, psycopg.errors.ConnectionFailure()), {"is_of_the_connection"}),
        (raised(OperationalError, psycopg.errors.IdleInTransactionSessionTimeout()), {"is_of_the_connection"}),
        (raised(OperationalError, psycopg.errors.OutOfMemory()), {"is_of_the_statement"}),
        (ValueError("words"), {"is_of_the_statement"}),
    ],
)
def test_what_a_failure_has_spoilt(error, kinds):
    assert {name for name in KINDS if getattr(faults, name)(error)} == kinds


@pytest.fixture
def run(db):
    """A drain that began just now."""
    return Run(Sweep(kind=Sweep.Kind.DRAIN, started_at=NOW))


def put_off_until(moment):
    """Of each hint whose it is; all of them wait as long as was said, by the clock of the run."""
    rows = list(SweepHint.objects.order_by("student_id").values_list("student_id", "due_at"))
    return [student_id for student_id, due_at in rows if moment <= due_at < moment + dt.timedelta(hours=1)]


def test_a_student_is_put_off_and_named_alone(world, achievement, run):
    written = put_off_student(run, achievement, world.student.pk)

    words = "This student's award or badge is locked by another process. We retry in five minutes."
    assert (written.achievement, written.problems) == (achievement, [Problem("blocked", words, world.student.pk)])
    assert (written.is_broken, put_off_until(LATER)) == (False, [world.student.pk])


def test_an_achievement_is_put_off_for_all_who_were_found_and_names_none(achievement, run):
    written = put_off_achievement(run, achievement, [9, 4])

    words = "This achievement, or an award or badge, is locked by another process. We retry later."
    assert written == held_up(achievement)
    assert (written.achievement, written.problems, written.is_broken) == (
        achievement,
        [Problem("blocked", words)],
        True,
    )
    assert put_off_until(LATER) == [4, 9]


@pytest.mark.parametrize(("error", "message"), [(ValueError(" words\n"), "words"), (ValueError(), "ValueError")])
def test_what_cannot_be_evaluated_says_why_or_at_least_what(world, achievement, error, message):
    assert poisoned(ruled(achievement), error) == Written(
        achievement=achievement, problems=[Problem("evaluation", message)]
    )


def test_who_is_blocked_is_known_with_the_achievement_where_there_is_one(achievement):
    known, unknown = BlockedError(achievement, [7]), BlockedError(None)

    assert (known.achievement, known.student_ids, str(known)) == (achievement, [7], str(achievement.pk))
    assert (unknown.achievement, unknown.student_ids) == (None, ())
