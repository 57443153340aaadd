"""A child that dies is started again, with its last words; one that keeps dying is given up."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tms.local import broker, children, postgres
from tms.local.children import MOST_DEATHS, Child, GivenUpError, Server

LIVING = "import time; print('I live', flush=True); time.sleep(600)"
DYING = "print('alas'); raise SystemExit('no more')"


@pytest.fixture
def start(tmp_path) -> Iterator[Callable[[str], Child]]:
    started: list[Child] = []

    def begin(code: str) -> Child:
        environment = dict(os.environ)
        started.append(Child("x", [sys.executable, "-c", code], folder=tmp_path, environment=environment, cwd=tmp_path))
        return started[-1]

    yield begin
    children.end(started)


def look_until(child: Child, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < deadline
        child.look_after()
        time.sleep(0.02)


def test_one_that_was_killed_is_started_again_with_what_it_said(start, capfd):
    child = start(LIVING)
    first = child.process
    look_until(child, lambda: "I live" in child.log.read_text())

    os.kill(first.pid, signal.SIGKILL)
    look_until(child, lambda: child.process is not first)

    look_until(child, lambda: child.log.read_text().count("I live") == 2)
    child.repeat()
    said = capfd.readouterr().out
    assert (
        f"The x process ended by itself (exit -9); it is started again.\nThe last that it said ({child.log}):" in said
    )
    assert said.splitlines().count("I live") == 2
    assert child.process.poll() is None


def test_one_that_keeps_dying_is_given_up_with_its_last_words(start):
    child = start(DYING)

    with pytest.raises(GivenUpError) as given_up:
        look_until(child, lambda: False)

    words = str(given_up.value).splitlines()
    assert words[0].startswith(f"The x process ended by itself (exit 1), {MOST_DEATHS} times within")
    assert words[-2:] == ["  alas", "  no more"]
    assert child.log.read_text() == "alas\nno more\n" * MOST_DEATHS


def test_what_it_leaves_behind_goes_with_it(start, tmp_path):
    file = tmp_path / "grandchild"
    child = start(
        f"import subprocess, sys, pathlib; p = subprocess.Popen([sys.executable, '-c', {LIVING!r}]);"
        f"pathlib.Path({str(file)!r}).write_text(str(p.pid)); sys.exit(3)"
    )
    look_until(child, lambda: file.exists() and file.read_text().isdecimal())
    pid = int(file.read_text())

    look_until(
        child, lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]
    )


def test_the_end_is_the_end(start):
    child = start(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); time.sleep(9)"
    )
    look_until(child, lambda: bool(child.log.read_text()))

    children.end([child])

    assert child.process.poll() is not None


def test_a_broker_that_was_killed_is_on_its_socket_again(capfd):
    with broker.throwaway() as server:
        kept = Server("broker", server)
        kept.look_after()
        first = server.process
        assert first is not None
        first.kill()
        first.wait()

        kept.look_after()

        assert server.process is not first
    assert capfd.readouterr().out == "The broker process ended by itself (exit -9); it is started again.\n\n"


def test_a_postgresql_that_was_killed_has_its_data_again(capfd):
    with postgres.throwaway(options=()) as server:
        kept = Server("PostgreSQL", server)
        with psycopg.connect(host=str(server.scratch), user="postgres", dbname="tms") as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1")
        server.kill()

        kept.look_after()

        with psycopg.connect(host=str(server.scratch), user="postgres", dbname="tms") as connection:
            assert connection.execute("SELECT * FROM kept").fetchone() == (1,)
    assert "shutdown request" in capfd.readouterr().out
