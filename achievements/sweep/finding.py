"""Finds new earners for a sweep, within limits: a poisoned or slow achievement is left out, and stops no other."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from achievements.conditions.events import People
from achievements.models import Sweep
from achievements.sweep import earning, found
from achievements.sweep.faults import is_of_the_statement, is_of_time
from achievements.sweep.rules import RuledAchievement
from achievements.sweep.runs import Run

logger = logging.getLogger(__name__)

LONGEST = 600.0  # seconds; whatever takes this long is poisoned: it must not take the hour from the others

LOCK_SECONDS = 0.5

# A session that locks what an award needs may never end. The sweeper goes on without that student: all others wait for it.
# Counting events sorts them all: with the 4 MB that PostgreSQL gives by default the sort goes to disk and took twice as
# long at a million records. Compiling a union of many small searches (jit) takes longer than running it.
_LIMIT = f"""
SELECT set_config('statement_timeout', '600s', true), set_config('lock_timeout', '{LOCK_SECONDS}s', true),
    set_config('work_mem', '64MB', true), set_config('jit', 'off', true)
"""
# Where another session holds a row that something refers to, the statement says so, and not the end of the transaction.
_AT_ONCE = "; SET CONSTRAINTS ALL IMMEDIATE"
# What concerns few of all people is better found row by row than by reading everybody's: they are in memory, mostly.
_FEW = ", set_config('random_page_cost', '1.1', true)"


def limit_statements(*, few: bool = False) -> None:
    """No statement of this transaction may run or wait for ever, and each has memory to sort in.

    `few`: they concern few of all people.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LIMIT + (_FEW if few else "") + _AT_ONCE)


def find_together(run: Run, several: Sequence[RuledAchievement], people: People) -> None:
    """Put new earners into the table of the found, in one statement.

    If it fails, the halves are tried, until the poisoned one is left out; if it took too long, each on its own, once.
    The full sweep has more time, and tells people: a drain would say the same every few seconds.
    """
    try:
        with in_time(run):
            found.add_new_of_few([ruled.rule_for(people) for ruled in several])
    except DatabaseError as error:
        if not is_of_the_statement(error):
            raise
        if len(several) == 1:
            logger.warning("Achievement %d could not be evaluated: %s", several[0].achievement.pk, error)
            return
        size = 1 if is_of_time(error) else len(several) // 2
        for part in (several[i : i + size] for i in range(0, len(several), size)):
            find_together(run, part, people)


def let_compete(run: Run, ruled: RuledAchievement) -> None:
    """Those of a limited achievement whom a drain looks at compete with everybody: leave its winners in the table."""
    found.remove([ruled.achievement.pk])
    try:
        with in_time(run):
            found.add(ruled.rule, earning.find_limited(ruled))
    except DatabaseError as error:
        if not is_of_the_statement(error):
            raise
        logger.warning("Nobody could win achievement %d: %s", ruled.achievement.pk, error)


@contextmanager
def in_time(run: Run) -> Iterator[None]:
    """A savepoint, whose statements have as long as is left to this run for one."""
    began = time.monotonic()
    try:
        with transaction.atomic():
            _limit_to(_longest(run))
            yield
            _limit_to(LONGEST)
    except DatabaseError as error:
        if is_of_time(error):
            run.patience -= time.monotonic() - began
        raise


def _longest(run: Run) -> float:
    """Seconds. What a drain took hints of is evaluated within one transaction: if that took too long, it would be ended
    by force, and all of it be retried forever.
    """
    if run.sweep.kind == Sweep.Kind.FULL:
        return LONGEST
    return max(0.01, min(settings.DRAIN_STATEMENT_SECONDS, run.patience))


def _limit_to(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{round(seconds * 1000)}ms"])
