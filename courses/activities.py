"""How far a student has come with the activities of a course."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.models import CourseActivity, CourseAssignment, TrainingRecord
from tms.models import User


@dataclass(frozen=True)
class Progress:
    """One activity, and the student's best attempt at its lab; other kinds keep no attempts."""

    activity: CourseActivity
    attempt: TrainingRecord | None

    @property
    def state(self) -> str | Promise:
        """In a word; nothing for what keeps no attempts."""
        if self.activity.lab_id is None:
            return ""
        if self.attempt is None:
            return _("Not started")
        if self.attempt.is_passed:
            return _("Passed")
        return _("Complete") if self.attempt.completed_at else _("In progress")

    @property
    def is_done(self) -> bool:
        """Whether the lab was completed, and, where it is an exam, passed."""
        attempt = self.attempt
        return attempt is not None and bool(attempt.is_passed if self._is_exam else attempt.completed_at)

    @property
    def _is_exam(self) -> bool:
        return self.activity.lab is not None and self.activity.lab.is_exam


def progress_of(assignment: CourseAssignment) -> list[Progress]:
    """The course's activities in their order. Two queries."""
    activities = list(assignment.course.activities.select_related("lab").order_by("position", "pk"))
    labs = [activity.lab_id for activity in activities if activity.lab_id is not None]
    attempts = TrainingRecord.objects.filter(user_id=assignment.student_id, lab_id__in=labs)
    best: dict[int | None, TrainingRecord] = {}
    for attempt in attempts.order_by("started_at", "pk"):
        if attempt.lab_id not in best or _rank(attempt) >= _rank(best[attempt.lab_id]):
            best[attempt.lab_id] = attempt
    return [
        Progress(activity, best.get(activity.lab_id) if activity.lab_id is not None else None)
        for activity in activities
    ]


@dataclass(frozen=True)
class Done:
    """So many of so many."""

    done: int
    total: int


def labs_done(student: User, course_ids: Collection[int]) -> dict[int, Done]:
    """By course id, how many of the labs that it requires are done: completed, and exams passed. Two queries at most.

    Labs alone, because other activities keep no attempts (S100); a course that requires none is left out.
    """
    required = CourseActivity.objects.filter(course__in=course_ids, is_required=True, lab__isnull=False)
    labs: dict[int, set[int | None]] = defaultdict(set)
    for course_id, lab_id in required.values_list("course_id", "lab_id"):
        labs[course_id].add(lab_id)
    if not labs:
        return {}
    ended = TrainingRecord.objects.filter(user=student, completed_at__isnull=False)
    done_well = ended.filter(Q(lab__is_exam=False) | Q(passed=True), lab__in=set().union(*labs.values()))
    done = set(done_well.values_list("lab_id", flat=True))
    return {course_id: Done(len(wanted & done), len(wanted)) for course_id, wanted in labs.items()}


def _rank(attempt: TrainingRecord) -> tuple[bool, bool]:
    return attempt.is_passed, attempt.completed_at is not None
