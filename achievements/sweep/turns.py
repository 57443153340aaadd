"""Keeps sweeps out of each other's way, and lets them wait for what others are about to commit, which they cannot see yet:
for a while, never for ever.

Whoever has waited in vain for one that hangs goes on: what is missed thereby, the next full pass finds.
"""

import contextlib
from collections.abc import Iterable, Iterator
from datetime import datetime

import psycopg.errors
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from achievements.models import Achievement
from achievements.sweep.faults import is_of_the_connection
from achievements.sweep.rules import Swept

PATIENCE = 60  # seconds, for what another pass is evaluating
DRAIN_PATIENCE = 20.0  # seconds, for a drain

_KEY = "hashtextextended('achievements.sweep ' || %s, 0)"
_UNDER_WAY = "hashtextextended('achievements.drain', 0)"
_LAST_STEP = "hashtextextended('achievements.drain''s last step', 0)"


def join() -> None:
    """Be under way as a drain, until the transaction ends. To be done before achievements and records are read. One query."""
    _lock("advisory_xact_lock_shared", _UNDER_WAY)


@transaction.atomic
def wait_for_drains() -> bool:
    """Let the drains that are under way come to their end; False when one of them hangs. One query.

    For a caller that holds nothing that they wait for.
    """
    return _lock("advisory_xact_lock", _UNDER_WAY)


def take_last_step() -> None:
    """Be the only drain from here to the end of the transaction, which comes at once: what a commit would check of the
    rows, and may have to wait for, is checked before. Three queries.
    """
    connection.check_constraints()
    _lock("advisory_xact_lock", _LAST_STEP)


def _lock(kind: str, key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_{kind}({key})")
        return cursor.fetchone()[0] or _wait(f"SELECT pg_{kind}({key})")


def _wait(lock: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{round(DRAIN_PATIENCE * 1000)}ms"])
            cursor.execute(lock)
    except OperationalError as error:
        if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise
        return False
    return True


def wait_for(skipped: Iterable[Swept]) -> list[int] | None:
    """Wait until no other pass evaluates any of these: the ids of those that it did not finish, since it was killed or
    failed, or that were changed meanwhile.

    None after PATIENCE seconds for one of them in vain. For a caller that holds no claim itself, so that two cannot wait
    for each other.
    """
    loaded = {swept.achievement.pk: swept for swept in skipped}
    if not _wait_until_free(loaded):
        return None
    looked_at = dict(Achievement.objects.filter(pk__in=loaded).values_list("pk", "evaluated_at"))
    return [pk for pk, one in loaded.items() if not _is_later(looked_at.get(pk), one.achievement.evaluated_at)]


def _is_later(moment: datetime | None, before: datetime | None) -> bool:
    return moment is not None and (before is None or moment > before)


def _wait_until_free(achievement_ids: Iterable[int]) -> bool:
    with connection.cursor() as cursor:
        try:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{PATIENCE}s"])
            for pk in achievement_ids:
                cursor.execute(f"SELECT pg_advisory_lock({_KEY})", [str(pk)])
                cursor.execute(f"SELECT pg_advisory_unlock({_KEY})", [str(pk)])
        except OperationalError as error:
            if is_of_the_connection(error):
                raise
            return False
        finally:
            cursor.execute("RESET lock_timeout")
    return True


@contextlib.contextmanager
def claimed(name: str) -> Iterator[bool]:
    """Whether this pass may evaluate what has this name, as long as it takes: two at once would do the same work.

    The session holds the claim, not a transaction, since there are many; it goes with the session.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({_KEY})", [name])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with contextlib.suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({_KEY})", [name])
