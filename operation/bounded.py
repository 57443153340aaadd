"""Asks what may never answer, and waits no longer than it is told."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from time import monotonic

from django.db import connections

# A question to a frozen server keeps its thread until the server is back. So many may, then the next is not even asked.
_free = threading.BoundedSemaphore(4)


class NoAnswerError(Exception):
    """Nothing came in time."""


class Question[Answer]:
    """Asked in a thread of its own, with a database connection of its own; `answer` waits for what comes of it."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask = ask
        self._done = threading.Event()
        self._answers: list[Answer] = []
        self._error: BaseException | None = None
        if _free.acquire(blocking=False):
            threading.Thread(target=self._run, daemon=True).start()

    def answer(self, *, seconds: float) -> Answer:
        """What was answered. Raises NoAnswerError after so many seconds, and whatever the question raised."""
        if not self._done.wait(seconds):
            raise NoAnswerError
        if self._error is not None:
            raise self._error
        return self._answers[0]

    def _run(self) -> None:
        with ExitStack() as stack:
            stack.callback(self._done.set)
            stack.callback(_free.release)
            stack.callback(connections.close_all)
            try:
                self._answers.append(self._ask())
            except Exception as error:  # noqa: BLE001 - handed to the caller that waits
                self._error = error


class Shared[Answer]:
    """An answer that all share who ask within some seconds of each other. `ask` raises nothing, and takes a bounded time."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._kept: tuple[float, Answer] | None = None

    def answer(self, *, seconds: float) -> Answer:
        """What was answered so many seconds ago at most; whoever comes while it is asked for waits for the same."""
        with self._lock:
            if self._kept is None or monotonic() - self._kept[0] >= seconds:
                answer = self._ask()
                self._kept = monotonic(), answer
            return self._kept[1]
