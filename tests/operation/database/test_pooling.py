"""Poolers before the real server: one that gives each session its own is taken, any other is refused at the start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from operation.database.pooling import refuse_shared_sessions
from tests.pooler import Pooler
from tests.wire import Fault, Wire

ROOT = Path(__file__).parents[3]
SHARED = [("transaction", False), ("transaction", True), ("statement", False)]
STARTS = {
    "web": ["-c", "import tms.wsgi"],
    "worker": ["-m", "celery", "--app", "tms", "worker", "--concurrency", "1"],
    "beat": ["-m", "celery", "--app", "tms", "beat", "--pidfile", "", "--schedule"],
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def before_the_server():
    """Puts something between Django's connection and the server."""
    placed = []

    def place(make, *arguments, **options):
        placed.append(make(Path(connection.get_connection_params()["host"]), *arguments, **options))
        connection.settings_dict["HOST"] = str(placed[-1].folder)
        return placed[-1]

    host = connection.settings_dict["HOST"]
    yield place
    connection.close()
    connection.settings_dict["HOST"] = host
    for one in placed:
        one.close()


@pytest.mark.parametrize(("mode", "in_turns"), SHARED)
def test_a_pooler_that_shares_sessions_is_refused(before_the_server, mode, in_turns):
    before_the_server(Pooler, mode, in_turns=in_turns)

    with pytest.raises(ImproperlyConfigured, match="pool_mode = session"):
        refuse_shared_sessions()


def test_a_pooler_in_session_mode_does(before_the_server):
    connection.close()
    before_the_server(Pooler, "session")

    refuse_shared_sessions()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_postgresql_itself_does():
    refuse_shared_sessions()


def test_a_database_that_is_away_is_no_reason_to_refuse(before_the_server, caplog):
    before_the_server(Wire).break_at("pg_backend_pid", Fault.CUT_BEFORE)

    refuse_shared_sessions()

    assert "could not be asked for its pooler" in caplog.text


@pytest.mark.parametrize("name", STARTS)
def test_nothing_starts_behind_one(before_the_server, name, tmp_path):
    upstream = connection.get_connection_params()
    pooler = before_the_server(Pooler, "transaction")
    environment = os.environ | {
        "DATABASE_URL": f"postgres://{upstream['user']}:@/{upstream['dbname']}?host={pooler.folder}",
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
    assert "DATABASE_URL leads to a pooler in transaction or statement mode." in done.stderr
