"""`make run` and `make test` stand on these: the servers of the checkout's own, and their keeper, for real."""

import contextlib
import ctypes
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests.running import READY, ROOT, Run, free_port, open_to_the_servers_account
from tms.local import __main__ as keeper
from tms.local import broker, postgres

pytestmark = pytest.mark.xdist_group("servers")


def still_there(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def kept_badges(var: Path) -> list[dict[str, str]]:
    """What the stand-in for Credly holds."""
    file = var / "credly.json"
    return json.loads(file.read_text())["badges"] if file.exists() else []


def outside_badges(var: Path) -> list[tuple[str, str, str, str]]:
    """Name, delivery, status and failure of what was issued through Credly."""
    environment = dict(line.split("=", 1) for line in (var / "local.env").read_text().splitlines())
    scratch = parse_qs(urlsplit(environment["DATABASE_URL"]).query)["host"][0]
    with psycopg.connect(host=scratch, user="postgres", dbname="tms") as connection:
        return connection.execute(
            "SELECT badge.name, delivery, status, failure_code FROM badges_issuedbadge AS issued"
            " JOIN badges_badge AS badge ON badge.id = badge_id JOIN badges_badgeprovider AS provider"
            " ON provider.id = issued.provider_id WHERE kind = 'credly' ORDER BY badge.name, issued.id"
        ).fetchall()


@pytest.fixture
def var(tmp_path):
    return open_to_the_servers_account(tmp_path)


@pytest.fixture
def start(var):
    """Starts a `make run` on a port; whatever becomes of the test, it is ended."""
    with contextlib.ExitStack() as stack:
        yield lambda port: stack.enter_context(Run(var, port))


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[tuple[Run, Path]]:
    """A `make run` that several tests look at; its demo's badges have come to their ends. It obeys a SIGTERM."""
    var = open_to_the_servers_account(tmp_path_factory.mktemp("running"))
    with Run(var, free_port()) as run:
        run.wait_until_it_says(READY)
        wait_for(lambda: len(kept_badges(var)) == 3)  # the third arrives at its second attempt
        wait_for(lambda: outside_badges(var)[-1][1:] == ("failed", "pending", "recipient_refused"))
        yield run, var
        children = run.children()
        assert run.end(signal.SIGTERM) == 0
        wait_for(lambda: still_there(children) == set())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed process")
def test_make_run_starts_everything_ends_everything_and_keeps_the_data(start):
    port = free_port()
    run = start(port)
    run.wait_until_it_says(READY)
    children = run.children()

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/") as answer:
        page = answer.read().decode()
    assert re.findall(r'<button name="username" value="(\w+)">', page) == re.findall(
        r"^  (\w+)  ", run.said, re.MULTILINE
    )
    assert re.findall(r"^  (\w+)  ", run.said, re.MULTILINE) == [
        "admin",
        "instructor",
        "contractor",
        "student",
        "stranger",
    ]
    assert "Demo data loaded" in run.said
    assert re.findall(r"^.+ …$", run.said, re.MULTILINE) == [
        "Making a PostgreSQL of its own …",
        "Starting the broker …",
        "Making the tables, or bringing them up to date …",
        "Loading the demo data: at the first start this takes half a minute or more …",
        "Starting web, workers and beat …",
    ]
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/nowhere/")
    with refused.value as page:
        assert (page.code, b"URLconf" in page.read()) == (404, False)
    assert len(children) >= 5

    assert run.end(signal.SIGINT) == 0
    wait_for(lambda: still_there(children) == set())

    second = start(port)
    second.wait_until_it_says(READY)
    children = second.children()
    assert "Demo data loaded" not in second.said
    second.end(signal.SIGKILL)
    wait_for(lambda: still_there(children) == set())


def test_the_demos_badges_go_to_the_stand_in_for_credly_and_come_back_accepted(running):
    run, var = running
    site = re.search(r"A stand-in for Credly is at (\S+): Kestrel Academy Denver answers.", run.said)
    assert site

    accepted = next(badge["id"] for badge in kept_badges(var) if badge["state"] == "pending")
    urllib.request.urlopen(f"{site[1]}badges/{accepted}/accept", data=b"").close()

    wait_for(lambda: ("delivered", "accepted") in [row[1:3] for row in outside_badges(var)])
    assert [row[:2] for row in outside_badges(var)] == [
        ("Network Architect", "delivered"),
        ("Platform Operator", "delivered"),
        ("Platform Operator", "delivered"),
        ("Threat Analyst", "failed"),
    ]


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are looked up in /proc")
def test_a_worker_that_dies_and_a_broker_that_is_killed_come_back(running):
    run, _var = running

    for name, words in [
        ("delivery", "--hostname delivery@"),
        ("broker", "valkey-server"),
        ("worker", "--hostname worker@"),
    ]:
        wait_for(lambda: oldest_of(run, words) is not None)  # noqa: B023 - asked at once
        os.kill(oldest_of(run, words) or 0, signal.SIGKILL)
        run.wait_until_it_says(f"The {name} process ended by itself (exit -9); it is started again.")

    wait_for(lambda: sum("--hostname delivery@" in command_of(pid) for pid in run.children()) >= 3)
    assert run.process.poll() is None


def oldest_of(run: Run, words: str) -> int | None:
    return min((pid for pid in run.children() if words in command_of(pid)), key=started_at, default=None)


def started_at(pid: int) -> int:
    """In ticks since the machine started: numbers of processes begin again at 1 once they are used up."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return sys.maxsize


def command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def test_a_used_port_is_a_clear_message(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = start(port)

        code = run.process.wait(timeout=300)

    assert code == 1
    assert run.said.startswith(f"Port {port} is not free (Address already in use).")
    [advice] = re.findall(r"make run PORT=(\d+)", run.said)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", int(advice)))
    assert int(advice) > port


def give_up_low_ports():
    """Even root may take no port below 1024 then."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE)


PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE = 24, 10
FIRST_FOR_ALL = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


@pytest.mark.skipif(
    not FIRST_FOR_ALL.exists() or int(FIRST_FOR_ALL.read_text()) <= 80, reason="this machine gives port 80 to everybody"
)
def test_a_port_that_only_root_may_take_is_a_clear_message(var):
    run = subprocess.run(
        [sys.executable, "-m", "tms.local"],
        env=os.environ | {"PORT": "80", "TMS_VAR": str(var)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=give_up_low_ports,
    )

    assert run.returncode == 1
    assert re.fullmatch(r"Port 80 is for root alone \(.+\)\. Take another: make run PORT=80\d\d\n", run.stderr)


def test_the_advice_is_a_port_that_is_free_now():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        assert keeper._free_port(port) not in (0, port)


def test_a_full_disk_is_one_sentence(var):
    """PostgreSQL cannot make its data: its initdb, which here is a script, finds no room and says much else."""
    programs = var / "programs"
    programs.mkdir()
    (programs / "initdb").write_text(
        "#!/bin/sh\nseq 50\necho 'initdb: error: could not write: No space left on device'\nexit 1\n"
    )
    (programs / "initdb").chmod(0o755)
    servers = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if name not in servers}

    run = subprocess.run(
        [sys.executable, "-m", "tms.local"],
        env=environment | {"PG_BIN": str(programs), "PORT": str(free_port()), "TMS_VAR": str(var)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stdout) == (1, "Making a PostgreSQL of its own …\n")
    assert run.stderr == (
        f"The disk is full. Make room where {var} is, then start make run again: it goes on with the data it has.\n"
        "(initdb: error: could not write: No space left on device)\n"
    )


def test_a_port_that_is_no_number_is_a_clear_message(start):
    run = start("eighty")

    assert run.process.wait(timeout=300) == 1
    assert run.said == "PORT must be a number from 1 to 65535; it is “eighty”.\n"


def test_a_second_make_run_of_the_same_checkout_is_refused(start, var):
    with (var / "run.lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = start(free_port())

        assert run.process.wait(timeout=300) == 1
    assert run.said == "This checkout is running already (process 4711).\n"


def test_a_database_that_is_given_is_used_instead_of_the_embedded_one(var):
    run = subprocess.run(
        [sys.executable, "-m", "tms.local"],
        env=os.environ
        | {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing", "PORT": str(free_port()), "TMS_VAR": str(var)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert run.returncode == 1
    assert run.stderr.startswith("manage.py migrate failed; this is what it printed:\n")
    assert "Connection refused" in run.stderr
    assert not (var / "postgres").exists()


def test_a_throwaway_postgres_answers_and_leaves_nothing():
    with postgres.throwaway() as server:
        with psycopg.connect(host=str(server.scratch), user="postgres", dbname="tms") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        process = server.process

    assert process is not None
    assert process.poll() is not None
    assert not server.scratch.exists()


def test_a_killed_postgres_keeps_what_was_committed():
    with postgres.throwaway(options=()) as server:
        with psycopg.connect(host=str(server.scratch), user="postgres", dbname="tms") as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1")
        server.kill()

        server.start()

        with psycopg.connect(host=str(server.scratch), user="postgres", dbname="tms") as connection:
            assert connection.execute("SELECT * FROM kept").fetchone() == (1,)


def test_a_throwaway_broker_answers_and_leaves_nothing():
    with broker.throwaway() as server:
        assert server.socket_path.exists()

    assert not server.folder.exists()


def test_missing_binaries_are_a_clear_message(monkeypatch, tmp_path):
    monkeypatch.delenv("PG_BIN", raising=False)
    monkeypatch.setattr("sysconfig.get_paths", lambda: {"platlib": str(tmp_path)})
    monkeypatch.setattr(postgres, "SYSTEM_BINARIES", tmp_path)

    with pytest.raises(postgres.PostgresError, match="set DATABASE_URL"):
        postgres.find_binaries(tmp_path, None)
