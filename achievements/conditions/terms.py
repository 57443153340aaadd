"""What a condition can say, once it is understood; plain data that knows neither text nor SQL."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

type Json = dict[str, int | bool | list[int]]


class Subject(IntEnum):
    """What a condition is about (S61)."""

    LAB = 0
    COURSE = 10
    COURSE_TAG = 20
    ACHIEVEMENT = 40


@dataclass(frozen=True, kw_only=True)
class Training:
    """What conditions on labs and on courses share: `count` qualifying training records (S66 to S71)."""

    count: int = 1
    distinct: bool = False
    single_day: bool = False
    complete: bool = False
    min_minutes_spent: int = 0

    def _options(self) -> Json:
        options: Json = {}
        if self.distinct:
            options["Distinct"] = True
        if self.complete:
            options["Complete"] = True
        if self.min_minutes_spent:
            options["MinMinutesSpent"] = self.min_minutes_spent
        if self.single_day:
            options["SingleDay"] = True
        return options


@dataclass(frozen=True, kw_only=True)
class Labs(Training):
    """Records of labs; without ids, of any lab (S63)."""

    lab_ids: tuple[int, ...] = ()
    passed: bool = False

    @property
    def is_any(self) -> bool:
        """Whether every lab will do."""
        return not self.lab_ids

    def to_json(self) -> Json:
        """The canonical form."""
        ids: Json = {"LabProfileIds": list(self.lab_ids)} if self.lab_ids else {}
        passed: Json = {"Passed": True} if self.passed else {}
        return {"Subject": Subject.LAB.value, "Count": self.count} | ids | self._options() | passed


@dataclass(frozen=True, kw_only=True)
class Courses(Training):
    """Records of courses; without ids, of any course (S64, S65). A course must satisfy ids and tags where both are given."""

    course_ids: tuple[int, ...] = ()
    tag_ids: tuple[int, ...] = ()

    @property
    def is_any(self) -> bool:
        """Whether every course will do."""
        return not self.course_ids and not self.tag_ids

    def to_json(self) -> Json:
        """The canonical form: Subject 20 exactly when there are tags."""
        subject = Subject.COURSE_TAG if self.tag_ids else Subject.COURSE
        ids: Json = {"CourseIds": list(self.course_ids)} if self.course_ids else {}
        tags: Json = {"CourseTagIds": list(self.tag_ids)} if self.tag_ids else {}
        return {"Subject": subject.value, "Count": self.count} | ids | tags | self._options()


@dataclass(frozen=True, kw_only=True)
class Points:
    """So many points from other achievements (S67)."""

    points: int

    def to_json(self) -> Json:
        """The canonical form."""
        return {"Subject": Subject.ACHIEVEMENT.value, "Points": self.points}


@dataclass(frozen=True, kw_only=True)
class Achievements:
    """All of these achievements earned, each `count` times (S75)."""

    achievement_ids: tuple[int, ...]
    count: int = 1

    def to_json(self) -> Json:
        """The canonical form."""
        ids = list(self.achievement_ids)
        return {"Subject": Subject.ACHIEVEMENT.value, "Count": self.count, "AchievementIds": ids}


type Condition = Labs | Courses | Points | Achievements


def canonical(conditions: Iterable[Condition]) -> list[Json]:
    """What is stored and shown back; parsing it gives the same conditions."""
    return [condition.to_json() for condition in conditions]
