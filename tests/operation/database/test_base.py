"""What the backend adds: limits of a session, its patience, and the count of what may be saved."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from operation.busy import commits_so_far, count_commits_anew
from operation.database.base import is_refusal
from organizations.models import Organization
from tests.factories import OrganizationFactory
from tests.wire import Fault, wired

ROOT = Path(__file__).parents[3]
ASK = """
import tms.{module}
from django.conf import settings
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
    limits = cursor.fetchone()
told = dict(part.split("=", 1) for part in connection.connection.info.dsn.split() if "=" in part)
has_cursors = not connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS", False)
print(*limits, has_cursors, connection.connection.patience, *(told[name] for name in (
    "connect_timeout", "tcp_user_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count")))
"""


@pytest.mark.parametrize(
    ("module", "pooler", "said"),
    [
        ("wsgi", "", "30s 10s True 0.5 2 10000 10 5 3"),
        ("celery", "", "0 0 True 30.0 10 10000 10 5 3"),
        ("wsgi", "transaction", "0 0 False 0.5 2 10000 10 5 3"),  # it is the pooler that limits statements there
    ],
    ids=["web", "workers and commands", "web behind a pooler"],
)
def test_no_connection_waits_for_ever(module, pooler, said):
    names = ("STATEMENT_TIMEOUT", "LOCK_TIMEOUT", "DATABASE_PATIENCE")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(module=module)],
        env=environment | {"DJANGO_SETTINGS_MODULE": "tms.settings", "DATABASE_POOLER": pooler},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == said, done.stderr


@pytest.fixture
def organization(transactional_db):
    organization = OrganizationFactory.create()
    count_commits_anew()
    return organization


def test_what_is_read_is_no_commit(organization):
    list(Organization.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("\n  select 1")

    assert commits_so_far() == 0


def test_a_transaction_counts_once_and_one_that_is_undone_never(organization):
    with transaction.atomic():
        Organization.objects.update(name="One")
        Organization.objects.update(name="Two")
    with transaction.atomic():
        Organization.objects.update(name="Three")
        transaction.set_rollback(True)

    assert commits_so_far() == 1


def test_a_change_outside_a_transaction_counts(organization):
    Organization.objects.update(name="One")

    assert commits_so_far() == 1


def test_what_the_server_refused_does_not_count(organization):
    with pytest.raises(IntegrityError):
        Organization.objects.update(parent_id=organization.pk + 1)

    assert commits_so_far() == 0


def test_a_change_that_never_left_us_does_not_count(organization):
    with wired() as wire:
        wire.break_at("SELECT 7", Fault.CUT_BEFORE)
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT 7")
        with pytest.raises(DatabaseError):
            Organization.objects.update(name="One")

    assert commits_so_far() == 0


@pytest.mark.parametrize(
    ("cause", "is_refused"),
    [
        (psycopg.errors.UniqueViolation(), True),
        (psycopg.errors.QueryCanceled(), True),
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.errors.AdminShutdown(), False),
        (psycopg.errors.CrashShutdown(), False),
        (psycopg.errors.ConnectionFailure(), False),
        (psycopg.OperationalError("server closed the connection unexpectedly"), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_only_a_server_that_stays_refuses_for_certain(cause, is_refused):
    error = DatabaseError()
    error.__cause__ = cause

    assert is_refusal(error) == is_refused
