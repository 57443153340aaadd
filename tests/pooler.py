"""PgBouncer before a server of the tests, with the configuration that the documentation offers."""

import contextlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Literal, Self

import psycopg
import pytest

from tests.starting import start
from tms.local.postgres import SystemAccount, scratch_folder

type Mode = Literal["session", "transaction", "statement"]

ROOT = Path(__file__).parents[1]
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin") or ""
ACCOUNTS = ("laurel", "postgres", "pooler")


def require_pgbouncer() -> None:
    """Skip without one, and say so; with REQUIRE_PGBOUNCER=1 that is a failure."""
    if PGBOUNCER:
        return
    reason = "no pooler: pgbouncer is missing (apt-get install pgbouncer)"
    if os.environ.get("REQUIRE_PGBOUNCER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


class Pooler:
    """A running one, which listens in `folder` and has `size` sessions of the server for each database and account."""

    def __init__(self, upstream: Path, mode: Mode = "transaction", *, size: int = 3, in_turns: bool = False) -> None:
        self.folder = scratch_folder()
        (self.folder / "userlist.txt").write_text("".join(f'"{name}" ""\n' for name in ACCOUNTS))
        (self.folder / "pgbouncer.ini").write_text(self._configuration(upstream, mode, size, in_turns=in_turns))
        account = SystemAccount.for_server()
        with (self.folder / "pgbouncer.log").open("wb") as log:
            self._process = start(
                [PGBOUNCER, self.folder / "pgbouncer.ini"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=account.uid if account else None,  # it refuses to run as root
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        self._wait_until_it_answers()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def show(self, what: Literal["CLIENTS", "SERVERS"]) -> list[dict[str, Any]]:
        """What it says of its connections, but those to its own console."""
        where = {"host": str(self.folder), "user": "pooler", "dbname": "pgbouncer", "autocommit": True}
        with psycopg.connect(**where, row_factory=psycopg.rows.dict_row) as console:  # type: ignore[arg-type]
            rows: list[dict[str, Any]] = console.execute(f"SHOW {what}".encode()).fetchall()
        return [row for row in rows if row["database"] != "pgbouncer"]

    def _configuration(self, upstream: Path, mode: Mode, size: int, *, in_turns: bool) -> str:
        places = {
            r"^laurel = host=\S+ port=\S+ dbname=\S+": f"* = host={upstream}",
            r"^listen_addr = .*": f"unix_socket_dir = {self.folder}\nadmin_users = pooler",
            r"^listen_port = .*": "listen_port = 5432",
            r"^auth_type = .*": "auth_type = trust",
            r"^auth_file = .*": f"auth_file = {self.folder}/userlist.txt",
            r"^pool_mode = .*": f"pool_mode = {mode}\nserver_round_robin = {int(in_turns)}",
            r"^default_pool_size = .*": f"default_pool_size = {size}",
        }
        text = (ROOT / "deploy" / "pgbouncer.ini").read_text()
        for pattern, place in places.items():
            text, count = re.subn(pattern, place, text, flags=re.MULTILINE)
            assert count == 1, pattern
        return text

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            assert self._process.poll() is None, self.log
            with contextlib.suppress(psycopg.OperationalError):
                self.show("SERVERS")
                return
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)

    @property
    def log(self) -> str:
        return (self.folder / "pgbouncer.log").read_text(errors="replace")
