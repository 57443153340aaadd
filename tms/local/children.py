"""Keeps the processes of `make run` running: starts one again that died, and gives up on one that keeps dying."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

from tms.local.broker import Broker
from tms.local.lifeline import die_with_parent
from tms.local.postgres import Postgres

# So often within so many seconds: a broker or a provider that went away for a moment costs one or two.
MOST_DEATHS, WITHIN = 5, 120.0
PAUSE = 1.0  # before it is started again, so that what it died of may pass
LAST_LINES = 15


class GivenUpError(Exception):
    """A child keeps dying; the message has its last words."""


class Patience:
    """With one that dies: so often it is started again, and no oftener."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._deaths: deque[float] = deque(maxlen=MOST_DEATHS)

    def lose(self, code: int | None, last_words: str) -> None:
        """Say that it died. Raises GivenUpError where it has done so too often."""
        now = time.monotonic()
        self._deaths.append(now)
        ended = f"The {self.name} process ended by itself (exit {code})"
        if len(self._deaths) == MOST_DEATHS and now - self._deaths[0] <= WITHIN:
            raise GivenUpError(f"{ended}, {MOST_DEATHS} times within {WITHIN:.0f} seconds.\n{last_words}")
        print(f"{ended}; it is started again.\n{last_words}", flush=True)


class Server:
    """The embedded PostgreSQL or broker: it is on the same socket again when it is started again."""

    def __init__(self, name: str, server: Broker | Postgres) -> None:
        self._server, self._patience = server, Patience(name)

    def look_after(self) -> None:
        """Start it again if it died. Raises GivenUpError, PostgresError or BrokerError."""
        process = self._server.process
        if process is not None and process.poll() is not None:
            log = self._server.log
            self._patience.lose(process.returncode, last_words(log) if log else "")
            self._server.start()


class Child:
    """One process, and what it says: that is kept in a file, and repeated on our own output.

    Should we be killed, it is killed too: a worker that were asked to end would wait for a broker that is gone.
    """

    def __init__(self, name: str, command: list[str], *, folder: Path, environment: dict[str, str], cwd: Path) -> None:
        self.name, self.command, self.environment, self.cwd = name, command, environment, cwd
        self.log = folder / f"{name}.log"
        self._repeated = 0
        self._patience = Patience(name)
        self._starts_at: float | None = None
        self.process = self._start("wb")

    def look_after(self) -> None:
        """Repeat what it said; start it again if it died. Raises GivenUpError."""
        self.repeat()
        if self._starts_at is not None:
            if time.monotonic() >= self._starts_at:
                self._starts_at = None
                self.process = self._start("ab")
        elif self.process.poll() is not None:
            self._bury()

    def repeat(self) -> None:
        """Print what it has said since the last time."""
        with self.log.open("rb") as log:
            log.seek(self._repeated)
            words = log.read()
        self._repeated += len(words)
        if words:
            sys.stdout.write(words.decode(errors="replace"))
            sys.stdout.flush()

    def _start(self, mode: str) -> subprocess.Popen[bytes]:
        with self.log.open(mode) as log:
            return subprocess.Popen(
                self.command,
                env=self.environment,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - one thread, and nothing but a system call
            )

    def _bury(self) -> None:
        """Its own children, if any are left, go with it: they hold its port."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._patience.lose(self.process.returncode, last_words(self.log))
        self._starts_at = time.monotonic() + PAUSE


def last_words(log: Path) -> str:
    """The end of a file that a process wrote."""
    lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
    return "\n".join([f"The last that it said ({log}):", *(f"  {line}" for line in lines)])


def end(children: list[Child]) -> None:
    """SIGTERM to each by its id, SIGKILL to its session after a grace; nothing may outlive us."""
    for child in children:
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + 15
    for child in children:
        try:
            child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        child.repeat()
