import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from tests.factories import PAST, SweepFactory
from tms.celery import app
from tms.local import broker


@pytest.fixture
def running_broker():
    """A broker, and a Celery application that uses it instead of the one nobody answers at."""
    configured = app.conf.broker_url
    with broker.throwaway() as server:
        app.conf.broker_url = server.url
        app.conf.broker_write_url = server.url
        yield
    app.conf.broker_url = app.conf.broker_write_url = configured


def test_everything_answers(client, db, running_broker):
    answer = client.get("/health/")

    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "broker": "ok", "sweep": "ok"})


def test_a_broker_that_is_down_is_said_within_a_second_or_two(client, db):
    answer = client.get("/health/")

    assert (answer.status_code, answer.json()) == (
        503,
        {"database": "ok", "broker": "unreachable", "sweep": "ok"},
    )


def test_a_sweep_that_is_late_is_said(client, db, running_broker):
    SweepFactory.create(started_at=PAST, finished_at=PAST)

    answer = client.get("/health/")

    assert (answer.status_code, answer.json()) == (503, {"database": "ok", "broker": "ok", "sweep": "late"})


def test_a_database_that_is_down_is_said(client, transactional_db):
    right = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict.update(HOST="127.0.0.1", PORT="1")
    try:
        answer = client.get("/health/")
    finally:
        connection.settings_dict.update(HOST=right[0], PORT=right[1])
        connection.close()

    assert (answer.status_code, answer.json()["database"]) == (503, "unreachable")


def test_alive_asks_nobody(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = client.get("/health/alive/")

    assert (answer.status_code, answer.json()) == (200, {"web": "ok"})


def test_an_uploaded_picture_is_for_everybody(client, db):
    name = default_storage.save("badges/0f3a.png", ContentFile(b"png"))

    answer = client.get(default_storage.url(name))

    assert (b"".join(answer.streaming_content), answer["Content-Type"]) == (b"png", "image/png")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "badges/none.png",
        "badges/../../manage.py",
        "badges/..png",
        "other/a.png",
        "badges/",
        "badges/a.gif",
        "badges/a.html",
    ],
)
def test_nothing_else_is_handed_out(client, db, path):
    assert client.get(f"/media/{path}").status_code == 404
