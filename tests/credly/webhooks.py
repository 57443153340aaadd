"""Tells the account's webhook address what happened: at least once, and in no certain order."""

import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.credly.clock import written
from tests.credly.state import Event, State

FIRST_WAIT = 0.2  # doubles; Credly goes on for 25 days


@dataclass(order=True)
class Letter:
    due: float
    body: dict[str, Any] = field(compare=False)
    url: str = field(compare=False)
    wait: float = field(default=FIRST_WAIT, compare=False)


class Sender:
    """One thread. `copies` of each event are sent; while `is_held`, none, and then in the order asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: State | None = None
        self._letters: list[Letter] = []
        self.copies = 1
        self.is_held = False
        self.sent: list[dict[str, Any]] = []
        threading.Thread(target=self._work, daemon=True).start()

    def attend(self, state: State) -> None:
        """From now on this state's events are told, with nothing left of another's."""
        with self._lock:
            self._state, self._letters, self.sent = state, [], []
            self.copies, self.is_held = 1, False

    def release(self, *, backwards: bool) -> None:
        """Let go what was held."""
        with self._lock:
            self._gather()
            if backwards:
                self._letters.reverse()
            self.is_held = False

    def _work(self) -> None:
        while True:
            letter = self._next()
            if letter is None:
                time.sleep(0.02)
                continue
            status = _post(letter)
            with self._lock:
                self.sent.append({"event_id": letter.body["id"], "status": status})
                if status != 200:
                    letter.due, letter.wait = time.monotonic() + letter.wait, min(letter.wait * 2, 60)
                    self._letters.append(letter)

    def _next(self) -> Letter | None:
        with self._lock:
            self._gather()
            if self.is_held:
                return None
            moment = time.monotonic()
            for letter in self._letters:
                if letter.due <= moment:
                    self._letters.remove(letter)
                    return letter
            return None

    def _gather(self) -> None:
        state = self._state
        if state is None:
            return
        with state.lock:
            happened, state.new_events = state.new_events, []
        self._letters += [
            Letter(time.monotonic(), _body(event, state), url)
            for event, url in happened
            if is_loopback(url)
            for _ in range(self.copies)
        ]


def is_loopback(url: str) -> bool:
    """The stand-in speaks to nobody outside this machine."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def _body(event: Event, state: State) -> dict[str, Any]:
    return {
        "id": event.id,
        "organization_id": state.organization,
        "event_type": event.event_type,
        "occurred_at": written(event.occurred_at),
    }


def _post(letter: Letter) -> int | None:
    """The status, or None without an answer."""
    request = urllib.request.Request(
        letter.url, json.dumps(letter.body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None
