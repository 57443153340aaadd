"""Finds out a pooler that gives one session of ours several sessions of the server, and says what cannot be behind it."""

import logging
from enum import Enum
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from operation.database.watching import WatchedConnection

logger = logging.getLogger(__name__)

NOT_NAMED = (
    "DATABASE_URL leads to a pooler in transaction mode. If it is meant to, set DATABASE_POOLER=transaction, and give the "
    "worker, which sweeps, the address of PostgreSQL itself (DATABASE_DIRECT_URL in compose). Otherwise set the pooler to "
    "pool_mode = session."
)
STATEMENT_MODE = (
    "DATABASE_URL leads to a pooler in statement mode, behind which nothing can be saved together. Set the pooler to "
    "pool_mode = transaction or session."
)
NO_SESSION = (
    "Sweeps hold a lock and tables that belong to a session, and behind a pooler in transaction mode nobody has one. Start "
    "what sweeps with the address of PostgreSQL itself in DATABASE_URL, and without DATABASE_POOLER. In compose, set "
    "DATABASE_DIRECT_URL, and run commands that sweep in the service worker."
)
NO_LIMIT = (
    "The pooler sets no statement_timeout, so that a page's statement may run for ever. Give it a connect_query, as "
    "deploy/pgbouncer.ini does."
)


class _Mode(Enum):
    """Whom the server's sessions belong to."""

    SESSION = "to whoever is connected, as without a pooler"
    TRANSACTION = "to a transaction"
    STATEMENT = "to a statement"


def refuse_shared_sessions() -> None:
    """For the start of a process that does not sweep. Raises ImproperlyConfigured behind a pooler that is not named."""
    mode = _mode()
    if mode is _Mode.STATEMENT:
        raise ImproperlyConfigured(STATEMENT_MODE)
    if mode is _Mode.TRANSACTION and not settings.DATABASE_POOLER:
        raise ImproperlyConfigured(NOT_NAMED)


def require_session() -> None:
    """For the start of what sweeps. Raises ImproperlyConfigured behind a pooler that shares sessions, named or not."""
    require_no_named_pooler()
    if _mode() is not _Mode.SESSION:
        raise ImproperlyConfigured(NO_SESSION)


def require_no_named_pooler() -> None:
    """The same by the setting alone, which costs nothing: for each single time that a session is needed."""
    if settings.DATABASE_POOLER:
        raise ImproperlyConfigured(NO_SESSION)


def tell_of_missing_limits() -> None:
    """Logs where a page's statements have no limit behind a pooler. A database that is away is not asked again."""
    if not settings.DATABASE_POOLER:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            if cursor.fetchone() == ("0",):
                logger.warning(NO_LIMIT)
    except DatabaseError as error:
        logger.warning("The pooler could not be asked for its limits: %s", str(error).partition("\n")[0])
    finally:
        connection.close()


def _mode() -> _Mode:
    """As it shows itself. A database that is away keeps nobody from starting."""
    parameters = connection.get_connection_params() | {"autocommit": True}
    try:
        return _shown(parameters)
    except psycopg.OperationalError as error:
        logger.warning("The database could not be asked for its pooler: %s", str(error).partition("\n")[0])
        return _Mode.SESSION


def _shown(parameters: dict[str, Any]) -> _Mode:
    """Shared, when two sessions of ours meet in one of the server, or one of ours moves on while the other holds one."""
    with WatchedConnection.connect(**parameters) as one, WatchedConnection.connect(**parameters) as other:
        ours = {_session_of(one) for _look in range(3)}
        try:
            other.execute("BEGIN")
        except psycopg.Error as error:  # of PgBouncer in statement mode
            return _Mode.STATEMENT if "statement pooling" in str(error) else _Mode.SESSION
        is_shared = len(ours) > 1 or _session_of(other) in ours or _session_of(one) not in ours
        return _Mode.TRANSACTION if is_shared else _Mode.SESSION


def _session_of(one: WatchedConnection) -> int:
    row = one.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])
