"""Knows which full sweep was asked for, which one is being run, and by which process: what pages tell while it goes on."""

import contextlib
import os
import socket
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from celery import current_task
from django.db import IntegrityError

from achievements.models import Sweep, SweepQuerySet
from achievements.sweep import lock
from courses.models import TrainingRecord
from organizations.models import User

MISSED_AFTER = timedelta(minutes=61)  # since the last one began: beat starts one every hour


def worker_name() -> str:
    """The process that asks, for the log: a Celery worker's name, or machine and command; with the process id."""
    hostname = current_task.request.hostname if current_task else None
    if hostname:
        return f"{hostname}, {os.getpid()}"
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    return f"{command}@{socket.gethostname()}, {os.getpid()}"[:255]


def running() -> Sweep | None:
    """The full sweep that is being worked at now. One query."""
    sweeps = _open().filter(lock.is_held(), kind=Sweep.Kind.FULL)
    return sweeps.select_related("started_by").order_by("-pk").first()


def is_at_work(sweep: Sweep) -> bool:
    """Whether the sweeper works at this sweep now."""
    return sweep.pk in at_work_among([sweep])


def at_work_among(sweeps: Iterable[Sweep]) -> set[int]:
    """The ids of those that the sweeper works at now. One query, none where all have come to their end."""
    open_ids = [sweep.pk for sweep in sweeps if sweep.finished_at is None]
    return set(_open().filter(lock.is_held(), pk__in=open_ids).values_list("pk", flat=True)) if open_ids else set()


def _open() -> SweepQuerySet:
    """Begun, and neither ended nor known to be stopped."""
    return Sweep.objects.filter(finished_at=None, is_waiting=False, is_stopped=False)


def note_the_stopped() -> None:
    """Whoever is the sweeper now knows that what was begun before and did not end was stopped. One query."""
    _open().update(is_stopped=True)


def begin(*, at: datetime) -> Sweep:
    """The row of a full sweep that begins now: the one that somebody asked for, if one waits, else a new one.

    For the sweeper alone.
    """
    sweep = _asked() or Sweep(kind=Sweep.Kind.FULL)
    before = last_full_sweep(is_finished=True)
    if before is not None:
        sweep.news = TrainingRecord.objects.filter(recorded_at__gt=before.started_at).count()
    sweep.started_at, sweep.is_waiting, sweep.worker = at, False, worker_name()
    sweep.save()
    return sweep


def is_due(at: datetime) -> bool:
    """Whether somebody asked for a full sweep, the last hour's was missed, or whoever worked at the last one is gone.

    After a day without beat that is one full sweep, not 24.
    """
    if _asked() is not None:
        return True
    last = last_full_sweep(is_finished=False)
    if last is None or last.is_stopped or at - last.started_at > MISSED_AFTER:
        return True
    return last.finished_at is None and not is_at_work(last)


def ask(*, by: User | None, at: datetime) -> tuple[Sweep, bool]:
    """The full sweep that waits for a worker, and whether it is new; there is one at most, and the constraint decides."""
    while True:
        with contextlib.suppress(IntegrityError):  # one waited, and has begun before it could be read
            return Sweep.objects.get_or_create(
                kind=Sweep.Kind.FULL, is_waiting=True, defaults={"started_at": at, "started_by": by}
            )


def last_full_sweep(*, is_finished: bool) -> Sweep | None:
    """The full sweep that was begun last, or that was begun last of those that came to their end."""
    sweeps = Sweep.objects.filter(kind=Sweep.Kind.FULL, is_waiting=False).select_related("started_by")
    return (sweeps.filter(finished_at__isnull=False) if is_finished else sweeps).order_by("-pk").first()


def _asked() -> Sweep | None:
    return Sweep.objects.filter(is_waiting=True).first()
