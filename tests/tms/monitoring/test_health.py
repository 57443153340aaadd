"""What monitors are told, with real servers that answer, are gone, or are frozen."""

import contextlib
import signal
import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from operation.models import Heartbeat
from operation.outages import DATABASE
from organizations.models import PasswordLetter
from tests.factories import PAST, IssuedBadgeFactory, StudentFactory, SweepFactory
from tms.celery import app
from tms.local import broker, postgres
from tms.monitoring import health

NAMES = ["database", "broker", *health.IN_THE_DATABASE]


@pytest.fixture
def running_broker():
    """A broker, and a Celery application that uses it instead of the one nobody answers at."""
    configured = app.conf.broker_url
    with broker.throwaway() as server:
        app.conf.broker_url = server.url
        app.conf.broker_write_url = server.url
        yield server
    app.conf.broker_url = app.conf.broker_write_url = configured


@contextlib.contextmanager
def database_at(*, is_told: bool = True, **address: str) -> Iterator[None]:
    """The product's database is there, as far as the product knows; told afterwards that it is back, or left to see it."""
    right = {name: connection.settings_dict[name] for name in address}
    connection.close()
    connection.settings_dict.update(address)
    try:
        yield
    finally:
        connection.settings_dict.update(right)
        connection.close()
        if is_told:
            DATABASE.end()


@contextlib.contextmanager
def frozen(server: broker.Broker | postgres.Postgres) -> Iterator[None]:
    """Connections are taken, since the system does that; nobody answers."""
    assert server.process is not None
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


@pytest.fixture
def alive(transactional_db):
    for queue in ("celery", "delivery"):
        Heartbeat.objects.create(queue=queue, seen_at=Now())


def asked(client, path="/health/"):
    """Status, kind and JSON of the answer, with the names of what is broken."""
    answer = client.get(path)
    facts = answer.json()
    assert answer["Content-Type"] == "application/json"
    return answer.status_code, facts["ok"], [name for name, check in facts["checks"].items() if not check["ok"]]


def test_all_promises_are_kept(client, alive, running_broker):
    SweepFactory.create(started_at=timezone.now(), finished_at=timezone.now())

    answer = client.get("/health/")

    facts = answer.json()
    assert (answer.status_code, facts["ok"], list(facts["checks"])) == (200, True, NAMES)
    age = facts["checks"]["worker_celery"].pop("age_seconds")
    assert facts["checks"]["worker_celery"] == {"ok": True, "limit_seconds": 600}
    assert 0 <= age < 600
    assert facts["checks"]["oldest_badge"] == {"ok": True, "age_seconds": None, "limit_seconds": 1800}
    assert facts["checks"]["database"] == {"ok": True, "age_seconds": None, "limit_seconds": None}


def test_the_names_are_those_of_the_promises(db):
    assert [promise.name for promise in health.promises()] == list(health.IN_THE_DATABASE)


def test_promises_take_few_queries(db, django_assert_num_queries):
    SweepFactory.create(started_at=PAST, finished_at=PAST)

    # Heartbeats; the sweep's three; all of badges; letters about passwords.
    with django_assert_num_queries(6):
        health.promises()


def test_a_broker_that_is_down_is_said(client, alive):
    assert asked(client) == (503, False, ["broker"])


def test_whatever_waits_too_long_is_said(client, alive, running_broker):
    SweepFactory.create(started_at=PAST, finished_at=PAST)
    issued = IssuedBadgeFactory.create(delivery="pending", status="pending", next_attempt_at=PAST)
    Heartbeat.objects.filter(queue="delivery").delete()

    assert asked(client) == (503, False, ["worker_delivery", "full_sweep", "oldest_badge"])
    assert issued.student.last_name not in client.get("/health/").content.decode()


def test_a_site_without_badge_letters_says_that_no_letter_leaves(client, alive, running_broker):
    SweepFactory.create(started_at=timezone.now(), finished_at=timezone.now())
    PasswordLetter.objects.create(user=StudentFactory.create(), asked_at=PAST, failure="given_up", failed_since=PAST)

    assert asked(client) == (503, False, ["oldest_password_letter"])


@pytest.mark.parametrize("who", ["nobody", "somebody"])
def test_a_database_that_is_down_is_said_also_to_somebody_signed_in(
    client, world, alive, signed_in, running_broker, who
):
    client = client if who == "nobody" else signed_in(world.administrator)

    with database_at(HOST="127.0.0.1", PORT="1"):
        alive_answer = client.get("/health/alive/")

        assert asked(client) == (503, False, [name for name in NAMES if name != "broker"])
        assert client.get("/health/sweep/").json() == {"sweep": "unknown"}
    assert (alive_answer.status_code, alive_answer.json()) == (200, {"web": "ok"})


def test_a_database_that_was_not_migrated_is_said(client, transactional_db, running_broker):
    with postgres.throwaway() as server, database_at(HOST=str(server.scratch), NAME="tms", USER="postgres"):
        assert asked(client) == (503, False, list(health.IN_THE_DATABASE))


def test_a_frozen_database_and_a_frozen_broker_are_said_too(client, transactional_db, running_broker, settings):
    settings.HEALTH_PATIENCE = 2.0
    with postgres.throwaway() as server, database_at(HOST=str(server.scratch), NAME="tms", USER="postgres"):
        with frozen(server), frozen(running_broker):
            assert asked(client) == (503, False, NAMES)
            assert client.get("/health/sweep/").json() == {"sweep": "unknown"}
            assert client.get("/health/alive/").status_code == 200
        for thread in threading.enumerate():
            if "_run" in thread.name:
                thread.join(timeout=60)
