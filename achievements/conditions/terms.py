"""What a condition can say, once it is understood; plain data that knows no SQL.

The metadata of a field say how it is written: its name in the text, the least of a number, and its Subject where others of
the class do not have it. Parser, canonical form and editor follow from that.
"""

from collections.abc import Iterable
from dataclasses import Field, dataclass, field, fields
from enum import IntEnum
from typing import Any

type Json = dict[str, int | bool | list[int]]

Ids = tuple[int, ...]


class Subject(IntEnum):
    """What a condition is about (S61)."""

    LAB = 0
    COURSE = 10
    COURSE_TAG = 20
    ACHIEVEMENT = 40


@dataclass(frozen=True, kw_only=True)
class Training:
    """What conditions on labs and on courses share: `count` qualifying training records (S66 to S71)."""

    count: int = field(default=1, metadata={"json": "Count", "least": 1})
    distinct: bool = field(default=False, metadata={"json": "Distinct"})
    complete: bool = field(default=False, metadata={"json": "Complete"})
    min_minutes_spent: int = field(default=0, metadata={"json": "MinMinutesSpent", "least": 0})
    single_day: bool = field(default=False, metadata={"json": "SingleDay"})


@dataclass(frozen=True, kw_only=True)
class Labs(Training):
    """Records of labs; without ids, of any lab (S63)."""

    lab_ids: Ids = field(default=(), metadata={"json": "LabProfileIds"})
    passed: bool = field(default=False, metadata={"json": "Passed"})

    @property
    def is_any(self) -> bool:
        """Whether every lab will do."""
        return not self.lab_ids

    def to_json(self) -> Json:
        """The canonical form."""
        return _to_json(self, Subject.LAB)


@dataclass(frozen=True, kw_only=True)
class Courses(Training):
    """Records of courses; without ids, of any course (S64, S65). A course must satisfy ids and tags where both are given."""

    course_ids: Ids = field(default=(), metadata={"json": "CourseIds"})
    tag_ids: Ids = field(default=(), metadata={"json": "CourseTagIds", "subject": Subject.COURSE_TAG})

    @property
    def is_any(self) -> bool:
        """Whether every course will do."""
        return not self.course_ids and not self.tag_ids

    def to_json(self) -> Json:
        """The canonical form: Subject 20 exactly when there are tags."""
        return _to_json(self, Subject.COURSE_TAG if self.tag_ids else Subject.COURSE)


@dataclass(frozen=True, kw_only=True)
class Points:
    """So many points from other achievements (S67)."""

    points: int = field(metadata={"json": "Points", "least": 1})

    def to_json(self) -> Json:
        """The canonical form."""
        return _to_json(self, Subject.ACHIEVEMENT)


@dataclass(frozen=True, kw_only=True)
class Achievements:
    """All of these achievements earned, each `count` times (S75)."""

    achievement_ids: Ids = field(metadata={"json": "AchievementIds"})
    count: int = field(default=1, metadata={"json": "Count", "least": 1})

    def to_json(self) -> Json:
        """The canonical form."""
        return _to_json(self, Subject.ACHIEVEMENT)


type Condition = Labs | Courses | Points | Achievements


def options(term: type[Condition], subject: Subject) -> dict[str, Field[Any]]:
    """What a condition of this Subject can say, by the name in the text, in the canonical order: Count, ids, the rest."""
    found = [one for one in fields(term) if one.metadata.get("subject", subject) is subject]
    found.sort(key=lambda one: (one.name != "count", one.type != Ids))
    return {one.metadata["json"]: one for one in found}


def canonical(conditions: Iterable[Condition]) -> list[Json]:
    """What is stored and shown back; parsing it gives the same conditions."""
    return [condition.to_json() for condition in conditions]


def _to_json(term: Condition, subject: Subject) -> Json:
    """Count is always said; anything else only where it is not its default."""
    said: Json = {"Subject": subject.value}
    for name, option in options(type(term), subject).items():
        value = getattr(term, option.name)
        if value != option.default or name == "Count":
            said[name] = list(value) if option.type == Ids else value
    return said
