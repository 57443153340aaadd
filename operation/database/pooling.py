"""Finds out a pooler that gives one session of ours several sessions of the server. Sweeps hold locks in theirs."""

import logging
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from operation.database.watching import WatchedConnection

logger = logging.getLogger(__name__)

REFUSAL = (
    "DATABASE_URL leads to a pooler in transaction or statement mode. Sweeps hold locks that belong to a session, and "
    "would stop there without a word. Set the pooler to session mode (pool_mode = session), or name PostgreSQL itself."
)


def refuse_shared_sessions() -> None:
    """Raises ImproperlyConfigured behind such a pooler. For the start of a process; a database that is away is no reason."""
    parameters = connection.get_connection_params() | {"autocommit": True}
    try:
        is_shared = _is_shared(parameters)
    except psycopg.OperationalError as error:
        logger.warning("The database could not be asked for its pooler: %s", str(error).partition("\n")[0])
        return
    if is_shared:
        raise ImproperlyConfigured(REFUSAL)


def _is_shared(parameters: dict[str, Any]) -> bool:
    """Whether two sessions of ours meet in one of the server, or one of ours moves on while the other holds a transaction."""
    with WatchedConnection.connect(**parameters) as one, WatchedConnection.connect(**parameters) as other:
        ours = {_session_of(one) for _look in range(3)}
        try:
            other.execute("BEGIN")
        except psycopg.Error as error:  # of PgBouncer in statement mode
            return "statement pooling" in str(error)
        return len(ours) > 1 or _session_of(other) in ours or _session_of(one) not in ours


def _session_of(one: WatchedConnection) -> int:
    row = one.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])
