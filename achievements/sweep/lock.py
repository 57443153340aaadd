"""One sweeper at a time. It holds a lock of its session, which goes with its process, however that ends."""

import contextlib
from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from operation.database.pooling import require_no_named_pooler

STANDSTILL = 60  # seconds, after which the server ends the session of a sweeper that says nothing

KEY = (0x5EE9, 0)

_TRY = "SELECT pg_try_advisory_lock(%s, %s), pg_backend_pid()"
_SESSION = "SELECT pg_backend_pid()"
_UNLOCK = "SELECT pg_advisory_unlock(%s, %s)"
_IS_HELD = """
EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objid = %s AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
# A process that was stopped, or whose host is gone, stops sending and must not block the other sweepers.
_WATCHED = """
SELECT set_config('idle_session_timeout', %s, false), set_config('idle_in_transaction_session_timeout', %s, false),
    set_config('client_connection_check_interval', '5s', false)
"""
_UNWATCHED = (
    "RESET idle_session_timeout; RESET idle_in_transaction_session_timeout; RESET client_connection_check_interval"
)


class LockLostError(Exception):
    """The session that held the lock is gone: somebody else may be the sweeper by now."""


class Held:
    """The lock while it is held."""

    def __init__(self, session: int) -> None:
        self._session = session

    def check(self) -> None:
        """Raises LockLostError on another session than the one that holds it. One query."""
        with connection.cursor() as cursor:
            cursor.execute(_SESSION)
            if cursor.fetchone()[0] != self._session:
                raise LockLostError


@contextlib.contextmanager
def holding() -> Iterator[Held | None]:
    """Be the only sweeper inside; None when another one is at work. Raises ImproperlyConfigured behind a named pooler."""
    require_no_named_pooler()
    with connection.cursor() as cursor:
        cursor.execute(_TRY, KEY)
        is_ours, session = cursor.fetchone()
        if is_ours:
            cursor.execute(_WATCHED, [f"{STANDSTILL}s"] * 2)
    if not is_ours:
        yield None
        return
    try:
        yield Held(session)
    finally:
        # A session that was lost has given its lock back already.
        with contextlib.suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
            cursor.execute(_UNLOCK, KEY)
            cursor.execute(_UNWATCHED)


def is_held() -> RawSQL:
    """Whether a sweeper is at work: to filter by."""
    return RawSQL(_IS_HELD, KEY, output_field=BooleanField())  # noqa: S611 - a constant
