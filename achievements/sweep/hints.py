"""Takes rows from the queue of hints, and queues what could not be done."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from tms.models import SweepHint

BATCH = 10_000

# SKIP LOCKED: another drain's rows are its own affair. The array is evaluated once, whatever the planner does. Hints of
# achievements and organizations are looked at in many transactions: they stay until that is done, should this be killed.
_TAKE = """
WITH taken AS (
    DELETE FROM tms_sweephint
    WHERE id = ANY (ARRAY(
        SELECT id FROM tms_sweephint WHERE student_id IS NOT NULL AND (due_at IS NULL OR due_at <= %s)
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))
    RETURNING student_id)
SELECT student_id, NULL::bigint, NULL::bigint, NULL::bigint FROM taken
UNION ALL
(SELECT NULL, id, achievement_id, organization_id FROM tms_sweephint
 WHERE student_id IS NULL AND (achievement_id = ANY (%s::bigint[])) IS NOT TRUE ORDER BY id LIMIT %s)
"""


@dataclass(frozen=True)
class Taken:
    """Where to look, each id once. The students' hints are deleted; `wider` are the ids of the hints of the others."""

    student_ids: list[int]
    wider: list[int]
    achievement_ids: list[int]
    organization_ids: list[int]


def take(*, at: datetime, leaving: Collection[int] = ()) -> Taken | None:
    """A batch of hints that are due by now; None when there are none.

    Those of students are deleted in the caller's transaction, and come back if it fails. Hints of achievements and of
    organizations are `settle`d when they have been looked at, except those of the achievements `leaving`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [at, BATCH, list(leaving), BATCH])
        rows = cursor.fetchall()
    if not rows:
        return None
    return Taken(*(sorted({pk for pk in column if pk is not None}) for column in zip(*rows, strict=True)))


@transaction.atomic
def settle(taken: Taken, *, unfinished: Collection[int]) -> None:
    """The wider hints have been looked at, except at these achievements: they are queued instead."""
    SweepHint.objects.filter(pk__in=taken.wider).delete()
    SweepHint.objects.bulk_create(SweepHint(achievement_id=pk) for pk in sorted(unfinished))


def look_again(student_ids: Iterable[int]) -> None:
    """Queue students again with whom a sweep has not come to the end."""
    SweepHint.objects.bulk_create((SweepHint(student_id=pk) for pk in student_ids), batch_size=BATCH)
