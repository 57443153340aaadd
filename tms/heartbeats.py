"""Proves that work gets done: beat sends a task through each queue, and whoever takes it writes down when.

So a fresh row says four things at once: beat runs, the broker carries, a worker of this queue works, and it can write.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now

from tms.models import Heartbeat
from tms.promises import Promise

# Beat asks every half minute. Both processes of a worker may be at one task each: the longest is the night's check of all
# providers, five minutes. After ten, nobody is there.
WORKER_SILENCE = timedelta(minutes=10)
# Beat is heard through whichever queue answers first, and one of them nearly always does at once.
BEAT_SILENCE = timedelta(minutes=5)


def queues() -> list[str]:
    """The queues that must have a worker each."""
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    return sorted(routed | {settings.CELERY_TASK_DEFAULT_QUEUE})


def beat(queue: str) -> None:
    """A worker of this queue is alive now, by the database's clock."""
    row = Heartbeat(queue=queue, seen_at=Now())
    Heartbeat.objects.bulk_create([row], update_conflicts=True, unique_fields=["queue"], update_fields=["seen_at"])


def ages() -> dict[str, timedelta]:
    """How long ago each queue was heard of; without those that never were. One query."""
    return dict(Heartbeat.objects.annotate(age=Now() - F("seen_at")).values_list("queue", "age"))


def promises() -> list[Promise]:
    """Of beat, and of a worker for each queue. One that was never heard of is not there. One query."""
    heard = ages()
    workers = [_promise(f"worker_{queue}", heard.get(queue), WORKER_SILENCE) for queue in queues()]
    return [_promise("beat", _youngest(heard.values()), BEAT_SILENCE), *workers]


def _promise(name: str, age: timedelta | None, limit: timedelta) -> Promise:
    return Promise(name, age is not None and age <= limit, age, limit)


def _youngest(ages: Iterable[timedelta]) -> timedelta | None:
    return min(ages, default=None)
