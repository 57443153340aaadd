"""Tells what a failure of the database has spoilt: a statement, the transaction, or the connection."""

import time
from collections.abc import Callable

import psycopg.errors
from django.db import InterfaceError, OperationalError, connection

from tms.retrying import REPEATABLE

RECONNECT_SECONDS = 30


def is_of_the_statement(error: Exception) -> bool:
    """Whether only this statement is bad; otherwise the whole transaction, or the connection, is lost."""
    return not is_of_the_connection(error) and not isinstance(error.__cause__, REPEATABLE)


def is_of_time(error: Exception) -> bool:
    """Whether the statement took longer than it may."""
    return isinstance(error.__cause__, psycopg.errors.QueryCanceled)


def is_of_the_connection(error: Exception) -> bool:
    """Whether the session is gone: cut (57P…, 08…), or the server with it. Django may have opened a new one already."""
    if isinstance(error, InterfaceError):
        return True
    state = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, OperationalError) and (state is None or state.startswith(("08", "57P")))


def with_a_connection[Result](act: Callable[[], Result]) -> Result:
    """What `act` returns, tried once more on a new connection when the session was lost meanwhile."""
    try:
        return act()
    except (OperationalError, InterfaceError) as error:
        if connection.in_atomic_block or not is_of_the_connection(error):
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
