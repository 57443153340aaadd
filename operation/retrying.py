"""Runs a transaction again that PostgreSQL ended for the sake of another one."""

from collections.abc import Callable

import psycopg.errors
from django.db import OperationalError, connection

# The two that PostgreSQL asks to repeat: nothing of the transaction has happened.
REPEATABLE = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


def retry_once[Result](act: Callable[[], Result]) -> Result:
    """What `act` returns; one deadlock or serialization failure is forgiven, a second one is raised.

    `act` opens its own transaction. Inside another one there is nothing to repeat: the whole of it is lost, and its
    owner has to.
    """
    try:
        return act()
    except OperationalError as error:
        if connection.in_atomic_block or not isinstance(error.__cause__, REPEATABLE):
            raise
    return act()
