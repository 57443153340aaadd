"""Tells what a failure of the database has spoilt: a statement, the transaction, or the connection."""

import psycopg.errors
from django.db import InterfaceError, OperationalError

from operation.retrying import REPEATABLE


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
