"""Runs acts in threads that start together, each on a connection of its own. For tests with real commits."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import connection


def at_once[Result](*acts: Callable[[], Result]) -> list[Result]:
    """Run the acts in threads of their own, let go together; their results, or the first error."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Result]) -> Result:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=300)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def closing[Result](act: Callable[[], Result]) -> Result:
    """What the act returns; the connection of its thread is closed."""
    try:
        return act()
    finally:
        connection.close()


def wait_until_somebody_waits_for_a_lock(press: Future[Any]) -> None:
    """Or until the press is over, which then did not wait."""
    deadline = time.monotonic() + 60
    while not press.done():
        assert time.monotonic() < deadline
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
