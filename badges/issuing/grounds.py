"""On what badges were earned: training records and earlier awards, by name and moment, as they were counted (N9)."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models.functions import Coalesce

from badges.models import IssuedBadge
from organizations.models import User


@dataclass(frozen=True)
class Ground:
    """A lab, a course or an achievement, and when it was completed, begun or earned."""

    name: str
    at: datetime


@dataclass(frozen=True)
class Grounds:
    """The oldest first. `unlisted` is how much more was counted than is kept, or was deleted since."""

    listed: Sequence[Ground] = ()
    unlisted: int = 0

    @property
    def words(self) -> str:
        """In one cell of an export."""
        return "; ".join(f"{one.name} ({one.at:%Y-%m-%d})" for one in self.listed)


def grounds_of(rows: Iterable[IssuedBadge]) -> dict[int, Grounds]:
    """By id of the issued badge. Two queries whatever their number, none for badges that were issued by hand."""
    rows = list(rows)
    found = {
        kind: dict(_named(kind, {pk for row in rows for pk in _ids(row, kind)}, {row.student_id for row in rows}))
        for kind in _PATHS
    }
    return {row.pk: _grounds(row, found) for row in rows}


# What stands above badges is reached through the student: this app knows neither courses nor achievements.
_PATHS: dict[str, tuple[str, Any, Any]] = {
    "records": (
        "training_records",
        Coalesce("training_records__lab__name", "training_records__course__name"),
        Coalesce("training_records__completed_at", "training_records__started_at"),
    ),
    "earned": ("earned_achievements", "earned_achievements__achievement__name", "earned_achievements__earned_at"),
}


def _named(kind: str, ids: Collection[int], student_ids: Collection[int]) -> Iterator[tuple[tuple[int, int], Ground]]:
    """By (student id, id); what is somebody else's is nobody's ground."""
    if not ids:
        return
    relation, name, moment = _PATHS[kind]
    people = User.objects.filter(pk__in=student_ids, **{f"{relation}__pk__in": ids})
    for student_id, pk, words, at in people.values_list("pk", f"{relation}__pk", name, moment):
        yield (student_id, pk), Ground(words or "", at)


def _grounds(row: IssuedBadge, found: dict[str, dict[tuple[int, int], Ground]]) -> Grounds:
    listed = [
        ground for kind, those in found.items() for pk in _ids(row, kind) if (ground := those.get((row.student_id, pk)))
    ]
    counted = row.evidence.get("counted")
    total = counted if isinstance(counted, int) else sum(len(_ids(row, kind)) for kind in _PATHS)
    return Grounds(tuple(sorted(listed, key=lambda one: (one.at, one.name))), max(0, total - len(listed)))


def _ids(row: IssuedBadge, kind: str) -> list[int]:
    kept = row.evidence.get(kind)
    return kept if isinstance(kept, list) else []
