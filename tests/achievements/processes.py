"""Starts, kills and waits for processes that use the test database."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess as Process

import psycopg
from django.db import connection
from django.db.models import Model
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from achievements.sweep import lock

type Start = Callable[[Callable[[], None]], Process]


def another_session() -> psycopg.Connection:
    """A connection of its own to the test database; used as a context manager it commits at the end."""
    return psycopg.connect(conninfo())


@contextmanager
def a_sweeper_elsewhere() -> Iterator[None]:
    """Another session is the sweeper inside."""
    with another_session() as session:
        session.execute("SELECT pg_advisory_lock(%s, %s)", lock.KEY)
        yield
        session.execute("SELECT pg_advisory_unlock(%s, %s)", lock.KEY)  # with the session it would go by and by


def conninfo() -> str:
    parameters = connection.get_connection_params()
    return make_conninfo(
        **{name: parameters[name] for name in ("dbname", "host", "port", "user") if parameters.get(name)}
    )


def environment() -> dict[str, str]:
    """For processes that shall use the test database."""
    parts = conninfo_to_dict(conninfo())
    url = f"postgres://{parts.get('user', '')}:@/{parts['dbname']}?host={parts.get('host', '')}"
    return {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}


def finish(*processes: Process) -> None:
    for process in processes:
        process.join(timeout=300)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def blocking_the_award(achievement_id: int, user_id: int) -> psycopg.Connection:
    """A session that is about to award this to the user: whoever else would waits for it, before the chunk is written."""
    session = another_session()
    session.execute(
        "INSERT INTO achievements_earnedachievement (achievement_id, user_id, nth, earned_at, version, created_at)"
        " VALUES (%s, %s, 1, now(), 1, now())",
        [achievement_id, user_id],
    )
    return session


@contextmanager
def holding_the_row_of(row: Model) -> Iterator[None]:
    """Another session holds it inside, as whoever edits or deletes it does, and does not come to its end."""
    with another_session() as session:
        key = row._meta.pk.column
        session.execute(f"SELECT FROM {row._meta.db_table} WHERE {key} = %s FOR UPDATE", [row.pk])
        yield
        session.rollback()


def somebody_waits() -> bool:
    """Whether a session waits for another one's lock."""
    return how_many_wait() > 0


def how_many_wait() -> int:
    """How many sessions wait for another one's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees what it saw first
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def kill(process: Process, *, blocked_by: psycopg.Connection | None = None) -> None:
    """SIGKILL. Its session at the server ends its statement first, and keeps its claims so long: a sweep that starts at
    once would skip what is claimed, and leave it to the full sweep after that. `blocked_by` lets go when it is dead."""
    process.kill()
    process.join()
    if blocked_by is not None:
        blocked_by.close()
    wait_until(nobody_claims_anything)


def nobody_claims_anything() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return bool(cursor.fetchone()[0] == 0)


def wait_until(is_so: Callable[[], object]) -> None:
    """Events are waited for, on however slow a machine: the deadline is for one that never comes."""
    deadline = time.monotonic() + 300
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)
