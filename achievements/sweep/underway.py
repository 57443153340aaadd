"""Knows which full pass was asked for, which one is being run, and by which process: what pages tell while it goes on."""

import contextlib
import os
import socket
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from celery import current_task
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models.expressions import RawSQL

from achievements.models import Sweep, SweepQuerySet
from courses.models import TrainingRecord
from tms.models import User

MISSED_AFTER = timedelta(minutes=61)  # since the last one began: beat starts one every hour
LEFT_AFTER = timedelta(minutes=1)  # nobody works at it: between its beginning and that, a moment passes

# The session of whoever works at a sweep holds a shared lock (_SWEEPS, id of the sweep): it ends with its process,
# however that ends, so a row that nobody finished is never taken for one that is being worked at.
_SWEEPS = 0x5EE9
# Whoever begins a full pass holds this until its row says so: what is due is asked again under it.
_BEGINNING = "SELECT pg_advisory_xact_lock(%s, 0)"
_HOLD = "SELECT pg_advisory_lock_shared(%s, %s)"
_RELEASE = "SELECT pg_advisory_unlock_shared(%s, %s)"
_HELD = """
(SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2 AND granted
 AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


def worker_name() -> str:
    """The process that asks, for the log: a Celery worker's name, or machine and command; with the process id."""
    hostname = current_task.request.hostname if current_task else None
    if hostname:
        return f"{hostname}, {os.getpid()}"
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
    return f"{command}@{socket.gethostname()}, {os.getpid()}"[:255]


def running() -> Sweep | None:
    """The full pass that is being worked at now, the newest if there are several. One query."""
    unfinished = Sweep.objects.filter(kind=Sweep.Kind.FULL, finished_at=None, is_waiting=False)
    return _held(unfinished).select_related("started_by").order_by("-pk").first()


def is_at_work(sweep: Sweep) -> bool:
    """Whether any process works at this sweep now."""
    return sweep.pk in at_work_among([sweep])


def at_work_among(sweeps: Iterable[Sweep]) -> set[int]:
    """The ids of those that a process works at now. One query, none where all have come to their end."""
    open_ids = [sweep.pk for sweep in sweeps if sweep.finished_at is None]
    return set(_held(Sweep.objects.filter(pk__in=open_ids)).values_list("pk", flat=True)) if open_ids else set()


def _held(sweeps: SweepQuerySet) -> SweepQuerySet:
    return sweeps.filter(pk__in=RawSQL(_HELD, [_SWEEPS]))  # noqa: S611 - a constant


def begin(*, at: datetime, started_by: User | None = None) -> Sweep:
    """The row of a full pass that begins now: the one that somebody asked for, if one waits, else a new one."""
    with _beginning():
        return _begin(_asked() or Sweep(kind=Sweep.Kind.FULL, started_by=started_by), at)


def begin_due(*, at: datetime) -> Sweep | None:
    """The row of a full pass that begins now because somebody asked for it, because the last hour's was missed, or
    because whoever worked at the last one is gone.

    None if neither is so. One worker gets it, however many ask: after a day without beat there is one pass, not 24.
    """
    if not _is_due(at):
        return None
    with _beginning():
        return _begin(_asked() or Sweep(kind=Sweep.Kind.FULL), at) if _is_due(at) else None


def ask(*, by: User | None, at: datetime) -> tuple[Sweep, bool]:
    """The full pass that waits for a worker, and whether it is new; there is one at most, and the constraint decides."""
    return Sweep.objects.get_or_create(
        kind=Sweep.Kind.FULL, is_waiting=True, defaults={"started_at": at, "started_by": by}
    )


def last_pass(*, is_finished: bool) -> Sweep | None:
    """The full pass that was begun last, or that was begun last of those that came to their end."""
    passes = Sweep.objects.filter(kind=Sweep.Kind.FULL, is_waiting=False).select_related("started_by")
    return (passes.filter(finished_at__isnull=False) if is_finished else passes).order_by("-pk").first()


@contextlib.contextmanager
def _beginning() -> Iterator[None]:
    """While inside, nobody else begins a pass; what was begun before is seen."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_BEGINNING, [_SWEEPS])
        yield


def _asked() -> Sweep | None:
    return Sweep.objects.filter(is_waiting=True).first()


def _is_due(at: datetime) -> bool:
    return _asked() is not None or _is_missed(at)


def _is_missed(at: datetime) -> bool:
    last = last_pass(is_finished=False)
    if last is None or at - last.started_at > MISSED_AFTER:
        return True
    was_left = last.finished_at is None and at - last.started_at > LEFT_AFTER
    return was_left and not is_at_work(last)


def _begin(sweep: Sweep, at: datetime) -> Sweep:
    before = last_pass(is_finished=True)
    if before is not None:
        sweep.news = TrainingRecord.objects.filter(recorded_at__gt=before.started_at).count()
    sweep.started_at, sweep.is_waiting, sweep.worker = at, False, worker_name()
    sweep.save()
    return sweep


@contextlib.contextmanager
def at_work(sweep: Sweep) -> Iterator[None]:
    """While inside, `running` knows the sweep. Several processes may be at work at the same one."""
    key = [_SWEEPS, sweep.pk % 2**31]
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, key)
    try:
        yield
    finally:
        # A session that was lost has given its locks back already.
        with contextlib.suppress(DatabaseError, InterfaceError), connection.cursor() as cursor:
            cursor.execute(_RELEASE, key)
