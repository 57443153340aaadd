"""How far somebody has come on a learning path: its courses, in their suggested order, and its exam."""

from collections.abc import Iterable, Sequence
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
class Walk:
    """How much of a path somebody has done: courses complete, of how many. `exam` is None for a path without one."""

    done: int
    total: int
    exam: Exam | None

    @property
    def words(self) -> str:
        """Of the courses alone, as on the bar (S121)."""
        return progress_words(self.done, self.total)

    @property
    def in_words(self) -> str:
        """Of the courses, and of the exam where there is one."""
        if self.exam is None:
            return self.words
        words = {"courses": self.words, "result": self.exam.result.label}
        return _("Exam: %(result)s") % words if not self.total else _("Courses: %(courses)s. Exam: %(result)s") % words

    @property
    def parts_done(self) -> int:
        """How far the bar is: it is full with the exam passed, and not before."""
        return self.done + (self.exam is not None and self.exam.is_passed)

    @property
    def parts(self) -> int:
        """The courses, and the exam as one more."""
        return self.total + (self.exam is not None)

    @property
    def is_complete(self) -> bool:
        """All courses, and the exam where there is one; a path that has nothing yet never is."""
        return self.parts > 0 and self.parts_done == self.parts


@dataclass(frozen=True, kw_only=True)
class PathProgress(Walk):
    """Somebody's way along a path, course by course."""

    steps: list[Step]


@dataclass(frozen=True, kw_only=True)
class BegunPath(Walk):
    """A path that somebody has begun, in numbers."""

    path: LearningPath


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
    steps = [_step(course, records, newest.get(course.pk)) for course in courses]
    done = sum(step.standing is CourseStanding.CHECKED for step in steps)
    return PathProgress(steps=steps, done=done, total=len(steps), exam=_exam(path, records))


def add_walks(paths: Iterable[LearningPath], person: User) -> None:
    """Give each path of `with_progress` the person's `walk`. One query at most."""
    paths = list(paths)
    attempts = _attempts(paths, person)
    for path in paths:
        path.walk = Walk(  # type: ignore[attr-defined]
            done=path.done,  # type: ignore[attr-defined]
            total=path.total,  # type: ignore[attr-defined]
            exam=_exam(path, attempts),
        )


def walks_of(person: User) -> list[BegunPath]:
    """The paths open to the person of which a course was begun, or the exam tried, by name. Two queries."""
    open_paths = LearningPath.objects.open_to(person).filter(_is_begun(person))
    begun = list(with_progress(open_paths, person).order_by("name", "pk"))
    attempts = _attempts(begun, person)
    return [
        BegunPath(
            path=path,
            done=path.done,  # type: ignore[attr-defined]
            total=path.total,  # type: ignore[attr-defined]
            exam=_exam(path, attempts),
        )
        for path in begun
    ]


def _attempts(paths: Sequence[LearningPath], person: User) -> list[TrainingRecord]:
    """At the exams of these paths."""
    exams = [path.exam_id for path in paths if path.exam_id is not None]
    return list(TrainingRecord.objects.filter(user=person, lab__in=exams)) if exams else []


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
