"""Pages while the database cannot: with real locks, time-outs and lost connections."""

import psycopg.errors
import pytest
from django.db import DataError, OperationalError, connection
from django.urls import reverse

from badges.models import Badge
from tests.factories import AdministratorFactory, BadgeFactory
from tms.busy import is_passing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def badge():
    return BadgeFactory.create()


@pytest.fixture
def client(badge, signed_in):
    return signed_in(AdministratorFactory.create(organization=badge.organization))


@pytest.fixture
def held(badge):
    """Somebody else holds the badge, and nobody here waits for long."""
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT FROM badges_badge WHERE id = %s FOR UPDATE", [badge.pk])
    yield
    other.rollback()
    other.close()
    connection.close()  # and its time-outs


def limit(name):
    with connection.cursor() as cursor:
        cursor.execute(f"SET {name} = '200ms'")


@pytest.mark.parametrize("name", ["lock_timeout", "statement_timeout"])
def test_a_page_that_waited_too_long_says_so_and_has_saved_nothing(badge, client, held, name):
    limit(name)

    answer = client.post(reverse("badges:delete", args=[badge.pk]))

    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"].split(",")[0]) == (
        503,
        "30",
        "max-age=0",
    )
    assert "<title>Busy just now · Laurel</title>" in answer.text
    assert "Nothing was saved." in answer.text
    assert list(Badge.objects.all()) == [badge]


def test_htmx_gets_a_message_for_the_page_or_for_the_open_dialog(badge, client, held):
    limit("lock_timeout")

    answer = client.post(reverse("badges:delete", args=[badge.pk]), headers={"HX-Request": "true"})

    assert (answer.status_code, answer["HX-Reswap"]) == (503, "afterbegin")
    assert ("<html" in answer.text, "Nothing was saved. Try again in a minute." in answer.text) == (False, True)


def test_a_lost_connection_is_no_fault_of_the_page(client):
    client.raise_request_exception = False
    other = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [process] = cursor.fetchone()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    other.close()

    answer = client.get(reverse("home"))
    connection.close()

    assert answer.status_code == 503
    assert client.get(reverse("home")).status_code == 200


@pytest.mark.parametrize(
    ("cause", "passes"),
    [
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.errors.QueryCanceled(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.SerializationFailure(), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.OperationalError("connection refused"), True),
        (psycopg.errors.ObjectInUse(), False),
        (psycopg.errors.StatementTooComplex(), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_passes_by_itself(cause, passes):
    error = OperationalError()
    error.__cause__ = cause

    assert is_passing(error) == passes


@pytest.mark.parametrize("error", [DataError(), ValueError(), None])
def test_what_is_a_fault_of_ours(error):
    assert not is_passing(error)
