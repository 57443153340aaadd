"""The only door into TrainingRecord: whatever is written here is also queued for the sweep, in the same transaction."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import batched, chain
from operator import attrgetter

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.utils import timezone

from courses.models import Course, Lab, TrainingRecord
from courses.moments import MOST_AHEAD
from operation.models import SweepHint
from operation.wake import drain_soon

# How many attempts travel in one statement; more than that are first gathered in a temporary table.
BATCH = 5_000

_RECORDS = TrainingRecord._meta.db_table
_LABS = Lab._meta.db_table
_HINTS = SweepHint._meta.db_table
_TYPES = {
    "user_id": "bigint",
    "source": "text",
    "source_id": "text",
    "started_at": "timestamptz",
    "lab_id": "bigint",
    "course_id": "bigint",
    "completed_at": "timestamptz",
    "passed": "boolean",
    "minutes_spent": "integer",
    "score": "integer",
    "max_score": "integer",
}
COLUMNS = ", ".join(_TYPES)
# What is written as `passed`: what was said, else what follows from the score where the lab has a passing score.
_PASSED = (
    "CASE WHEN passed IS NULL AND score IS NOT NULL THEN score * 100 >= max_score::integer * "  # noqa: S608 - our own names
    f"(SELECT passing_score FROM {_LABS} WHERE {_LABS}.id = attempt.lab_id) ELSE passed END"
)
_WRITTEN = ", ".join(_PASSED if name == "passed" else name for name in _TYPES)
_ARRAYS = ", ".join(f"%s::{kind}[]" for kind in _TYPES.values())
_UNNESTED = f"unnest({_ARRAYS}) WITH ORDINALITY AS attempt ({COLUMNS}, position)"
_GATHERED = "pg_temp.gathered_attempts"


class AheadOfTimeError(ValueError):
    """Training is dated more than MOST_AHEAD after now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One attempt at a lab (naming the course it was taken in, where known) or at a course.

    `source` (a TrainingRecord.Source) and `source_id` say which row of which table it comes from: writing the same pair
    again updates the record. Moments are aware; `completed_at` is not before `started_at`. Neither is more than
    MOST_AHEAD after now, unless the record has said so before.

    Only an attempt at a lab has a `score`, of at most `max_score`, which is positive; it has both or neither. Where
    `passed` is None it follows from the score, if the lab has a passing score; what is said here otherwise stands.
    """

    user_id: int
    source: str
    source_id: str
    started_at: datetime
    lab_id: int | None = None
    course_id: int | None = None
    completed_at: datetime | None = None
    passed: bool | None = None
    minutes_spent: int = 0
    score: int | None = None
    max_score: int | None = None


assert tuple(_TYPES) == tuple(field.name for field in fields(Attempt))
_values = attrgetter(*_TYPES)


def record(attempt: Attempt) -> None:
    """Insert or update one record. Call it in the transaction that writes the row it comes from.

    Raises AheadOfTimeError.
    """
    record_many([attempt])


def record_many(attempts: Iterable[Attempt]) -> int:
    """How many records were inserted or really changed; only their students are looked at again.

    Safe to repeat; of two attempts with the same source and id the later one counts. Takes any number in flat memory,
    and the iterable may query the database while it is read. Raises AheadOfTimeError.
    """
    _require_transaction()
    batches = batched(attempts, BATCH, strict=False)
    first = next(batches, ())
    second = next(batches, None)
    with connection.cursor() as cursor:
        if second is None:
            return _merge(cursor, _UNNESTED, _arrays(first)) if first else 0
        # One INSERT in the order of the key, however many there are: two imports cannot deadlock on each other's rows.
        cursor.execute(
            f"CREATE TEMPORARY TABLE {_GATHERED} (position bigint GENERATED ALWAYS AS IDENTITY, "
            f"{', '.join(f'{name} {kind}' for name, kind in _TYPES.items())}) ON COMMIT DROP"
        )
        for batch in chain([first, second], batches):
            # Binary: a third of the time that text takes, most of which the server would spend on reading moments.
            with cursor.copy(f"COPY {_GATHERED} ({COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(list(_TYPES.values()))
                for attempt in batch:
                    copy.write_row(_values(attempt))
        written = _merge(cursor, f"{_GATHERED} AS attempt", [])
        cursor.execute(f"DROP TABLE {_GATHERED}")
        return written


def record_selected(select: str, parameters: Mapping[str, object] | None = None) -> int:
    """`record_many` for attempts that are in the database already, at the database's speed.

    `select` is a SELECT of COLUMNS and of `position`, a number: of two with the same source and id the greater counts.
    Raises AheadOfTimeError.
    """
    _require_transaction()
    with connection.cursor() as cursor:
        return _merge(cursor, f"({select}) AS attempt", dict(parameters or {}))


def withdraw(*, source: str, source_ids: Collection[str]) -> None:
    """Take records away whose row counts no more: an enrollment that is no longer Enrolled. What was earned stays."""
    _require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH gone AS (DELETE FROM {_RECORDS} WHERE id IN (SELECT id FROM {_RECORDS} "  # noqa: S608 - our own names
            f"WHERE source = %s AND source_id = ANY(%s) ORDER BY source, source_id FOR UPDATE) RETURNING user_id) "
            f"{_hint('gone')}",
            [source, list(source_ids)],
        )
        if cursor.rowcount:
            drain_soon()


def look_again_at(courses: QuerySet[Course]) -> None:
    """Queue all students of these courses for the sweep: what their records count for has become different.

    A course's tags, and its switch for outside organizations, decide it for the achievements of every organization.
    """
    courses.update(switched_at=timezone.now())
    records = TrainingRecord.objects.filter(course__in=courses.values("pk"))
    select, parameters = records.values("user_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_hint(f"({select}) AS counted"), parameters)
        if cursor.rowcount:
            drain_soon()


def _require_transaction() -> None:
    """A record that outlives the rollback of its enrollment would award a badge for nothing."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("Training records are written inside a transaction.")


def _merge(cursor: CursorWrapper, attempts: str, parameters: list[object] | dict[str, object]) -> int:
    """Upsert the rows of the FROM item `attempts` and queue their students for the sweep; the number of rows written.

    DISTINCT ON both lets the last of equal keys win (ON CONFLICT cannot touch a row twice) and gives the order in which
    rows are locked. What is written as it was keeps its `recorded_at`: nothing new is due for it. The last subquery sees
    the table as it was: what was dated as late before may stay so.
    """
    values = COLUMNS.replace("source, source_id, ", "")
    new = ", ".join(f"excluded.{name}" for name in values.split(", "))
    old = ", ".join(f"kept.{name}" for name in values.split(", "))
    cursor.execute(
        f"WITH written AS (INSERT INTO {_RECORDS} AS kept ({COLUMNS}) "  # noqa: S608 - our own names
        f"SELECT DISTINCT ON (source, source_id) {_WRITTEN} FROM {attempts} ORDER BY source, source_id, position DESC "
        f"ON CONFLICT (source, source_id) DO UPDATE SET ({values}, recorded_at) = "
        f"ROW ({new}, statement_timestamp()) "
        f"WHERE ({old}) IS DISTINCT FROM ({new}) "
        f"RETURNING id, user_id, greatest(started_at, completed_at) AS moment), "
        f"hinted AS ({_hint('written')}) SELECT count(*), (SELECT min(moment) FROM written "
        f"WHERE moment > timestamptz '{timezone.now() + MOST_AHEAD}' AND NOT EXISTS (SELECT FROM {_RECORDS} before "
        f"WHERE before.id = written.id AND greatest(before.started_at, before.completed_at) >= written.moment)) "
        f"FROM written",
        parameters,  # type: ignore[arg-type]
    )
    written, ahead = cursor.fetchone()
    if ahead is not None:
        raise AheadOfTimeError(f"Training is dated {ahead}, more than {MOST_AHEAD} ahead.")
    if written:
        drain_soon()
    return int(written)


def _hint(rows: str) -> str:
    """Append-only and in the records' own transaction: the sweep sees the hint exactly when it sees the record."""
    return (
        f"INSERT INTO {_HINTS} (student_id, created_at) "  # noqa: S608 - our own names
        f"SELECT user_id, clock_timestamp() FROM {rows} GROUP BY user_id ORDER BY user_id"
    )


def _arrays(attempts: tuple[Attempt, ...]) -> list[object]:
    return [list(column) for column in zip(*map(_values, attempts), strict=True)]
