"""A server that works for long, and one that is frozen: a real one, of these tests alone."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from operation.database.watching import AVOIDED_SECONDS, Pulse, SilentServerError, WatchedConnection
from tests.freezing import frozen
from tests.pooler import Pooler, require_pgbouncer
from tms.local import postgres
from tms.local.postgres import Postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres.throwaway() as server:
        yield server


@pytest.fixture
def open_one(server):
    """Opens a connection that is patient for two looks."""
    opened: list[WatchedConnection] = []

    def connect(**parameters: Any) -> WatchedConnection:
        where: dict[str, Any] = {
            "host": str(server.scratch),
            "user": "postgres",
            "dbname": "tms",
            "connect_timeout": 2,
            "patience": 0.2,
        }
        opened.append(WatchedConnection.connect(**(where | parameters)))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()
    time.sleep(AVOIDED_SECONDS)  # for the next test the server was not found silent just now


def test_a_statement_may_work_for_longer_than_the_patience_lasts(open_one):
    assert open_one().execute("SELECT pg_sleep(1), 1").fetchone() == ("", 1)


def test_a_server_that_takes_no_more_connections_is_alive(server, open_one):
    one = open_one()
    one.autocommit = True
    one.execute("ALTER DATABASE tms CONNECTION LIMIT 0")
    try:
        one.execute("SET ROLE pg_monitor")  # no superuser asks from here on
        assert one.execute("SELECT pg_sleep(1), 1").fetchone() == ("", 1)
    finally:
        one.execute("RESET ROLE")
        one.execute("ALTER DATABASE tms CONNECTION LIMIT -1")


def test_a_frozen_server_is_given_up_by_whoever_waits_for_it(server, open_one):
    one, other = open_one(), open_one(patience=0.3)

    with frozen(server.process.pid):
        errors = together(lambda: one.execute("SELECT 1"), lambda: other.execute("SELECT 1"))
        assert what_is_said_to_the_next(open_one) == "the database server did not answer a moment ago"

    assert errors == ["the database server no longer answers"] * 2
    assert (one.closed, other.closed) == (True, True)


def what_is_said_to_the_next(open_one: Callable[..., WatchedConnection]) -> str:
    """On a slow machine he may come too late for it: he then finds out himself, for whoever comes after him."""
    for _late in range(20):
        try:
            open_one()
        except psycopg.errors.ConnectionTimeout:
            continue
        except SilentServerError as error:
            return str(error)
    return "nothing"


def test_a_commit_and_a_copy_are_watched_as_well(server, open_one):
    one, other = open_one(), open_one()
    one.execute("SELECT 1")

    with frozen(server.process.pid):
        errors = together(one.commit, lambda: copy_without_end(other))

    assert errors == ["the database server no longer answers"] * 2


def copy_without_end(one: WatchedConnection) -> None:
    with one.cursor() as cursor, cursor.copy("COPY (SELECT 1) TO STDOUT") as copy:
        list(copy)


def test_a_frozen_server_takes_no_connection_for_ever(server, open_one):
    with frozen(server.process.pid):
        with pytest.raises(psycopg.errors.ConnectionTimeout):
            open_one()
        assert what_is_said_to_the_next(open_one) == "the database server did not answer a moment ago"


def test_a_server_that_is_back_is_used_again_unaided(server, open_one):
    one = open_one()
    with frozen(server.process.pid), pytest.raises(SilentServerError):
        one.execute("SELECT 1")

    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        try:
            assert open_one().execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server is back, and nobody tries it")


def test_a_statement_that_was_frozen_for_a_moment_goes_on(server, open_one):
    """Whoever is patient for long does not notice."""
    one = open_one(patience=60)

    with frozen(server.process.pid):
        waiting = threading.Thread(target=lambda: answers.append(one.execute("SELECT 1").fetchone()))
        answers: list[object] = []
        waiting.start()
        time.sleep(0.3)
    waiting.join(timeout=60)

    assert answers == [(1,)]


@pytest.fixture
def pooler(server) -> Iterator[Pooler]:
    """Two sessions of the server, for all."""
    require_pgbouncer()
    with Pooler(server.scratch, size=2) as pooler:
        yield pooler


def test_statements_that_have_all_sessions_of_a_pooler_are_waited_for(pooler, open_one):
    """Whoever asks whether the server lives waits for a session behind them, and those behind him wait as well."""
    several = [open_one(host=str(pooler.folder), queue_patience=60) for _ in range(5)]

    assert together(*[lambda one=one: twice(one) for one in several]) == [""] * 5


def twice(one: WatchedConnection) -> None:
    with one.transaction():
        one.execute("SELECT pg_sleep(0.5)")
        one.execute("SELECT pg_sleep(0.1)")


def test_a_frozen_server_is_given_up_through_a_pooler(server, pooler, open_one):
    one, other = [open_one(host=str(pooler.folder), queue_patience=0.5) for _ in range(2)]
    one.execute("SELECT 1")

    with frozen(server.process.pid):
        errors = together(lambda: one.execute("SELECT 1"), lambda: other.execute("SELECT 1"))

    assert errors == ["the database server no longer answers"] * 2


def test_one_asks_for_all_who_wait_meanwhile():
    pulse, asked, go = Pulse(), [], threading.Event()
    since = time.monotonic()

    def ask() -> bool:
        asked.append(1)
        return go.wait(timeout=60)

    def wait() -> None:
        pulse.beats(ask, since=since)

    threads = [threading.Thread(target=wait) for _ in range(5)]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(timeout=60)

    assert (asked, pulse.is_lost()) == ([1], False)


def test_an_answer_from_before_the_silence_is_not_believed():
    pulse = Pulse()
    assert pulse.beats(lambda: True, since=time.monotonic())

    assert not pulse.beats(lambda: False, since=time.monotonic())
    assert pulse.is_lost()


def together(*acts) -> list[str]:
    """What each act says when it fails, in their order."""
    said: list[str] = [""] * len(acts)

    def run(number: int) -> None:
        try:
            acts[number]()
        except psycopg.OperationalError as error:
            said[number] = str(error)

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return said
