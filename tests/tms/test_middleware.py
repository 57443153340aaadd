import psycopg.errors
import pytest
from django.db import DataError, IntegrityError, OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from operation.outages import DATABASE
from tests.badges.shown import built_in
from tests.tms.monitoring.test_health import database_at
from tms.middleware import BusyMiddleware, UnreadableMiddleware


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_value_that_the_database_refuses_is_answered_in_words(rf, method):
    request = getattr(rf, method)("/badges/?x=1")

    answer = UnreadableMiddleware(lambda _request: HttpResponse()).process_exception(request, DataError("22003"))

    assert answer is not None
    assert (answer.status_code, "Bad request" in answer.content.decode()) == (400, True)


def test_any_other_fault_of_the_database_is_ours(rf):
    middleware = UnreadableMiddleware(lambda _request: HttpResponse())

    assert middleware.process_exception(rf.get("/"), IntegrityError()) is None


@pytest.fixture
def said(caplog):
    """What operators read meanwhile."""
    DATABASE.end()
    caplog.clear()
    return lambda: [record.getMessage().partition(":")[0] for record in caplog.records if record.levelname != "DEBUG"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["somebody", "visitor"])
def test_a_database_that_is_away_is_one_line_for_all_pages_and_one_when_it_is_back(world, signed_in, said, who):
    client = signed_in(world.student) if who == "somebody" else Client()
    pages = ["/", "/badges/"] if who == "somebody" else [reverse("badges:badge_page", args=[built_in(world).public_id])]
    client.raise_request_exception = False
    with database_at(HOST="127.0.0.1", PORT="1", is_told=False):
        answers = [client.get(page).status_code for page in pages * 3]
    after = [client.get(pages[0]).status_code for _ in range(2)]

    assert (set(answers), after) == ({503}, [200, 200])
    assert said() == ["The database is away", "The database is back."]


def test_rows_that_somebody_holds_are_a_line_each_time(rf, said):
    error = OperationalError("canceling statement due to lock timeout")
    error.__cause__ = psycopg.errors.LockNotAvailable()

    for _ in range(2):
        BusyMiddleware(lambda _request: HttpResponse()).process_exception(rf.get("/badges/"), error)

    assert (said(), DATABASE.is_on) == (["Busy"] * 2, False)
