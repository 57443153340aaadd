"""A `make run` of its own for a test: web server, worker, beat, PostgreSQL and broker, all of them real."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

from tests.starting import start

ROOT = Path(__file__).parents[1]
READY = "Ctrl-C ends it"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Run:
    """One `make run`: its process, and what it printed."""

    def __init__(self, var: Path, port: int | str) -> None:
        servers = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "DEBUG")
        environment = {name: value for name, value in os.environ.items() if name not in servers}
        self.log = var / "run.log"
        self.port = port
        with self.log.open("wb") as log:
            self.process = start(
                [sys.executable, "-m", "tms.local"],
                env=environment | {"TMS_VAR": str(var), "PORT": str(port)},
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait_until_it_says(self, words: str) -> None:
        deadline = time.monotonic() + 300  # of a machine that is busy with other tests
        while words not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.2)

    def children(self) -> set[int]:
        listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
        found = {self.process.pid}
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found - {self.process.pid}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        """Leave nothing behind, whatever the test thinks of it."""
        if self.process.poll() is None:
            self.end(signal.SIGTERM)

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=120)


def open_to_the_servers_account(folder: Path) -> Path:
    """PostgreSQL runs as another account when the tests run as root, and must be able to walk down to its data."""
    for part in [folder, *folder.parents]:
        if part.stat().st_uid == os.geteuid() and part != Path("/tmp"):
            part.chmod(part.stat().st_mode | 0o011)
    return folder
