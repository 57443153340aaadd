"""Poolers before the real server: who may start behind which, and what is said to whom may not."""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from achievements.models import Sweep
from operation.database.pooling import refuse_shared_sessions, require_session, tell_of_missing_limits
from tests.pooler import Mode, Pooler, require_pgbouncer
from tests.wire import Fault, Wire

ROOT = Path(__file__).parents[3]
SHARED: list[tuple[Mode, bool]] = [("transaction", False), ("transaction", True)]
STARTS = {
    "web": ["-c", "import tms.wsgi"],
    "worker": ["-m", "celery", "--app", "tms", "worker", "--concurrency", "1"],
    "delivery": ["-m", "celery", "--app", "tms", "worker", "--concurrency", "1", "--queues", "delivery"],
    "beat": ["-m", "celery", "--app", "tms", "beat", "--pidfile", "", "--schedule"],
}
NO_SESSION = "Start what sweeps with the address of PostgreSQL itself in DATABASE_URL, and without DATABASE_POOLER."

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def before_the_server():
    """Puts something between Django's connection and the server."""
    placed = []

    def place(make, *arguments, **options):
        placed.append(make(Path(connection.get_connection_params()["host"]), *arguments, **options))
        connection.close()
        connection.settings_dict["HOST"] = str(placed[-1].folder)
        return placed[-1]

    host = connection.settings_dict["HOST"]
    yield place
    connection.close()
    connection.settings_dict["HOST"] = host
    for one in placed:
        one.close()


@pytest.fixture
def pool(before_the_server):
    """Puts PgBouncer there."""
    require_pgbouncer()
    return lambda mode, **options: before_the_server(Pooler, mode, **options)


@pytest.mark.parametrize(("mode", "in_turns"), SHARED)
def test_a_pooler_that_shares_sessions_is_refused_until_it_is_named(pool, settings, mode, in_turns):
    pool(mode, in_turns=in_turns)
    with pytest.raises(ImproperlyConfigured, match="set DATABASE_POOLER=transaction"):
        refuse_shared_sessions()

    settings.DATABASE_POOLER = "transaction"

    refuse_shared_sessions()


@pytest.mark.parametrize("named", ["", "transaction"])
def test_whoever_sweeps_is_refused_behind_one_whether_it_is_named_or_not(pool, settings, named):
    pool("transaction")
    settings.DATABASE_POOLER = named

    with pytest.raises(ImproperlyConfigured, match="without DATABASE_POOLER"):
        require_session()


@pytest.mark.parametrize("named", ["", "transaction"])
def test_a_pooler_in_statement_mode_is_refused_in_any_case(pool, settings, named):
    pool("statement")
    settings.DATABASE_POOLER = named

    with pytest.raises(ImproperlyConfigured, match="pool_mode = transaction or session"):
        refuse_shared_sessions()


def test_a_pooler_in_session_mode_does(pool):
    pool("session")

    refuse_shared_sessions()
    require_session()


def test_postgresql_itself_does():
    refuse_shared_sessions()
    require_session()


def test_a_pooler_that_is_named_and_not_there_does_to_all_but_sweeps(settings):
    settings.DATABASE_POOLER = "transaction"

    refuse_shared_sessions()
    with pytest.raises(ImproperlyConfigured, match="without DATABASE_POOLER"):
        require_session()


def test_a_database_that_is_away_is_no_reason_to_refuse(before_the_server, caplog):
    before_the_server(Wire).break_at("pg_backend_pid", Fault.CUT_BEFORE)

    refuse_shared_sessions()

    assert "could not be asked for its pooler" in caplog.text


@pytest.mark.parametrize(
    "command", [["sweep"], ["sweep", "--drain"], ["sweep", "--poll", "5"], ["load_demo", "--once"]], ids=" ".join
)
@pytest.mark.parametrize("named", ["", "transaction"])
def test_no_command_sweeps_behind_one(pool, settings, named, command):
    pool("transaction")
    settings.DATABASE_POOLER = named

    with pytest.raises(CommandError, match="without DATABASE_POOLER"):
        call_command(*command, stdout=StringIO())

    assert Sweep.objects.count() == 0


def test_limits_that_the_pooler_sets_are_no_news(pool, settings, caplog):
    settings.DATABASE_POOLER = "transaction"
    pool("transaction")

    tell_of_missing_limits()

    assert caplog.text == ""


@pytest.mark.parametrize(("named", "said"), [("", False), ("transaction", True)])
def test_a_pooler_without_limits_is_told_of(settings, caplog, named, said):
    settings.DATABASE_POOLER = named

    tell_of_missing_limits()

    assert ("Give it a connect_query" in caplog.text) == said


@pytest.mark.parametrize(
    ("name", "named", "words"),
    [
        ("web", "", "set DATABASE_POOLER=transaction"),
        ("delivery", "", "set DATABASE_POOLER=transaction"),
        ("beat", "", "set DATABASE_POOLER=transaction"),
        ("worker", "transaction", NO_SESSION),
    ],
)
def test_nothing_starts_behind_one_where_it_does_not_belong(pool, name, named, words, tmp_path):
    upstream = connection.get_connection_params()
    pooler = pool("transaction")
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{upstream['user']}:@/{upstream['dbname']}?host={pooler.folder}",
        "DATABASE_POOLER": named,
        "DJANGO_SETTINGS_MODULE": "tms.settings",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }

    schedule = [str(tmp_path / "beat")] if name == "beat" else []
    done = subprocess.run(
        [sys.executable, *STARTS[name], *schedule],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert words in done.stderr
