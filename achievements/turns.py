"""Makes sweeps take turns where they must know of each other: with what follows what two award to the same student at the
same moment, and with what the drains of one hour give together (N5).
"""

import psycopg.errors
from django.db import OperationalError, connection, transaction

_KEY = "hashtextextended('achievements.turn', 0)"
_PATIENCE = "20s"


def take() -> None:
    """Be the only one from here to the end of the transaction, and see all that those before have committed.

    Whoever waits for one that hangs goes on without a turn after a while: what both miss, the next full pass finds.
    One query, unless somebody else is at it.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_xact_lock({_KEY})")
        if not cursor.fetchone()[0]:
            _wait()


@transaction.atomic
def pause() -> None:
    """Let whoever is at it come to the end. For a caller that has committed what the next ones are to see."""
    take()


def _wait() -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
            cursor.execute(f"SELECT pg_advisory_xact_lock({_KEY})")
    except OperationalError as error:
        if not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise
