"""Pages while the database cannot: with real locks, time-outs and lost connections."""

import psycopg.errors
import pytest
from django.db import DataError, OperationalError, connection
from django.test import Client
from django.urls import reverse

from badges.models import Badge
from operation.busy import is_away, is_passing
from tests.factories import AdministratorFactory, BadgeFactory
from tests.wire import Fault, wired

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
    assert not is_away(error)


@pytest.mark.parametrize(
    ("cause", "is_so"),
    [
        (psycopg.errors.LockNotAvailable(), False),
        (psycopg.errors.QueryCanceled(), False),
        (psycopg.errors.DeadlockDetected(), False),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.CannotConnectNow(), True),
        (psycopg.errors.ConnectionFailure(), True),
        (psycopg.OperationalError("connection refused"), True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_server_that_is_not_there_for_anybody(cause, is_so):
    error = OperationalError()
    error.__cause__ = cause

    assert is_away(error) == is_so


@pytest.fixture
def wire():
    with wired() as wire:
        yield wire


# A badge is deleted in a transaction; the moment of a sign-in is kept by one statement outside of any.
def delete(client, badge, **options):
    return client.post(reverse("badges:delete", args=[badge.pk]), **options)


def sign_in(client, badge, **options):
    user = AdministratorFactory.create(organization=badge.organization, password="green laurel wreath")
    return Client().post(reverse("sign_in"), {"username": user.username, "password": "green laurel wreath"}, **options)


ACTS = [(delete, "COMMIT"), (sign_in, 'UPDATE "organizations_user" SET "last_login"')]
HTMX = {"HX-Request": "true"}


@pytest.mark.parametrize(("act", "word"), ACTS)
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "dialog"])
def test_what_may_have_been_saved_is_left_open(badge, client, wire, act, word, fault, headers):
    wire.break_at(word, fault)

    answer = act(client, badge, headers=headers)

    assert wire.is_broken.is_set()
    assert answer.status_code == 503
    assert ("We cannot say whether it was saved." in answer.text, "Nothing was saved" in answer.text) == (True, False)


@pytest.mark.parametrize("fault", [Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.SILENT_AFTER])
@pytest.mark.parametrize("word", ["django_session", "DELETE FROM"])
def test_what_was_never_committed_was_not_saved(badge, client, wire, word, fault):
    client.raise_request_exception = False
    wire.break_at(word, fault)

    answer = delete(client, badge)

    assert answer.status_code == 503
    assert ("We cannot say" in answer.text, "Nothing was saved." in answer.text) == (False, True)


def test_what_was_saved_before_the_answer_was_lost_is_not_called_unsaved(badge, wire):
    """The session is written last of all: the moment of the sign-in is kept by then."""
    client = Client(raise_request_exception=False)
    user = AdministratorFactory.create(organization=badge.organization, password="green laurel wreath")
    wire.break_at('UPDATE "django_session"', Fault.CUT_BEFORE)

    answer = client.post(reverse("sign_in"), {"username": user.username, "password": "green laurel wreath"})

    assert (answer.status_code, wire.is_broken.is_set()) == (503, True)
    assert "We cannot say whether it was saved." in answer.text


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "dialog"])
def test_a_page_after_a_post_that_cannot_be_shown_says_just_that(badge, client, wire, headers):
    delete(client, badge)
    client.raise_request_exception = False
    wire.break_at('FROM "badges_badge"', Fault.CUT_BEFORE)

    answer = client.get(reverse("badges:list"), headers=headers)

    assert answer.status_code == 503
    assert "could not be shown." in answer.text
    assert "saved" not in answer.text
