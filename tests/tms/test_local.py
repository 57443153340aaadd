"""`make run` and `make test` stand on these: the servers of the checkout's own, and their keeper, for real."""

import contextlib
import ctypes
import fcntl
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.running import ROOT, Run, free_port, open_to_the_servers_account
from tms.local import __main__ as keeper
from tms.local import broker, postgres

pytestmark = pytest.mark.xdist_group("servers")


@pytest.fixture
def var(tmp_path):
    return open_to_the_servers_account(tmp_path)


@pytest.fixture
def start(var):
    """Starts a `make run` on a port; whatever becomes of the test, it is ended."""
    with contextlib.ExitStack() as stack:
        yield lambda port: stack.enter_context(Run(var, port))


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
