"""How far somebody has come on a learning path: its courses, in their suggested order, and its exam."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.exams import Exam, best_first
from courses.models import Course, CourseAssignment, LearningPath, LearningPathQuerySet, TrainingRecord
from organizations.models import User


class CourseStanding(models.TextChoices):
    """The three circles of a course (S121)."""

    EMPTY = "empty", gettext_lazy("Not started")
    HALF = "half", gettext_lazy("In progress")
    CHECKED = "checked", gettext_lazy("Complete")


@dataclass(frozen=True, kw_only=True)
class Step:
    """A course of the path. `assignment_id` is the person's newest assignment to it, cancelled ones left out."""

    course: Course
    standing: CourseStanding
    completed_at: datetime | None
    assignment_id: int | None


@dataclass(frozen=True, kw_only=True)
class PathProgress:
    """Somebody's way along a path. `exam` is None for a path without one."""

    steps: list[Step]
    exam: Exam | None

    @property
    def done(self) -> int:
        """How many courses are complete."""
        return sum(step.standing is CourseStanding.CHECKED for step in self.steps)

    @property
    def total(self) -> int:
        """How many courses there are."""
        return len(self.steps)

    @property
    def words(self) -> str:
        """As on the bar."""
        return progress_words(self.done, self.total)

    @property
    def is_complete(self) -> bool:
        """All courses, and the exam where there is one."""
        return _is_complete(self)


@dataclass(frozen=True, kw_only=True)
class BegunPath:
    """A path that somebody has begun, in numbers. `exam` is None for a path without one."""

    path: LearningPath
    done: int
    total: int
    exam: Exam | None

    @property
    def words(self) -> str:
        """As on the bar."""
        return progress_words(self.done, self.total)

    @property
    def is_complete(self) -> bool:
        """All courses, and the exam where there is one."""
        return _is_complete(self)


def _is_complete(walk: PathProgress | BegunPath) -> bool:
    """A path of an exam alone is complete with it; one that has nothing yet never is."""
    asks_for_something = walk.total > 0 or walk.exam is not None
    return asks_for_something and walk.done == walk.total and (walk.exam is None or walk.exam.is_passed)


def progress_words(done: int, total: int) -> str:
    """As in “8% – 1 / 12 Complete” (S121). Rounded down: 100% is said of what is complete alone."""
    percent = done * 100 // total if total else 0
    return _("%(percent)d%% – %(done)d / %(total)d Complete") % {"percent": percent, "done": done, "total": total}


def with_progress(paths: LearningPathQuerySet, person: User) -> LearningPathQuerySet:
    """Each path with `total` and `done`, the numbers of its courses and of those that the person completed.

    A course is complete by the same records that achievements count, in a class or by assignment alike (S47).
    """
    completed = TrainingRecord.objects.filter(
        user=person, course=OuterRef("steps__course"), lab__isnull=True, completed_at__isnull=False
    )
    return paths.annotate(total=Count("steps"), done=Count("steps", filter=Exists(completed)))


def progress_of(path: LearningPath, person: User) -> PathProgress:
    """The person’s way along the path. Three queries."""
    courses = list(path.courses.order_by("steps__position", "pk"))
    attempts = TrainingRecord.objects.filter(Q(course__in=courses) | Q(lab_id=path.exam_id), user=person)
    records = list(attempts.order_by("started_at", "pk"))
    assigned = CourseAssignment.objects.filter(student=person, course__in=courses, cancelled_at__isnull=True)
    newest = {assignment.course_id: assignment for assignment in assigned.order_by("assigned_at", "pk")}
    return PathProgress(
        steps=[_step(course, records, newest.get(course.pk)) for course in courses],
        exam=_exam(path, records),
    )


def walks_of(person: User) -> list[BegunPath]:
    """The paths open to the person of which a course was begun, or the exam tried, by name. Two queries."""
    open_paths = LearningPath.objects.open_to(person).filter(_is_begun(person))
    begun = list(with_progress(open_paths, person).order_by("name", "pk"))
    exams = [path.exam_id for path in begun if path.exam_id is not None]
    attempts = list(TrainingRecord.objects.filter(user=person, lab__in=exams)) if exams else []
    return [
        BegunPath(
            path=path,
            done=path.done,  # type: ignore[attr-defined]
            total=path.total,  # type: ignore[attr-defined]
            exam=_exam(path, attempts),
        )
        for path in begun
    ]


def _is_begun(person: User) -> Q:
    """Whether a course of the path of the outer query is more than not started, as for `Step`, or its exam was tried."""
    of_path = {"course__steps__learning_path": OuterRef("pk")}
    records = TrainingRecord.objects.filter(**of_path, user=person)
    assigned_only = Q(lab__isnull=True, source=TrainingRecord.Source.ASSIGNMENT, completed_at__isnull=True)
    assigned = CourseAssignment.objects.filter(**of_path, student=person, cancelled_at__isnull=True)
    tried = TrainingRecord.objects.filter(lab=OuterRef("exam"), user=person)
    return (
        Q(Exists(records.exclude(assigned_only)))
        | Q(Exists(assigned.filter(started_at__isnull=False)))
        | Q(Exists(tried))
    )


def _step(course: Course, records: list[TrainingRecord], assignment: CourseAssignment | None) -> Step:
    of_course = [record for record in records if record.course_id == course.pk]
    ends = [record.completed_at for record in of_course if record.lab_id is None and record.completed_at is not None]
    # To have an assignment is a record already (S71), and no step taken; to launch its labs, or the assignment, is one.
    taken = any(record.lab_id or record.source != TrainingRecord.Source.ASSIGNMENT for record in of_course)
    is_begun = taken or (assignment is not None and assignment.started_at is not None)
    return Step(
        course=course,
        standing=CourseStanding.CHECKED if ends else CourseStanding.HALF if is_begun else CourseStanding.EMPTY,
        completed_at=min(ends, default=None),
        assignment_id=assignment.pk if assignment is not None else None,
    )


def _exam(path: LearningPath, records: list[TrainingRecord]) -> Exam | None:
    if path.exam_id is None:
        return None
    return Exam(best_first(record for record in records if record.lab_id == path.exam_id))
