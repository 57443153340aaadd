"""The account that the stand-in plays, with what a test has arranged around it."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from tests.credly.faults import Faults, Rate
from tests.credly.state import State
from tests.credly.webhooks import Sender


@dataclass
class Seen:
    """A request that arrived. `status` is None until it is answered, and 0 when the connection was closed instead."""

    method: str
    path: str
    query: str
    call: str
    body: Any
    at: float
    status: int | None = None
    fault: str = ""


class Account:
    """What one process serves."""

    def __init__(self, *, organization: str, token: str) -> None:
        self.organization = organization
        self.token = token
        self.site = ""
        self.faults = Faults()
        self.sender = Sender()
        self._lock = threading.Lock()
        self.may_go = threading.Event()  # what is stuck, before it is looked at
        self.reset()

    def reset(self) -> None:
        """As it was at the start. A request under way goes on with the old state, and nobody sees what it does."""
        with self._lock:
            self.state = State(self.organization, self.token)
            self.faults.clear()
            self.may_go.set()
            self.may_go = threading.Event()
            self.latency = 0.0
            self.rate: Rate | None = None
            self.seen: deque[Seen] = deque(maxlen=50_000)
            self.sender.attend(self.state)
