"""Lets sweeps wait for what others are about to commit, which they cannot see yet: for a while, never for ever.

Whoever has waited in vain for one that hangs goes on: what is missed thereby, the next full pass finds.
"""

import psycopg.errors
from django.db import OperationalError, connection, transaction

_PATIENCE = "20s"
_UNDER_WAY = "hashtextextended('achievements.drain', 0)"
_LAST_STEP = "hashtextextended('achievements.drain''s last step', 0)"


def join() -> None:
    """Be under way as a drain, until the transaction ends. To be done before anything is read or locked. One query."""
    _lock("advisory_xact_lock_shared", _UNDER_WAY)


@transaction.atomic
def wait_for_drains() -> None:
    """Let the drains that are under way come to their end. One query; for a caller that holds nothing they wait for."""
    _lock("advisory_xact_lock", _UNDER_WAY)


def take_last_step() -> None:
    """Be the only drain from here to the end of the transaction, which is to come at once. One query."""
    _lock("advisory_xact_lock", _LAST_STEP)


def _lock(kind: str, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_{kind}({key})")
        if not cursor.fetchone()[0]:
            _wait(f"SELECT pg_{kind}({key})")


def _wait(lock: str) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
            cursor.execute(lock)
    except OperationalError as error:
        if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise
