"""How far a student has come with the activities of a course."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.exams import Result, best_first
from courses.models import CourseActivity, CourseAssignment, TrainingRecord, TrainingRecordQuerySet
from organizations.models import User


@dataclass(frozen=True)
class ActivityProgress:
    """One activity, and the student's best attempt at its lab; other kinds keep no attempts."""

    activity: CourseActivity
    attempt: TrainingRecord | None

    @property
    def state(self) -> str | Promise:
        """In a word; nothing for what keeps no attempts."""
        if self.activity.lab_id is None:
            return ""
        if self.result is not None:
            return self.result.label
        if self.attempt is None:
            return _("Not started")
        if self.attempt.result is Result.PASSED:
            return _("Passed")
        return _("Complete") if self.attempt.completed_at else _("In progress")

    @property
    def is_done(self) -> bool:
        """Whether the lab was completed, and, where it is an exam, passed."""
        if self.result is not None:
            return self.result is Result.PASSED
        return self.attempt is not None and self.attempt.completed_at is not None

    @property
    def result(self) -> Result | None:
        """Of an exam (S123); None for anything else."""
        if self.activity.lab is None or not self.activity.lab.is_exam:
            return None
        return self.attempt.result if self.attempt is not None else Result.NOT_TAKEN


def progress_of(assignment: CourseAssignment) -> list[ActivityProgress]:
    """The course's activities in their order. Two queries."""
    activities = list(assignment.course.activities.select_related("lab").order_by("position", "pk"))
    labs = [activity.lab_id for activity in activities if activity.lab_id is not None]
    attempts = TrainingRecord.objects.filter(user_id=assignment.student_id, lab_id__in=labs)
    # The last of a lab stays, which is its best.
    best = {attempt.lab_id: attempt for attempt in reversed(best_first(attempts))}
    return [
        ActivityProgress(activity, best.get(activity.lab_id) if activity.lab_id is not None else None)
        for activity in activities
    ]


@dataclass(frozen=True)
class Done:
    """So many of so many."""

    done: int
    total: int

    @property
    def percent(self) -> int:
        """Whole, and 100 only when all is done."""
        return self.done * 100 // self.total


def labs_done(student: User, course_ids: Collection[int]) -> dict[int, Done]:
    """By course id, how many of the labs that it requires are done: completed, and exams passed. Two queries at most.

    Labs alone, because other activities keep no attempts (S100); a course that requires none is left out.
    """
    labs = _required(course_ids)
    if not labs:
        return {}
    done = {lab_id for _student, lab_id in _done([student.pk], set().union(*labs.values()))}
    return {course_id: Done(len(wanted & done), len(wanted)) for course_id, wanted in labs.items()}


def labs_done_by(student_ids: Collection[int], course_id: int) -> dict[int, Done]:
    """The same of one course, by student id: also of those who have done nothing. Two queries at most.

    Nobody, where the course requires no lab.
    """
    wanted = _required([course_id]).get(course_id)
    if not wanted:
        return {}
    done = Counter(student_id for student_id, _lab in _done(student_ids, wanted))
    return {student_id: Done(done[student_id], len(wanted)) for student_id in student_ids}


def is_any_lab_done(students: QuerySet[User], course_id: int) -> bool:
    """Whether one of the students has done a lab that the course requires (S100). One query."""
    labs = CourseActivity.objects.filter(course=course_id, is_required=True, lab__isnull=False)
    return _ended().filter(user__in=students, lab__in=labs.values("lab_id")).exists()


def _required(course_ids: Collection[int]) -> dict[int, set[int]]:
    """By course id, the labs that it requires."""
    required = CourseActivity.objects.filter(course__in=course_ids, is_required=True, lab__isnull=False)
    labs: dict[int, set[int]] = defaultdict(set)
    for course_id, lab_id in required.values_list("course_id", "lab_id"):
        labs[course_id].add(lab_id or 0)
    return labs


def _ended() -> TrainingRecordQuerySet:
    """The attempts with which a lab is done."""
    return TrainingRecord.objects.filter(
        Q(lab__is_exam=False) | Q(lab__is_exam=True, passed=True), completed_at__isnull=False
    )


def _done(student_ids: Collection[int], lab_ids: Collection[int]) -> set[tuple[int, int | None]]:
    """Which of the students have done which of the labs."""
    return set(_ended().filter(user__in=student_ids, lab__in=lab_ids).values_list("user_id", "lab_id"))
