import logging

import psycopg.errors
import pytest
from celery.worker.consumer.consumer import CONNECTION_ERROR, CONNECTION_RETRY
from django.db import OperationalError

from operation.outages import BROKER, DATABASE, OfBroker, OfDatabase, Outage
from tests.racing import at_once


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.WARNING, "operation.outages")
    return lambda: [(record.levelname, record.getMessage()) for record in caplog.records]


def test_going_and_coming_back_is_a_line_each(said):
    outage = Outage("The kettle")

    outage.end()
    for _ in range(3):
        outage.begin(OSError("no power\nand more"))
    for _ in range(3):
        outage.end()
    outage.begin(TimeoutError())

    assert said() == [
        ("WARNING", "The kettle is away: no power"),
        ("WARNING", "The kettle is back."),
        ("WARNING", "The kettle is away: TimeoutError"),
    ]


@pytest.mark.django_db(transaction=True)
def test_threads_that_see_it_at_once_say_it_once(said):
    outage = Outage("The kettle")

    at_once(*[lambda: outage.begin("no power")] * 8)

    assert len(said()) == 1


@pytest.fixture
def away():
    for outage in (BROKER, DATABASE):
        outage.end()
    yield
    for outage in (BROKER, DATABASE):
        outage.end()


def record(level: int, words: str, *arguments: object, error: Exception | None = None) -> logging.LogRecord:
    exc_info = None if error is None else (type(error), error, None)
    return logging.LogRecord("celery", level, "f", 1, words, arguments, exc_info)


def refused(cause: Exception) -> OperationalError:
    error = OperationalError()
    error.__cause__ = cause
    return error


def test_a_worker_says_once_that_its_broker_is_away_and_once_that_it_is_back(away, said):
    lost = record(logging.WARNING, "%s (%r)", CONNECTION_RETRY, OSError("reset"))
    failed = record(logging.ERROR, CONNECTION_ERROR, "redis://broker", OSError("refused"), "Trying again")
    back = record(logging.INFO, "Connected to %s", "redis://broker")

    assert [OfBroker().filter(one) for one in (lost, failed, failed, back, back)] == [False] * 5
    assert [words for _level, words in said()] == ["The broker is away: reset", "The broker is back."]


def test_tasks_say_once_that_the_database_is_away_and_once_that_it_is_back(away, said):
    failed = record(logging.ERROR, "Task raised unexpected", error=OperationalError("no server"))
    broken = record(logging.ERROR, "Task raised unexpected", error=ValueError("a fault of ours"))
    locked = record(logging.ERROR, "Task raised unexpected", error=refused(psycopg.errors.DeadlockDetected()))
    done = record(logging.INFO, "Task %(name)s succeeded in 1s", {"name": "x"})

    told = [OfDatabase().filter(one) for one in (locked, failed, failed, broken, done)]

    assert told == [True, False, False, True, False]
    assert [words for _level, words in said()] == ["The database is away: no server", "The database is back."]
