"""Writes the rows of `staged` into the tables, and does what follows from them: links, training records, sweep hints."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.backends.utils import CursorWrapper
from django.db.models.expressions import RawSQL

from classes.importing import kinds
from classes.importing.shapes import Kind, LinkColumn, Trace, table
from classes.models import Enrollment
from classes.training import record_again
from courses.models import Course, CourseTag, TrainingRecord
from courses.records import COLUMNS, look_again_at, record_selected
from operation.models import SweepHint
from organizations.models import Organization, User


@dataclass(frozen=True)
class Counts:
    """What became of the rows of a file."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.created + other.created, self.changed + other.changed, self.unchanged + other.unchanged)


def merge(cursor: CursorWrapper, kind: Kind, *, at: datetime) -> Counts:
    """Write what `staging.resolve` found nothing wrong with. Safe to repeat: the second time all rows are unchanged."""
    if kind is kinds.ATTEMPTS:
        return _merge_attempts(cursor)
    switched = _switched_ids(cursor, kind)
    _write(cursor, kind, at)
    for link in kind.links:
        _link(cursor, link)
    _FOLLOW_UPS[kind.name](cursor, switched)
    cursor.execute("SELECT outcome, count(*) FROM staged GROUP BY outcome")
    return Counts(**dict(cursor.fetchall()))


def _write(cursor: CursorWrapper, kind: Kind, at: datetime) -> None:
    """Update the kept rows that differ, and insert the new ones."""
    names, values = ", ".join(kind.fields), ", ".join(kind.fields.values())
    kept = ", ".join(f"t.{name}" for name in kind.fields)
    target = table(kind.model)
    cursor.execute(
        f"WITH written AS (UPDATE {target} t SET ({names}) = ROW ({values}){_traced(kind)} FROM staged s "  # noqa: S608 - our own names
        f"WHERE t.id = s.id AND ({kept}) IS DISTINCT FROM ({values}) RETURNING t.id) "
        f"UPDATE staged s SET outcome = 'changed' FROM written WHERE s.id = written.id"
    )
    cursor.execute(
        f"INSERT INTO {target} ({', '.join(['id', *kind.fields, *kind.first])}) "  # noqa: S608 - our own names
        f"SELECT {', '.join(['s.id', *kind.fields.values(), *kind.first.values()])} FROM staged s "
        f"WHERE s.outcome = 'created' ORDER BY s.id",
        {"at": at},
    )


def _traced(kind: Kind) -> str:
    """Also set what is kept of the last change of some fields, where one of them is not as it was."""
    return "".join(
        f", {name} = CASE WHEN {_is_other(kind, trace)} THEN {value} ELSE t.{name} END"
        for trace in kind.traces
        for name, value in trace.sets.items()
    )


def _is_other(kind: Kind, trace: Trace) -> str:
    was, becomes = (
        ", ".join(words) for words in zip(*((f"t.{name}", kind.fields[name]) for name in trace.of), strict=True)
    )
    return f"({was}) IS DISTINCT FROM ({becomes})"


def _link(cursor: CursorWrapper, link: LinkColumn) -> None:
    if link.make:
        cursor.execute(link.make)
    cursor.execute(
        f"WITH linked AS (INSERT INTO {table(link.through)} ({link.owner}, {link.other}) "  # noqa: S608 - our own names
        f"SELECT DISTINCT s.id, r.id FROM staged s CROSS JOIN unnest(s.{link.column}) word "
        f"JOIN {link.among} r ON {link.match} ORDER BY 1, 2 ON CONFLICT DO NOTHING RETURNING {link.owner} AS id) "
        f"UPDATE staged s SET outcome = 'changed' FROM linked WHERE s.id = linked.id AND s.outcome = 'unchanged'"
    )


def _merge_attempts(cursor: CursorWrapper) -> Counts:
    cursor.execute("SELECT count(*), count(*) FILTER (WHERE outcome = 'created') FROM staged")
    rows, created = cursor.fetchone()
    source = TrainingRecord.Source.IMPORT.value
    written = record_selected(
        f"SELECT {COLUMNS}, line AS position FROM (SELECT *, '{source}' AS source, attempt AS source_id "  # noqa: S608
        f"FROM pg_temp.staged) s"
    )
    return Counts(created, written - created, rows - written)


def _switched_ids(cursor: CursorWrapper, kind: Kind) -> list[int]:
    """Of the rows that are there already, the ids of those whose switch means something for others."""
    if kind.name not in _SWITCHED:
        return []
    cursor.execute(_SWITCHED[kind.name])
    return [pk for (pk,) in cursor.fetchall()]


def _look_at_organizations(cursor: CursorWrapper, switched_on: list[int]) -> None:
    """An organization's switches decide who earns what: its people are looked at again.

    Switching achievements on lets all of them take part, as in organizations.editing (S86).
    """
    User.objects.filter(organization__in=switched_on).update(participates_in_achievements=True)
    _hint(cursor, "organization_id", "SELECT id FROM staged WHERE outcome = 'changed'")


def _hint_users(cursor: CursorWrapper, _switched: list[int]) -> None:
    """So do a person's own switches and organization, and an address that was missing brings badges that waited for it."""
    _hint(cursor, "student_id", "SELECT id FROM staged WHERE outcome = 'changed'", is_of_account=True)


def _look_again_at_courses(_cursor: CursorWrapper, switched: list[int]) -> None:
    """A course's tags and its switch for outside organizations decide what its records count for; a name does not."""
    if switched:
        look_again_at(Course.objects.filter(pk__in=switched))


def _record_changed_classes(cursor: CursorWrapper, _switched: list[int]) -> None:
    """A class of another course makes its enrollments attempts at that course."""
    cursor.execute("SELECT id FROM staged WHERE outcome = 'changed'")
    changed = [row[0] for row in cursor.fetchall()]
    record_again(Enrollment.objects.filter(klass__in=changed))


def _record_all_enrollments(_cursor: CursorWrapper, _switched: list[int]) -> None:
    """Also of the unchanged ones: an import heals records that are missing."""
    record_again(Enrollment.objects.filter(pk__in=RawSQL("SELECT id FROM pg_temp.staged", [])))


def _nothing(_cursor: CursorWrapper, _switched: list[int]) -> None:
    """No training follows from rows of this kind."""


def _hint(cursor: CursorWrapper, column: str, ids: str, *, is_of_account: bool = False) -> None:
    cursor.execute(
        f"INSERT INTO {table(SweepHint)} ({column}, created_at, is_of_account) "  # noqa: S608 - our own names
        f"SELECT id, clock_timestamp(), %s FROM ({ids}) AS hinted (id)",
        [is_of_account],
    )


_SWITCHED = {
    kinds.ORGANIZATIONS.name: (
        f"SELECT s.id FROM staged s JOIN {table(Organization)} t ON t.id = s.id "  # noqa: S608 - our own names
        f"WHERE s.achievements_enabled AND NOT t.achievements_enabled"
    ),
    kinds.COURSES.name: (
        f"SELECT s.id FROM staged s JOIN {table(Course)} t ON t.id = s.id "  # noqa: S608
        f"WHERE s.achievements_for_outside_organizations <> t.achievements_for_outside_organizations "
        f"OR EXISTS (SELECT FROM unnest(s.tags) word WHERE NOT EXISTS ("
        f"SELECT FROM {table(Course.tags.through)} tagged JOIN {table(CourseTag)} tag ON tag.id = tagged.coursetag_id "
        f"WHERE tagged.course_id = s.id AND tag.organization_id = s.organization_id AND tag.name = word))"
    ),
}
_FOLLOW_UPS: dict[str, Callable[[CursorWrapper, list[int]], None]] = {
    kinds.ORGANIZATIONS.name: _look_at_organizations,
    kinds.USERS.name: _hint_users,
    kinds.LABS.name: _nothing,
    kinds.COURSES.name: _look_again_at_courses,
    kinds.CLASSES.name: _record_changed_classes,
    kinds.ENROLLMENTS.name: _record_all_enrollments,
}
