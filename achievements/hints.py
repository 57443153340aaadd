"""Takes rows from the queue of hints, and puts back what could not be done."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from tms.models import SweepHint

BATCH = 10_000

# SKIP LOCKED: another drain's rows are its own affair. The array is evaluated once, whatever the planner does.
_TAKE = """
DELETE FROM tms_sweephint
WHERE id = ANY (ARRAY(SELECT id FROM tms_sweephint ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED))
RETURNING student_id, achievement_id, organization_id
"""


@dataclass(frozen=True)
class Taken:
    """Where to look, each id once."""

    student_ids: list[int]
    achievement_ids: list[int]
    organization_ids: list[int]


def take() -> Taken | None:
    """A batch of hints, deleted in the caller's transaction: they come back if it fails. None when there are none."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [BATCH])
        rows = cursor.fetchall()
    if not rows:
        return None
    return Taken(*(sorted({pk for pk in column if pk is not None}) for column in zip(*rows, strict=True)))


def look_again(student_ids: Iterable[int]) -> None:
    """Queue students again with whom a sweep has not come to the end."""
    SweepHint.objects.bulk_create((SweepHint(student_id=pk) for pk in student_ids), batch_size=BATCH)


def put_back(achievement_ids: Iterable[int]) -> None:
    """Queue achievements again that another sweep was evaluating."""
    SweepHint.objects.bulk_create(SweepHint(achievement_id=pk) for pk in sorted(achievement_ids))
