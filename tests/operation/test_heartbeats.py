from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from operation import heartbeats
from operation.models import Heartbeat
from tms.celery import app

MINUTE = timedelta(minutes=1)


def heard(**minutes: float) -> None:
    for queue, ago in minutes.items():
        Heartbeat.objects.create(queue=queue, seen_at=Now() - ago * MINUTE)


def broken() -> list[str]:
    return [promise.name for promise in heartbeats.promises() if not promise.is_kept]


def test_every_queue_is_asked_of_and_by_beat():
    app.loader.import_default_modules()
    asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert heartbeats.queues() == ["celery", "delivery"]
    assert {"tms.tasks.show_life", "badges.tasks.show_life"} <= asked & set(app.tasks)


def test_a_beat_is_written_and_written_again(db, django_assert_num_queries):
    heard(delivery=90)

    with django_assert_num_queries(2):
        heartbeats.beat("delivery")
        heartbeats.beat("celery")

    heard_of = heartbeats.heard()
    assert sorted(queue for queue, *_rest in heard_of) == ["celery", "delivery"]
    assert max(age for _queue, age, *_rest in heard_of) < MINUTE
    assert "clocks" not in broken()


@pytest.mark.parametrize(
    ("minutes", "names"),
    [
        ({}, ["beat", "worker_celery", "worker_delivery"]),
        ({"celery": 1, "delivery": 1}, []),
        ({"celery": 1, "delivery": 9}, []),
        ({"celery": 1, "delivery": 11}, ["worker_delivery"]),
        ({"celery": 1}, ["worker_delivery"]),
        ({"delivery": 1}, ["worker_celery"]),
        ({"celery": 6, "delivery": 7}, ["beat"]),
        ({"celery": 11, "delivery": 20}, ["beat", "worker_celery", "worker_delivery"]),
    ],
)
def test_who_is_not_heard_of_is_named(db, minutes, names):
    heard(**minutes)

    assert broken() == names


@pytest.mark.parametrize(("minutes", "is_told"), [(-5, True), (-0.5, False), (0, False), (0.5, False), (5, True)])
def test_a_worker_whose_clock_is_wrong_is_told(db, minutes, is_told):
    with time_machine.travel(timezone.now() + minutes * MINUTE):
        heartbeats.beat("delivery")

    assert ("clocks" in broken()) == is_told


def test_our_own_clock_is_told_as_well(db):
    heartbeats.beat("delivery")

    with time_machine.travel(timezone.now() + 5 * MINUTE):
        assert "clocks" in broken()


def test_a_clock_that_is_right_again_is_forgotten(db):
    with time_machine.travel(timezone.now() - 5 * MINUTE):
        heartbeats.beat("delivery")

    heartbeats.beat("delivery")

    assert "clocks" not in broken()
