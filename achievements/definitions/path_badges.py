"""The badge for completing a learning path: an achievement on its courses and its exam (S78, S122).

The achievement keeps which path it rewards. What the path asks for may change, and so may the achievement: whether the
two still agree is computed when somebody looks.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from achievements.conditions.parsing import parse
from achievements.conditions.reach import out_of_reach
from achievements.conditions.terms import Condition, Courses, Json, Labs, canonical
from achievements.definitions.editing import locked, save_achievement
from achievements.definitions.widening import may_reach
from achievements.models import Achievement
from courses.models import Course, LearningPath
from organizations.models import Organization, User


class NotFollowedError(ValidationError):
    """The achievement cannot be made to ask for what the path asks for."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="not_followed")


@dataclass(frozen=True, kw_only=True)
class PathAwards:
    """The achievements of a path in somebody's scope, and what is not in order about them.

    `agreeing` and `drifted` reward the path; `alike` do not, though they ask for its exam or for two of its courses, and
    may reward another. `archived` are courses of the path that can no longer be started. A path with neither courses nor an exam
    is empty.
    """

    agreeing: list[Achievement]
    drifted: list[Achievement]
    alike: list[Achievement]
    archived: list[Course]
    is_empty: bool

    @property
    def need_attention(self) -> bool:
        """Whether somebody has to decide something."""
        return bool(self.drifted or self.archived)


@dataclass(frozen=True, kw_only=True)
class PathStanding:
    """How an achievement stands to the path that it rewards; `archived` and `is_empty` are as for PathAwards."""

    path: LearningPath
    has_drifted: bool
    archived: list[Course]
    is_empty: bool

    @property
    def needs_attention(self) -> bool:
        """Whether somebody has to decide something."""
        return self.has_drifted or bool(self.archived)


def conditions_of(path: LearningPath) -> list[Condition]:
    """All courses completed and the exam passed, in whatever order. Empty for a path with neither.

    Distinct, because one course completed four times counts four without it (S68).
    """
    return _conditions(path, path.courses.values_list("pk", flat=True))


def _conditions(path: LearningPath, courses: Iterable[int]) -> list[Condition]:
    course_ids = tuple(sorted(courses))
    conditions: list[Condition] = []
    if course_ids:
        conditions.append(Courses(course_ids=course_ids, count=len(course_ids), distinct=True, complete=True))
    if path.exam_id is not None:
        conditions.append(Labs(lab_ids=(path.exam_id,), passed=True))
    return conditions


def draft_of(path: LearningPath, *, by: User | None) -> Achievement:
    """The achievement as it would be written, not saved: the path's organization, name and words.

    It is global where there are organizations below: their students walk the path, and only what is of their own
    organization or global counts for them (S85). Not where `by` may not have it reach the tree.
    """
    has_children = Organization.objects.filter(parent_id=path.organization_id).exists()
    return Achievement(
        name=path.name,
        description=path.description,
        organization=path.organization,
        learning_path=path,
        conditions=canonical(conditions_of(path)),
        is_global=has_children and may_reach(by, path.organization),
    )


def awards_of(path: LearningPath, user: User) -> PathAwards:
    """What rewards the path among the achievements that the user administers."""
    courses, wanted = _courses_and_wanted(path)
    archived = [course for course in courses if course.is_archived]
    awards = PathAwards(agreeing=[], drifted=[], alike=[], archived=archived, is_empty=not wanted)
    for achievement in Achievement.objects.visible_to(user).select_related("learning_path").order_by("name", "pk"):
        if achievement.learning_path_id == path.pk:
            agrees = mean_the_same(achievement.conditions, wanted)
            (awards.agreeing if agrees else awards.drifted).append(achievement)
        elif _is_alike(achievement.conditions, {course.pk for course in courses}, path.exam_id):
            awards.alike.append(achievement)
    return awards


def standing_of(achievement: Achievement) -> PathStanding | None:
    """What is not in order about an achievement and its path. None for one that rewards no path."""
    path = achievement.learning_path
    if path is None:
        return None
    courses, wanted = _courses_and_wanted(path)
    return PathStanding(
        path=path,
        has_drifted=not mean_the_same(achievement.conditions, wanted),
        archived=[course for course in courses if course.is_archived],
        is_empty=not wanted,
    )


def mean_the_same(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]) -> bool:
    """Whether two lists of canonical conditions differ in the order of conditions and ids at most."""
    return _ordered(first) == _ordered(second)


def follow_path(achievement: Achievement, path: LearningPath, *, by: User, at: datetime) -> None:
    """Have the achievement ask for what its path asks for now. What was earned stays earned. Safe to repeat.

    Raises NotFollowedError where it does not reward the path, the path is empty, or one of its courses or its exam is
    out of the achievement's reach.
    """
    names = {"achievement": achievement, "path": path}
    with transaction.atomic():
        stored = locked(achievement.pk)
        if stored.learning_path_id != path.pk:
            raise NotFollowedError(_("%(achievement)s does not reward %(path)s now. It stays as it is.") % names)
        wanted = canonical(conditions_of(path))
        if not wanted:
            said = _("%(path)s has neither courses nor an exam to ask for. %(achievement)s stays as it is.")
            raise NotFollowedError(said % names)
        if not mean_the_same(stored.conditions, wanted):
            out = out_of_reach(parse(json.dumps(wanted)), stored.organization, achievement_id=stored.pk)
            if out:
                said = _("%(achievement)s stays as it is: %(organization)s may not ask for all of %(path)s.")
                words = said % {**names, "organization": stored.organization}
                raise NotFollowedError(" ".join([words, *(error.message for error in out)]))
            stored.conditions = wanted
            save_achievement(stored, by=by, at=at)


def link(achievement: Achievement, path: LearningPath, *, by: User, at: datetime) -> None:
    """Have the achievement reward the path. Its conditions stay as they are. Safe to repeat.

    Raises NotFollowedError where it rewards another path: it would leave that one without a word.
    """
    with transaction.atomic():
        stored = locked(achievement.pk)
        if stored.learning_path_id not in {None, path.pk}:
            said = _("%(achievement)s already rewards %(other)s. Unlink it from that path first.")
            raise NotFollowedError(said % {"achievement": achievement, "other": stored.learning_path})
        if stored.learning_path_id is None:
            stored.learning_path = path
            save_achievement(stored, by=by, at=at)


def unlink(achievement: Achievement, path: LearningPath, *, by: User, at: datetime) -> None:
    """Have the achievement reward the path no longer. Its conditions stay as they are. Safe to repeat."""
    with transaction.atomic():
        stored = locked(achievement.pk)
        if stored.learning_path_id == path.pk:
            stored.learning_path = None
            save_achievement(stored, by=by, at=at)


def _courses_and_wanted(path: LearningPath) -> tuple[list[Course], list[Json]]:
    """The courses of the path in their order, and the canonical conditions for completing it."""
    courses = list(path.courses.order_by("steps__position"))
    return courses, canonical(_conditions(path, (course.pk for course in courses)))


def _is_alike(conditions: Sequence[dict[str, Any]], course_ids: set[int], exam_id: int | None) -> bool:
    shared = {pk for condition in conditions for pk in condition.get("CourseIds", ())} & course_ids
    exams = {pk for condition in conditions for pk in condition.get("LabProfileIds", ()) if condition.get("Passed")}
    return exam_id in exams or len(shared) >= min(2, len(course_ids) or 2)


def _ordered(conditions: Sequence[dict[str, Any]]) -> list[list[tuple[str, str]]]:
    return sorted(
        sorted((name, str(sorted(value) if isinstance(value, list) else value)) for name, value in condition.items())
        for condition in conditions
    )
