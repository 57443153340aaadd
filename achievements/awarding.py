"""Awards achievements: one to everybody, or several together to some people. Owns the transactions, and keeps a
poisoned achievement from stopping the others.
"""

import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from achievements import earning
from achievements.conditions.sql import EVERYBODY, People
from achievements.earning import CHUNK, Found
from achievements.rules import Swept
from achievements.runs import Problem, Run, Written
from tms.retrying import REPEATABLE, retry_once

logger = logging.getLogger(__name__)

TOGETHER = 25  # achievements in one statement
ROUNDS = 50  # of a ring of achievements, in one sweep
RECONNECT_SECONDS = 30

# Whatever takes this long is poisoned: it must not take the hour from the others. A cursor is read to its end here, so
# the planner must not prefer the plan whose first rows come early. Counting events sorts them all: with the 4 MB that
# PostgreSQL gives by default the sort goes to disk and took twice as long at a million records.
_LIMIT = """
SELECT set_config('statement_timeout', '600s', true), set_config('lock_timeout', '20s', true),
    set_config('cursor_tuple_fraction', '1', true), set_config('work_mem', '64MB', true)
"""
_CLAIM = "SELECT pg_try_advisory_xact_lock(hashtextextended('achievements.sweep ' || %s, 0))"


def award(run: Run, swept: Swept, people: People = EVERYBODY) -> bool:
    """Award one achievement, whatever happens; False when another pass is evaluating it.

    Commits as it goes, each chunk with its badges. Everybody who earned it before and never got its badge is served
    first, so that a student who cannot get it is reported once.
    """
    try:
        return _with_a_connection(partial(_award, run, swept, people))
    except Exception as error:  # the task's border: whatever is wrong with one achievement, the others are awarded
        if _is_of_the_connection(error):
            raise
        logger.exception("Achievement %d could not be evaluated.", swept.achievement.pk)
        run.add(_poisoned(swept, error))
        return True


def award_ring(run: Run, ring: Sequence[Swept], people: People = EVERYBODY) -> None:
    """Award achievements whose points feed each other: to each student in the order of time.

    Whoever has news is found in one evaluation, and then served chunk by chunk (see `award_ring_to`).
    """
    try:
        _with_a_connection(partial(_award_ring, run, ring, people))
    except Exception as error:  # as above: each by itself then, and the poisoned one is named
        if _is_of_the_connection(error):
            raise
        logger.exception("A ring of achievements could not be evaluated together.")
        for swept in ring:
            award(run, swept, people)


def award_together(run: Run, several: Sequence[Swept], people: People, *, only_earliest: bool = False) -> bool:
    """Award these to these people in few statements and one transaction; True when anybody earned anything.

    With `only_earliest`, each student gets the earliest of what is new, and the rest has to be asked for again.
    """
    done = retry_once(partial(_award_together, run, several, people, only_earliest=only_earliest))
    for written in done:
        run.add(written)
    return any(written.earned for written in done)


def award_ring_to(run: Run, ring: Sequence[Swept], people: People) -> None:
    """Award achievements whose points feed each other to these people, in the order of time, until there is no news.

    An award is thereby dated by everything earned before it. A ring could go on for as long as its Frequency; what
    ROUNDS leave over, the next sweep goes on with.
    """
    for _round in range(ROUNDS):
        if not award_together(run, ring, people, only_earliest=True):
            return
    logger.warning("Achievements %s feed each other for ever.", [swept.achievement.pk for swept in ring])


def limit_statements() -> None:
    """No statement of this transaction may run or wait for ever, and each has memory to sort in."""
    with connection.cursor() as cursor:
        cursor.execute(_LIMIT)


def _award(run: Run, swept: Swept, people: People) -> bool:
    if people is EVERYBODY:
        _issue_all_missing(run, swept)
    if swept.is_limited:
        return retry_once(partial(_award_limited, run, swept))
    return retry_once(partial(_award_in_chunks, run, swept, people))


def _issue_all_missing(run: Run, swept: Swept) -> None:
    after: int | None = 0
    while swept.achievement.badge is not None and after is not None:
        written, after = retry_once(partial(_issue_missing, swept, after))
        run.add(written)


@transaction.atomic
def _issue_missing(swept: Swept, after: int) -> tuple[Written, int | None]:
    limit_statements()
    return earning.issue_missing(swept.achievement, after_user=after)


def _award_in_chunks(run: Run, swept: Swept, people: People) -> bool:
    """One evaluation, and a transaction for each chunk that it finds: usually the one in which it ran."""
    is_first, is_last = True, False
    with contextlib.closing(earning.find_in_chunks(swept.rule_for(people))) as chunks:
        while not is_last:
            with transaction.atomic():
                limit_statements()
                if is_first and people is EVERYBODY and not _claim(str(swept.achievement.pk)):
                    return False
                chunk = next(chunks)
                written = earning.write(swept, chunk, run=run)
            run.add(written)
            is_first, is_last = False, len(chunk) < CHUNK
    return True


def _award_limited(run: Run, swept: Swept) -> bool:
    """All in one transaction: the lock that keeps a place from being given twice lasts as long."""
    with transaction.atomic():
        limit_statements()
        if not _claim(str(swept.achievement.pk)):
            return False
        done = [earning.write(swept, chunk, run=run) for chunk in _chunks(earning.find_limited(swept))]
    for written in done:
        run.add(written)
    return True


def _award_ring(run: Run, ring: Sequence[Swept], people: People) -> None:
    if people is EVERYBODY:
        for swept in ring:
            _issue_all_missing(run, swept)
    is_last = False
    with contextlib.closing(earning.find_users_in_chunks([swept.rule_for(people) for swept in ring])) as chunks:
        while not is_last:
            with transaction.atomic():
                limit_statements()
                user_ids = next(chunks)
            award_ring_to(run, ring, People(user_ids=user_ids))
            is_last = len(user_ids) < CHUNK


@transaction.atomic
def _award_together(run: Run, several: Sequence[Swept], people: People, *, only_earliest: bool) -> list[Written]:
    # In the order of badges, as everywhere: two writers must not wait for each other in a ring.
    ordered = sorted(several, key=lambda swept: (swept.achievement.badge_id or 0, swept.achievement.pk))
    found: dict[int, list[Found]] = {}
    for some in itertools.batched(ordered, TOGETHER, strict=False):
        found |= _find_together(some, people)
    if only_earliest:
        found = _earliest_of_each(found)
    return [written for swept in ordered for written in _write(run, swept, found.get(swept.achievement.pk, []))]


def _earliest_of_each(found: Mapping[int, Sequence[Found]]) -> dict[int, list[Found]]:
    earliest: dict[int, datetime] = {}
    for one in itertools.chain.from_iterable(found.values()):
        earliest[one.user_id] = min(one.earned_at, earliest.get(one.user_id, one.earned_at))
    return {pk: [one for one in news if one.earned_at == earliest[one.user_id]] for pk, news in found.items()}


def _find_together(several: Sequence[Swept], people: People) -> dict[int, list[Found]]:
    """New earners by achievement. If the statement fails, each is tried by itself, and the poisoned one left out."""
    try:
        with transaction.atomic():
            return earning.find_together([swept.rule_for(people) for swept in several])
    except DatabaseError as error:
        if not _is_of_the_statement(error):
            raise
        if len(several) == 1:  # the full pass tells people; a drain would say the same every few seconds
            logger.warning("Achievement %d could not be evaluated: %s", several[0].achievement.pk, error)
            return {}
    return {pk: found for swept in several for pk, found in _find_together([swept], people).items()}


def _write(run: Run, swept: Swept, found: Sequence[Found]) -> list[Written]:
    if not found:
        return []
    if not run.is_saved:
        run.save()
    try:
        with transaction.atomic():
            chosen = earning.find_limited(swept) if swept.is_limited else found
            return [earning.write(swept, chunk, run=run) for chunk in _chunks(chosen)]
    except DatabaseError as error:
        if not _is_of_the_statement(error):
            raise
        logger.exception("Achievement %d could not be awarded.", swept.achievement.pk)
        return [_poisoned(swept, error)]


def _poisoned(swept: Swept, error: Exception) -> Written:
    problem = Problem("evaluation", str(error).strip() or type(error).__name__)
    return Written(achievement=swept.achievement, problems=[problem])


def _chunks(found: Sequence[Found]) -> Iterable[tuple[Found, ...]]:
    return itertools.batched(found, CHUNK, strict=False)


def _claim(name: str) -> bool:
    """Whether this pass may evaluate what has this name: two at once would only do the same work."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [name])
        return bool(cursor.fetchone()[0])


def _is_of_the_statement(error: Exception) -> bool:
    """Whether only this statement is bad; otherwise the whole transaction, or the connection, is lost."""
    return not _is_of_the_connection(error) and not isinstance(error.__cause__, REPEATABLE)


def _is_of_the_connection(error: Exception) -> bool:
    """Whether the session is gone: cut (57P…, 08…), or the server with it. Django may have opened a new one already."""
    if isinstance(error, InterfaceError):
        return True
    state = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, OperationalError) and (state is None or state.startswith(("08", "57P")))


def _with_a_connection[Result](act: Callable[[], Result]) -> Result:
    """What `act` returns, tried once more on a new connection when the session was lost meanwhile."""
    try:
        return act()
    except (OperationalError, InterfaceError) as error:
        if connection.in_atomic_block or not _is_of_the_connection(error):
            raise
    deadline = time.monotonic() + RECONNECT_SECONDS
    while True:
        connection.close()
        time.sleep(0.5)  # the lost session may hold the claim for a moment still
        try:
            connection.ensure_connection()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
        else:
            return act()
