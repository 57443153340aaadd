"""Tells what a failure of the database has spoilt: a statement, the transaction, or the connection; and what to report."""

import logging
from collections.abc import Sequence
from datetime import timedelta

import psycopg.errors
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from achievements.models import Achievement
from achievements.sweep import hints
from achievements.sweep.rules import RuledAchievement
from achievements.sweep.runs import Problem, Run, Written
from operation.retrying import REPEATABLE

logger = logging.getLogger(__name__)

PUT_OFF = timedelta(minutes=5)


class BlockedError(Exception):
    """Somebody else holds what an award needs, to one of the students of a step; of this achievement, where that is known."""

    def __init__(self, achievement: Achievement | None, student_ids: Sequence[int] = ()) -> None:
        super().__init__(achievement and achievement.pk)
        self.achievement, self.student_ids = achievement, student_ids


def is_of_the_statement(error: Exception) -> bool:
    """Whether only this statement is bad; otherwise the whole transaction, or the connection, is lost."""
    return not is_of_the_connection(error) and not isinstance(error.__cause__, REPEATABLE)


def is_of_time(error: Exception) -> bool:
    """Whether the statement took longer than it may."""
    return isinstance(error.__cause__, psycopg.errors.QueryCanceled)


def is_of_the_connection(error: Exception) -> bool:
    """Whether the session is gone: cut (57P…, 08…, 25P03), or the server with it."""
    if isinstance(error, InterfaceError):
        return True
    state = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, OperationalError) and (state is None or state.startswith(("08", "57P", "25P03")))


def is_of_a_lock(error: Exception) -> bool:
    """Whether somebody else held what the statement needed, for longer than it may wait."""
    return isinstance(error.__cause__, psycopg.errors.LockNotAvailable)


def put_off_student(run: Run, achievement: Achievement, student_id: int) -> Written:
    """Somebody else holds what the award needs: this student is looked at once more after a while. What to report."""
    hints.put_off(student_id, until=run.now + PUT_OFF)
    words = _("This student's award or badge is locked by another process. We retry in five minutes.")
    return Written(achievement=achievement, problems=[Problem("blocked", words, student_id)])


def held_up(achievement: Achievement) -> Written:
    """What to report where somebody else holds the achievement, or what an award of it needs, whoever is looked at."""
    words = _("This achievement, or an award or badge, is locked by another process. We retry later.")
    return Written(achievement=achievement, problems=[Problem("blocked", words)])


def put_off_achievement(run: Run, achievement: Achievement, student_ids: Sequence[int]) -> Written:
    """No student of a step is to wait for that: they are looked at once more after a while. What to report."""
    hints.look_again(student_ids, at=run.now + PUT_OFF)
    return held_up(achievement)


def poisoned(ruled: RuledAchievement, error: Exception) -> Written:
    """What to report of an achievement that could not be evaluated or written."""
    return Written(
        achievement=ruled.achievement, problems=[Problem("evaluation", str(error).strip() or type(error).__name__)]
    )
