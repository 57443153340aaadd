"""The production services, as docker-compose.yml starts them, without an engine of containers.

Each runs the command of the file, with the environment that the file gives it, in a copy of what enters the image, from
an environment that has requirements/run.txt alone. What containers would keep apart is kept apart by the few variables
in `apart`. Every process is ended by its id, and ends with us should we be killed.
"""

import contextlib
import fcntl
import hashlib
import http.client
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from cryptography.fernet import Fernet

from tests import compose
from tests.mail_server import MailServer
from tests.pooler import Pooler
from tests.running import free_port
from tests.visiting import Visitor
from tms.local import broker as brokers
from tms.local import postgres as servers
from tms.local.broker import Broker
from tms.local.lifeline import die_with_parent
from tms.local.postgres import Postgres

ROOT = compose.ROOT
CACHE = ROOT / "var" / "production-set"
HOST = "training.example.org"
WEB, LASTING = "web", ("web", "worker", "delivery", "beat")


def environment_of_run_txt() -> Path:
    """The folder of programs of an environment with requirements/run.txt and nothing else, made as the Dockerfile does.

    It is kept until the file changes. Without a package registry it cannot be made, and this fails with pip's words.
    """
    requirements = ROOT / "requirements" / "run.txt"
    key = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder, done = CACHE / key, CACHE / key / ".complete"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            for old in [one for one in CACHE.iterdir() if one.is_dir()]:
                shutil.rmtree(old)
            _run(sys.executable, "-m", "venv", folder)
            _run(folder / "bin" / "pip", "install", "--quiet", "--no-compile", "--require-hashes", "-r", requirements)
            done.touch()
    return folder / "bin"


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}"


def copy_of_the_image(folder: Path) -> Path:
    """What .dockerignore lets in, and nothing else: no tests, no tms/local, no var."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    kept_out = [ROOT / line for line in lines if line and not line.startswith(("#", "!", "*"))]
    for line in lines:
        source = ROOT / line.removeprefix("!")
        if line.startswith("!") and source.is_dir():
            shutil.copytree(source, folder / source.name, ignore=lambda at, names: _ignored(Path(at), names, kept_out))
        elif line.startswith("!") and source.exists():
            (folder / source.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, folder / source.relative_to(ROOT))
    return folder


def _ignored(at: Path, names: list[str], kept_out: list[Path]) -> list[str]:
    return [name for name in names if name == "__pycache__" or at / name in kept_out]


@dataclass
class Service:
    """A process that was started as one of the services."""

    process: subprocess.Popen[bytes]
    log: Path
    grace: float  # seconds that the file gives it to end

    def stop(self) -> int:
        """SIGTERM, as an engine sends it; its exit status. Raises TimeoutExpired after the grace."""
        self.process.terminate()
        return self.process.wait(timeout=self.grace)

    def end(self) -> None:
        """Whatever became of the test: nothing of it lives on."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Production:
    """A deployment with empty tables. `variables` is its .env."""

    folder: Path
    postgres: Postgres
    broker: Broker
    mail: MailServer
    bin: Path
    variables: dict[str, str]
    pooler: Pooler | None = None
    trees: dict[str, Path] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    # --- versions

    def install(self, version: str, change: Callable[[Path], None] | None = None) -> None:
        """Build the image of a version: the code of this checkout, with a change, and its static files."""
        tree = copy_of_the_image(self.folder / version)
        if change:
            change(tree)
        self.trees[version] = tree
        self.once("python", "manage.py", "collectstatic", "--no-input", "--verbosity", "0", version=version)

    # --- processes

    def start(self, name: str, *, version: str = "now") -> Service:
        """`docker compose up` of one service."""
        found = compose.service(name, self.variables)
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [self.bin / found["command"][0], *found["command"][1:]],
                cwd=self.trees[version],
                env=self.environment(name),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - nothing but a system call
            )
        self.services[name] = Service(process, log, compose.seconds(found["stop_grace_period"]))
        return self.services[name]

    def stop(self, name: str) -> int:
        """`docker compose stop` of one service."""
        return self.services.pop(name).stop()

    def once(self, *command: str, service: str = WEB, version: str = "now", **more: str) -> str:
        """`docker compose run --rm SERVICE COMMAND`: what it printed."""
        done = subprocess.run(
            [self.bin / command[0], *command[1:]],
            cwd=self.trees[version],
            env=self.environment(service) | more,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}"
        return done.stdout

    def migrate(self, *, version: str = "now") -> None:
        """The one-shot service, which `docker compose up` runs before the others."""
        self.once(*compose.service("migrate", self.variables)["command"], service="migrate", version=version)

    def health_check(self, name: str) -> int:
        """The exit status of the service's own health check, which `docker compose up --wait` waits for."""
        kind, *words = compose.service(name, self.variables)["healthcheck"]["test"]
        command = ["sh", "-c", words[0]] if kind == "CMD-SHELL" else words
        environment = self.environment(name) | {"HOSTNAME": os.uname().nodename}
        done = subprocess.run(command, cwd=self.trees["now"], env=environment, capture_output=True, check=False)
        return done.returncode

    def environment(self, name: str) -> dict[str, str]:
        """What a container of the service has: the image's variables, those of the file, and what keeps it apart."""
        image = {"PATH": f"{self.bin}:{os.defpath}", "PYTHONUNBUFFERED": "1"}
        apart = {"MEDIA_ROOT": str(self.folder / "media"), "BIND": f"127.0.0.1:{self.port(name)}"}
        passed: dict[str, str] = compose.service(name, self.variables)["environment"]
        return image | passed | apart

    def port(self, name: str) -> int:
        return self.ports.setdefault(name, free_port())

    # --- what came of it

    def visitor(self, name: str = WEB) -> Visitor:
        """Somebody who reaches web through a proxy that speaks https with the world."""
        by_proxy = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        port = self.port(name)
        return Visitor(
            lambda: http.client.HTTPConnection("127.0.0.1", port, timeout=60), by_proxy | {"Origin": f"https://{HOST}"}
        )

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(host=str(self.postgres.scratch), user="laurel", dbname="laurel") as session:
            return session.execute(statement.encode()).fetchall()

    def wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        """Raises with the logs when it does not come true in five minutes, or a service ends meanwhile."""
        deadline = time.monotonic() + 300
        while not is_so():
            ended = [name for name, service in self.services.items() if service.process.poll() is not None]
            assert not ended, f"{ended} ended:\n{self.logs()}"
            assert time.monotonic() < deadline, f"{what} did not come:\n{self.logs()}"
            time.sleep(0.2)

    def logs(self) -> str:
        return "\n".join(f"--- {one.name}\n{one.read_text()[-3000:]}" for one in sorted(self.folder.glob("*.log")))


@contextlib.contextmanager
def deployed(folder: Path, *, is_pooled: bool = False) -> Iterator[Production]:
    """PostgreSQL with the product's role and database, a broker, a mail server, the image; nothing started, no tables.

    Pooled, PgBouncer shares three sessions among all that docs/deployment.md says may go through it.
    """
    bin_folder = environment_of_run_txt()
    with (
        servers.throwaway() as postgres,
        brokers.throwaway() as broker,
        _mail_server() as mail,
        Pooler(postgres.scratch) if is_pooled else contextlib.nullcontext() as pooler,
    ):
        make_database(postgres)
        variables = _variables(folder, postgres, broker, mail) | (_through(pooler, postgres) if pooler else {})
        production = Production(folder, postgres, broker, mail, bin_folder, variables, pooler)
        production.install("now")
        try:
            yield production
        finally:
            for service in production.services.values():
                service.end()


def _through(pooler: Pooler, postgres: Postgres) -> dict[str, str]:
    return {
        "DATABASE_URL": f"postgres://laurel:@/laurel?host={pooler.folder}",
        "DATABASE_POOLER": "transaction",
        "DATABASE_DIRECT_URL": f"postgres://laurel:@/laurel?host={postgres.scratch}",
    }


def make_database(postgres: Postgres) -> None:
    """As the container of the database does when it makes its data folder."""
    programs = f"{postgres.binaries}:{os.environ['PATH']}"
    environment = {"PATH": programs, "PGHOST": str(postgres.scratch), "POSTGRES_PASSWORD": "only-by-socket"}
    subprocess.run(["sh", ROOT / "deploy" / "database.sh"], env=environment, check=True, capture_output=True)


@contextlib.contextmanager
def _mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _variables(folder: Path, postgres: Postgres, broker: Broker, mail: MailServer) -> dict[str, str]:
    """A .env with servers of one's own, filled in as .env.example asks for it."""
    return {
        "COMPOSE_PROFILES": "",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ALLOWED_HOSTS": HOST,
        "PUBLIC_URL": f"https://{HOST}",
        "DEFAULT_FROM_EMAIL": f"Training <badges@{HOST}>",
        "EMAIL_URL": f"smtp://127.0.0.1:{mail.server_address[1]}",
        "DATABASE_URL": f"postgres://laurel:@/laurel?host={postgres.scratch}",
        "REDIS_URL": broker.url,
        "BEAT_SCHEDULE": str(folder / "celerybeat-schedule"),
        "WEB_CONCURRENCY": "1",
    }
