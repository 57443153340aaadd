"""Proves that work gets done: beat sends a task through each queue, and whoever takes it writes down when.

So a fresh row says four things at once: beat runs, the broker carries, a worker of this queue works, and it can write.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.utils import timezone

from operation.models import Heartbeat
from operation.promises import Promise

# Beat asks every half minute. Both processes of a worker may be at one task each: the longest is the night's check of all
# providers, five minutes. After ten, none is running.
WORKER_SILENCE = timedelta(minutes=10)
# Beat is heard through whichever queue answers first, and one of them nearly always does at once.
BEAT_SILENCE = timedelta(minutes=5)
# What is sent by one host and taken by another is dropped when their clocks differ by WAKE_EXPIRES: told long before.
MOST_AHEAD = timedelta(minutes=1)


def queues() -> list[str]:
    """The queues that must have a worker each."""
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    return sorted(routed | {settings.CELERY_TASK_DEFAULT_QUEUE})


def beat(queue: str) -> None:
    """A worker of this queue is alive now, by the database's clock, and its host's clock is so far ahead."""
    row = Heartbeat(queue=queue, seen_at=Now(), ahead=_ahead())
    Heartbeat.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["queue"], update_fields=["seen_at", "ahead"]
    )


def heard() -> list[tuple[str, timedelta, timedelta, timedelta]]:
    """Of each queue that was ever heard of: how long ago, how far its host's clock is ahead, and ours. One query."""
    rows = Heartbeat.objects.annotate(age=Now() - F("seen_at"), ours=_ahead())
    return list(rows.values_list("queue", "age", "ahead", "ours"))


def _ahead() -> Combinable:
    """How far the clock of this host is ahead of the database's: less than nothing when it is behind."""
    return ExpressionWrapper(Value(timezone.now()) - Now(), DurationField())


def promises() -> list[Promise]:
    """Of beat, of a worker for each queue, and of the hosts' clocks. What was never heard of is not there. One query."""
    rows = heard()
    ages = {queue: age for queue, age, _ahead, _ours in rows}
    workers = [_promise(f"worker_{queue}", ages.get(queue), WORKER_SILENCE) for queue in queues()]
    apart = max((max(abs(ahead), abs(ours)) for _queue, _age, ahead, ours in rows), default=None)
    clocks = Promise.within("clocks", apart, MOST_AHEAD)
    return [_promise("beat", _youngest(ages.values()), BEAT_SILENCE), *workers, clocks]


def _promise(name: str, age: timedelta | None, limit: timedelta) -> Promise:
    return Promise(name, age is not None and age <= limit, age, limit)


def _youngest(ages: Iterable[timedelta]) -> timedelta | None:
    return min(ages, default=None)
