import logging
import socket
from collections.abc import Iterator

import pytest
from django.db import transaction
from kombu import pools

from operation import wake
from operation.outages import BROKER
from tms.celery import app


@pytest.fixture
def broker_url() -> Iterator[None]:
    """Whatever a test sets, the application gets its broker and its connections back."""
    before = app.conf.broker_url
    BROKER.end()
    yield
    point_at(before)
    BROKER.end()


def point_at(url: str) -> None:
    """Pools are kept by their address, so a closed one would be found again: forget them all."""
    app.conf.broker_url = url
    pools.reset()
    app._pool = None
    app.amqp._producer_pool = None


@pytest.fixture
def hung_broker() -> Iterator[socket.socket]:
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.mark.usefixtures("broker_url")
def test_dead_broker_costs_a_line_in_the_log(django_capture_on_commit_callbacks, db, caplog):
    point_at("redis://127.0.0.1:1/0")

    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True) as callbacks:
        wake.drain_soon()

    assert len(callbacks) == 1
    assert [record.levelname for record in caplog.records if record.name == "operation.outages"] == ["WARNING"]


@pytest.mark.usefixtures("broker_url")
def test_hung_broker_is_waited_for_once(django_capture_on_commit_callbacks, db, hung_broker, caplog):
    point_at(f"redis://127.0.0.1:{hung_broker.getsockname()[1]}/0")

    for soon in (wake.drain_soon, wake.deliver_soon, wake.write_letters_soon):
        with django_capture_on_commit_callbacks(execute=True):
            soon()

    hung_broker.setblocking(False)
    hung_broker.accept()[0].close()
    with pytest.raises(BlockingIOError):
        hung_broker.accept()
    assert [record.message for record in caplog.records if record.name == "operation.outages"] == [
        "The broker is away: Timeout reading from socket"
    ]


@pytest.mark.usefixtures("broker_url")
def test_a_broker_that_refuses_at_once_is_tried_each_time(django_capture_on_commit_callbacks, db, caplog):
    point_at("redis://127.0.0.1:1/0")

    for soon in (wake.drain_soon, wake.deliver_soon):
        with caplog.at_level(logging.INFO, "operation.wake"), django_capture_on_commit_callbacks(execute=True):
            soon()

    assert [record.levelname for record in caplog.records if record.name == "operation.wake"] == ["INFO", "INFO"]
    assert [record.levelname for record in caplog.records if record.name == "operation.outages"] == ["WARNING"]


def test_nothing_is_sent_for_what_is_rolled_back(django_capture_on_commit_callbacks, db):
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        wake.drain_soon()
        transaction.set_rollback(True)

    assert callbacks == []


def test_transaction_wakes_once(django_capture_on_commit_callbacks, db):
    with django_capture_on_commit_callbacks() as callbacks:
        wake.drain_soon()
        wake.drain_soon()

    assert len(callbacks) == 1


def test_task_exists_under_the_name_that_is_sent():
    app.loader.import_default_modules()

    assert wake.DRAIN in app.tasks
