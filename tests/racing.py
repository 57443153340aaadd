"""Runs acts in threads that start together, each on a connection of its own. For tests with real commits."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

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
