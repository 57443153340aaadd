"""`make run`: keeps all that the product needs, and a stand-in for Credly, as children of one command."""

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from tms.demo.credly_account import WEBHOOK_PATH
from tms.local import children
from tms.local.broker import Broker, BrokerError
from tms.local.children import Child, GivenUpError, Server
from tms.local.postgres import Postgres, PostgresError, SystemAccount, is_reachable_by_all, scratch_folder

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(os.environ.get("TMS_VAR", ROOT / "var"))


DISK_FULL = f"The disk is full. Make room where {VAR} is, then start make run again: it goes on with the data it has."


class Stop(Exception):  # noqa: N818 - it is a request, not an error
    """Somebody asked us to end: Ctrl-C, a signal, or a child that is gone."""


def main() -> int:
    """Run until Ctrl-C; 0 after an ordinary end, 1 with a sentence when something is missing."""
    port_wanted = os.environ.get("PORT", "8000")
    if not port_wanted.isascii() or not port_wanted.isdecimal() or not 1 <= int(port_wanted) <= 65535:
        print(f"PORT must be a number from 1 to 65535; it is “{port_wanted}”.", file=sys.stderr)
        return 1
    port = int(port_wanted)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(_only_one())
            _refuse_a_used_port(port)
            environment, servers = stack.enter_context(_servers())
            _keep(environment, servers, port)
    except (PostgresError, BrokerError) as error:
        print(_sentence_first(str(error)), file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(DISK_FULL, file=sys.stderr)
        return 1
    except Stop as stop:
        if str(stop):
            print(stop, file=sys.stderr)
        return 1 if str(stop) else 0
    return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stop


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """One `make run` a checkout: two would share a data folder."""
    VAR.mkdir(exist_ok=True)
    lock: IO[str] = (VAR / "run.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise Stop(f"This checkout is running already (process {lock.read().strip() or 'unknown'}).") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    with lock:
        yield


def _refuse_a_used_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise Stop(
                    f"Port {port} is for root alone ({error.strerror}). Take another: make run PORT={_free_port(8000)}"
                ) from None
            raise Stop(
                f"Port {port} is not free ({error.strerror}). End the program that uses it, or take another: "
                f"make run PORT={_free_port(port + 1)}"
            ) from None


def _free_port(first: int) -> int:
    """A port that may be taken now: the first one that is free from `first` on, and else from 8000 on."""
    for wanted in (*range(first, first + 100), *range(8000, 8100)):
        with contextlib.suppress(OSError, OverflowError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", wanted))
            return int(wanted)
    return 8000


def _port_beside(port: int) -> int:
    """For the stand-in for Credly: the next port if it is free, so that its addresses stay; any free one otherwise."""
    for wanted in (port + 1, 0):
        with contextlib.suppress(OSError, OverflowError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", wanted))
            return int(probe.getsockname()[1])
    raise Stop("No port is free for the stand-in for Credly.")


@contextlib.contextmanager
def _servers() -> Iterator[tuple[dict[str, str], list[Server]]]:
    """The environment of the children, and embedded servers for what the environment does not name."""
    servers: list[Server] = []
    environment = dict(os.environ)
    environment.setdefault("DEBUG", "false")  # people are shown what they will be shown in production
    environment.setdefault("MEDIA_ROOT", str(VAR / "media"))
    environment.setdefault("MAIL_ROOT", str(VAR / "mail"))
    # Static files are served from where they lie; WhiteNoise warns of a folder for collected ones that is missing.
    environment.setdefault("STATIC_ROOT", str(VAR / "static"))
    Path(environment["STATIC_ROOT"]).mkdir(exist_ok=True, parents=True)
    scratch = scratch_folder()
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        if not environment.get("DATABASE_URL"):
            postgres = Postgres(data=_data_folder(), scratch=scratch)
            stack.callback(postgres.stop)
            _say("Starting PostgreSQL" if (postgres.data / "PG_VERSION").exists() else "Making a PostgreSQL of its own")
            postgres.start()
            environment["DATABASE_URL"] = postgres.url
            servers.append(Server("PostgreSQL", postgres))
        if not environment.get("REDIS_URL"):
            _say("Starting the broker")
            broker = Broker(scratch)
            stack.callback(broker.stop)
            broker.start()
            environment["REDIS_URL"] = broker.url
            servers.append(Server("broker", broker))
        settings = VAR / "local.env"
        settings.write_text(f"DATABASE_URL={environment['DATABASE_URL']}\nREDIS_URL={environment['REDIS_URL']}\n")
        settings.chmod(0o600)
        stack.callback(settings.unlink, missing_ok=True)
        yield environment, servers


def _data_folder() -> Path:
    """var/postgres, or, where root's server account could not get there, a folder of this checkout's own elsewhere."""
    if SystemAccount.for_server() is None or is_reachable_by_all(VAR):
        return VAR / "postgres"
    name = "tms-" + hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    folder = Path("/var/tmp") / name
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    print(f"PostgreSQL may not run as root, and its own account cannot enter {VAR}: the data is in {folder}.")
    return folder / "postgres"


def _keep(environment: dict[str, str], servers: list[Server], port: int) -> None:
    """Migrate, load the demo, keep the children running, and end them all when one cannot be kept or somebody says so."""
    manage = [sys.executable, str(ROOT / "manage.py")]
    _say("Making the tables, or bringing them up to date")
    _run([*manage, "migrate", "--verbosity", "0"], environment)
    _say("Loading the demo data: at the first start this takes half a minute or more")
    _run([*manage, "load_demo", "--once"], environment)
    _say("Starting web, workers and beat")
    credly_port = _port_beside(port)
    environment = _for_a_demo(environment, port, credly_port)
    kept: list[Child] = []
    try:
        for name, line in _commands(port, credly_port).items():
            kept.append(Child(name, [sys.executable, *line], folder=VAR, environment=environment, cwd=ROOT))
        _wait_for(port, kept)
        _wait_for(credly_port, kept)
        subprocess.run(
            [*manage, "demo_provider", f"http://127.0.0.1:{credly_port}/v1"], env=environment, cwd=ROOT, check=True
        )
        print(f"Letters go to nobody: they are kept in {environment['MAIL_ROOT']}.", flush=True)
        subprocess.run(
            [*manage, "demo_accounts", "--address", f"http://127.0.0.1:{port}/"], env=environment, check=True
        )
        print("Ctrl-C ends it.", flush=True)
        while True:
            _look_after([*servers, *kept])
            time.sleep(0.5)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        children.end(kept)


def _say(what: str) -> None:
    """What goes on, for whoever waits."""
    print(f"{what} …", flush=True)


def _run(command: list[str], environment: dict[str, str]) -> None:
    """A command of manage.py. Where it fails, a sentence comes first, then what it printed."""
    done = subprocess.run(command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Stop(_sentence_first(f"manage.py {command[2]} failed; this is what it printed:\n{done.stderr.rstrip()}"))
    print(done.stderr, end="", file=sys.stderr, flush=True)


def _sentence_first(words: str) -> str:
    """The words; of a full disk, which takes many lines to say so, one sentence and the last line that is not empty."""
    if os.strerror(errno.ENOSPC) not in words:
        return words
    last = next(line for line in reversed(words.splitlines()) if line.strip())
    return f"{DISK_FULL}\n({last.strip()})"


def _for_a_demo(environment: dict[str, str], port: int, credly_port: int) -> dict[str, str]:
    """The sign-in page names the accounts; the stand-in for Credly may be called, and what fails there is soon tried again."""
    hosts = [environment.get("PROVIDER_TEST_HOSTS", ""), f"127.0.0.1:{credly_port}"]
    defaults = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "DELIVERY_BACKOFF": "3,5,5,10,60,600"}
    ours = {"PROVIDER_TEST_HOSTS": ",".join(filter(None, hosts)), "DEMO_ACCOUNTS": "true"}
    return defaults | environment | ours


def _commands(port: int, credly_port: int) -> dict[str, list[str]]:
    worker = ["-W", "ignore", "-m", "celery", "--app", "tms", "--quiet", "worker", "--loglevel", "WARNING"]
    quick = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    schedule = ["--schedule", str(VAR / "beat"), "--pidfile", ""]
    web = ["-m", "gunicorn", "tms.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    credly = ["-m", "tests.credly.standin", "--demo", "--quiet", "--state", str(VAR / "credly.json")]
    return {
        "web": [*web, "--workers", "2", "--threads", "4", "--log-level", "warning"],
        "worker": [*worker, *quick, "--concurrency", "2", "--queues", "celery", "--hostname", "worker@%h"],
        "delivery": [*worker, *quick, "--concurrency", "2", "--queues", "delivery", "--hostname", "delivery@%h"],
        "beat": ["-m", "celery", "--app", "tms", "--quiet", "beat", "--loglevel", "WARNING", *schedule],
        "credly": [*credly, "--port", str(credly_port), "--webhook", f"http://127.0.0.1:{port}{WEBHOOK_PATH}"],
    }


def _wait_for(port: int, kept: Sequence[Child]) -> None:
    for _ in range(600):
        _look_after(kept)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise Stop(f"Nobody answered on port {port} within a minute.")


def _look_after(kept: Sequence[Child | Server]) -> None:
    try:
        for child in kept:
            child.look_after()
    except GivenUpError as error:
        raise Stop(f"{error}\nEverything is stopped.") from None


if __name__ == "__main__":
    sys.exit(main())
