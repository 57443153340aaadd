"""The whole system but the web as real processes: PostgreSQL, broker, beat, Celery workers, the stand-in for Credly.

For tests and benchmarks that kill, stop and restart what a deployment would restart. Everything listens on sockets of
its own, and every process is ended by the id it was started with.
"""

import atexit
import contextlib
import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

from tests.credly.running import Credly
from tests.credly.running import started as credly_started
from tests.starting import start
from tms.local import broker as brokers
from tms.local import postgres as servers
from tms.local.broker import Broker
from tms.local.postgres import Postgres

ROOT = Path(__file__).parents[1]
# What is committed survives a crash of the server, though not of the machine.
OPTIONS = ("-c", "fsync=off")
HURRIED = {
    "DELIVERY_BACKOFF": "0.5,1,2",
    "DELIVERY_LEASE": "8",
    "PROVIDER_READ_TIMEOUT": "1.5",
    "PROVIDER_TOTAL_TIMEOUT": "3",
    "LOG_LEVEL": "ERROR",
    "UNDO_SECONDS": "0",
}


_until_the_end = contextlib.ExitStack()
atexit.register(_until_the_end.close)


class System:
    """A running deployment. `workers` are the Celery workers that were started and not ended."""

    def __init__(self, postgres: Postgres, broker: Broker, credly: Credly, folder: Path, **settings: str) -> None:
        self.postgres, self.broker, self.credly, self.folder = postgres, broker, credly, folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self.beats: list[subprocess.Popen[bytes]] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))},
            "DATABASE_URL": postgres.url,
            "REDIS_URL": broker.url,
            "DJANGO_SETTINGS_MODULE": "tms.settings",
            "PROVIDER_TEST_HOSTS": credly.host,
            **settings,
        }

    # --- processes

    def start_worker(self, *, processes: int = 2, queue: str = "delivery") -> subprocess.Popen[bytes]:
        arguments = ["worker", "--queues", queue, "--concurrency", str(processes)]
        arguments += ["--loglevel", self.environment["LOG_LEVEL"]]
        arguments += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        worker = self._celery(*arguments, "--hostname", f"{queue}{time.monotonic_ns()}@%h")
        self.workers.append(worker)
        return worker

    def start_beat(self) -> None:
        schedule = str(self.folder / f"beat{len(self.beats)}")
        self.beats.append(self._celery("beat", "--loglevel", "ERROR", "--schedule", schedule, "--pidfile", ""))

    def _start_again(self) -> None:
        """Workers that ended by themselves, as docker-compose.yml does: Celery gives up at times when its broker goes away."""
        for place, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[place] = self._started(worker.args)

    def kill_worker(self) -> None:
        """SIGKILL to the oldest worker and its children, at once."""
        worker = self.workers.pop(0)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def stop_worker(self) -> None:
        """SIGTERM to the oldest worker, as a deployment sends it; SIGKILL when it has not ended in the time that one gives."""
        worker = self.workers.pop(0)
        worker.terminate()
        try:
            worker.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()

    def end_sessions(self) -> int:
        """Break all connections of workers to PostgreSQL; how many there were."""
        return len(
            self.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    def misbehave(self) -> None:
        """All kinds of faults at the provider, one after another."""
        for kind, every in [
            ("close_before", 7),
            ("close_after", 11),
            ("rate_limited", 13),
            ("server_error", 17),
            ("server_error_after", 19),
            ("truncated", 23),
            ("delay_after", 5),
        ]:
            self.credly.fault(kind, every=every, seconds=0.3, retry_after=0.2)
        self.credly.fault("list_lag", every=2, seconds=1)
        self.credly.answer_after(0.1)

    def end(self) -> None:
        """Kill all workers and beats."""
        for process in [*self.workers, *self.beats]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.workers.clear()
        self.beats.clear()

    def send(self, task: str) -> None:
        """Put a task into the broker's queue, as beat does."""
        self.manage("-m", "celery", "--app", "tms", "--quiet", "call", task)

    def _celery(self, *arguments: str) -> subprocess.Popen[bytes]:
        return self._started([sys.executable, "-W", "ignore", "-m", "celery", "--app", "tms", "--quiet", *arguments])

    def _started(self, command: Any) -> subprocess.Popen[bytes]:
        with (self.folder / "celery.log").open("ab") as log:
            return start(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    # --- what there is to deliver, and what became of it

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def fill(self, *, students: int, badges: int = 1, rate: int = 500, issues: bool = True) -> None:
        """Issue `badges` badges of one provider to `students` students, by the rule that a roster's page calls."""
        templates = [self.credly.template(f"Badge {number}") for number in range(badges)]
        what = {"url": self.credly.url, "templates": templates, "rate": rate, "issues": issues}
        self.manage("-m", "tests.filling", json.dumps(what), str(students))

    def issue(self, *, most: int | None = None) -> None:
        """Issue all badges that are there to all students that are there, or to the first `most`."""
        self.manage("-m", "tests.filling", json.dumps({"issues": True, "most": most}), "0")

    def undo(self) -> dict[str, int]:
        """Undo what was issued last; how many were undone, and how many had left."""
        return self._told("undoes")

    def send_now(self) -> dict[str, int]:
        """Have what was issued last leave at once; how many did so, how many had left, and how many were undone."""
        return self._told("sends")

    def _told(self, act: str) -> dict[str, int]:
        told: dict[str, int] = json.loads(self.manage("-m", "tests.filling", json.dumps({act: True}), "0"))
        return told

    def back_up(self) -> None:
        """As docs/deployment.md says."""
        self._postgres("pg_dump", "--format=custom", f"--file={self.postgres.scratch / 'backup'}", "tms")

    def restore(self) -> None:
        """Likewise, with everything stopped; beat and a worker are started again afterwards."""
        self.end()
        self.workers, self.beats = [], []
        self._postgres("pg_restore", "--dbname=tms", "--clean", "--if-exists", str(self.postgres.scratch / "backup"))
        self.start_beat()
        self.start_worker()

    def _postgres(self, program: str, *arguments: str) -> None:
        server = ("--host", str(self.postgres.scratch), "--username", "postgres")
        subprocess.run([self.postgres.binaries / program, *server, *arguments], check=True, capture_output=True)

    def session(self) -> psycopg.Connection:
        """A connection of its own; used as a context manager it commits at the end."""
        return psycopg.connect(host=str(self.postgres.scratch), user="postgres", dbname="tms")

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.session() as session:
            return session.execute(statement.encode()).fetchall()

    def counts(self) -> dict[str, int]:
        """How many issued badges are in which state of delivery."""
        return dict(self.query("SELECT delivery, count(*) FROM badges_issuedbadge GROUP BY 1"))

    def is_settled(self) -> bool:
        return not {"pending", "sending", "uncertain"} & set(self.counts())

    def wait_until(self, is_so: Callable[[], bool], *, seconds: float = 600.0) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            self._start_again()
            assert time.monotonic() < deadline, (self.counts(), (self.folder / "celery.log").read_text()[-4000:])
            time.sleep(0.25)

    def pairs_at_the_provider(self) -> list[tuple[str, str]]:
        """(e-mail, template) of every badge that the stand-in holds, sorted; a pair that is twice there is twice here."""
        return sorted((one["recipient_email"], one["badge_template"]["id"]) for one in self.credly.badges())

    def pairs_here(self, *states: str) -> list[tuple[str, str]]:
        """(e-mail, template) of every issued badge that is in one of the states of delivery, sorted."""
        rows = self.query(
            "SELECT recipient_email, provider_template_id, delivery"
            " FROM badges_issuedbadge JOIN badges_badge ON badge_id = badges_badge.id"
        )
        return sorted((email, template) for email, template, delivery in rows if delivery in states)


@functools.cache
def migrated_data() -> Path:
    """The data of a stopped server that has all tables and no rows; made once, and gone when the process ends."""
    server = _until_the_end.enter_context(servers.throwaway(options=OPTIONS))
    environment = os.environ | {"DATABASE_URL": server.url, "DJANGO_SETTINGS_MODULE": "tms.settings"}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True)
    server.stop()
    return server.data


@contextlib.contextmanager
def running(
    folder: Path, *, workers: int, settings: dict[str, str] | None = None, arguments: Sequence[str] = ()
) -> Iterator[System]:
    """A deployment with migrated tables, and `workers` Celery workers of two processes each, with beat if there are any."""
    with (
        servers.throwaway(options=OPTIONS, copy_of=migrated_data()) as postgres,
        brokers.throwaway() as broker,
        credly_started(*arguments) as credly,
    ):
        system = System(postgres, broker, credly, folder, **HURRIED | (settings or {}))
        try:
            if workers:
                system.start_beat()
            for _worker in range(workers):
                system.start_worker()
            yield system
        finally:
            system.end()
