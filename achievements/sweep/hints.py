"""Takes rows from the queue of hints, and queues what could not be done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Min, Q

from operation.models import SweepHint

BATCH = 10_000

_TAKE = """
WITH taken AS (
    DELETE FROM operation_sweephint
    WHERE id = ANY (ARRAY(
        SELECT id FROM operation_sweephint WHERE student_id IS NOT NULL AND (due_at IS NULL OR due_at <= %s)
        ORDER BY id LIMIT %s))
    RETURNING student_id, is_of_account)
SELECT student_id, bool_or(is_of_account) FROM taken GROUP BY 1 ORDER BY 1
"""
_ARE_DUE = "SELECT EXISTS (SELECT FROM operation_sweephint WHERE due_at IS NULL OR due_at <= %s)"


@dataclass(frozen=True)
class Taken:
    """The students of some hints, each once; `changed` are those of them whose accounts were changed."""

    student_ids: list[int]
    changed: list[int]


@dataclass(frozen=True)
class Wider:
    """Hints of achievements and of organizations, by the ids of their rows; and whom they name, each once."""

    rows: list[int]
    achievement_ids: list[int]
    organization_ids: list[int]


def are_due(*, at: datetime) -> bool:
    """Whether anything waits in the queue that is due by now. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ARE_DUE, [at])
        return bool(cursor.fetchone()[0])


def queued_since(achievement_id: int) -> datetime | None:
    """Since when everybody waits to be looked at for the achievement; None where nobody does any more. One query."""
    queued: datetime | None = SweepHint.objects.filter(achievement_id=achievement_id).aggregate(
        since=Min("created_at")
    )["since"]
    return queued


def take(*, at: datetime, size: int) -> Taken:
    """The students of the oldest hints that are due by now, at most so many hints; none when there are none.

    The hints are deleted in the caller's transaction, and come back if it fails. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [at, size])
        rows = cursor.fetchall()
    return Taken([student_id for student_id, _is_changed in rows], [pk for pk, is_changed in rows if is_changed])


def wider() -> Wider | None:
    """Hints of achievements and organizations; None when there are none. They take many transactions, and so stay in
    the queue until they are `settle`d, should the sweeper be killed. One query.
    """
    rows = SweepHint.objects.filter(student_id=None).order_by("pk")[:BATCH]
    named = list(rows.values_list("pk", "achievement_id", "organization_id"))
    return (
        Wider(*(sorted({pk for pk in column if pk is not None}) for column in zip(*named, strict=True)))
        if named
        else None
    )


def settle(looked_at: Wider) -> None:
    """All that these hints ask for has been done. What was asked for meanwhile stays."""
    SweepHint.objects.filter(pk__in=looked_at.rows).delete()


@transaction.atomic
def put_off(student_id: int, *, until: datetime) -> None:
    """Leave the student's hints until then."""
    due = Q(due_at=None) | Q(due_at__lte=until)
    SweepHint.objects.filter(due, student_id=student_id).delete()
    SweepHint.objects.create(student_id=student_id, due_at=until, is_of_account=True)  # it may have been


def look_again(student_ids: Iterable[int], *, at: datetime | None = None) -> None:
    """Requeue students whose processing is not finished: to be looked at soon, or at that moment."""
    SweepHint.objects.bulk_create((SweepHint(student_id=pk, due_at=at) for pk in student_ids), batch_size=BATCH)
