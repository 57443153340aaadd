"""What a student has completed, and what is under way: classes, course assignments and learning paths (S129)."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from badges.models import IssuedBadge, Via
from classes.models import Enrollment, EnrollmentQuerySet
from courses.activities import Done, labs_done
from courses.models import CourseAssignment, CourseAssignmentQuerySet, TrainingRecord
from courses.paths import BegunPath, walks_of
from courses.states import TrainingState, with_state
from organizations.models import User

Status, Completion = Enrollment.Status, Enrollment.Completion

_TONES = {
    Completion.COMPLETE: "good",
    Completion.ATTENDING: "info",
    Completion.INCOMPLETE: "bad",
    Completion.NO_SHOW: "bad",
    Completion.FAILED: "bad",
    Status.WAIT_LISTED: "wait",
    Status.REQUESTED: "wait",
    TrainingState.COMPLETE: "good",
    TrainingState.IN_PROGRESS: "info",
    TrainingState.EXPIRED: "bad",
}


@dataclass(frozen=True, kw_only=True)
class TranscriptLine:
    """One class or course assignment. `time_zone` is that of a class; an assignment's times are the reader's.

    `source` and `source_id` are those of its training record. `badges` are those held that were issued from it, or for
    an achievement that counted it.
    """

    source: str
    source_id: int
    name: str
    kind: str | Promise
    course_id: int
    class_id: int | None = None
    course: str
    url: str
    starts_at: datetime
    ends_at: datetime | None
    completed_at: datetime | None
    state: str
    tone: str
    time_zone: str = ""
    labs: Done | None = None
    badges: list[IssuedBadge] = field(default_factory=list)

    @property
    def issued_by_hand(self) -> tuple[str, int]:
        """How and from where a badge of this class, or of this assignment, is issued by hand."""
        return (Via.ASSIGNMENT, self.source_id) if self.class_id is None else (Via.ROSTER, self.class_id)

    @property
    def labs_in_words(self) -> str:
        """How many of the labs that the course requires are done; nothing for a course that requires none."""
        if self.labs is None:
            return ""
        words = ngettext("%(done)d of %(total)d lab", "%(done)d of %(total)d labs", self.labs.total)
        return words % {"done": self.labs.done, "total": self.labs.total}


@dataclass(frozen=True)
class Transcript:
    """Completed training, the newest first; current training, what starts last first; learning paths by name."""

    completed: list[TranscriptLine]
    current: list[TranscriptLine]
    paths_completed: list[BegunPath] = field(default_factory=list)
    paths_begun: list[BegunPath] = field(default_factory=list)


def transcript_of(user: User, *, at: datetime) -> Transcript:
    """The person's training; what was cancelled or denied is no training. At most eight queries."""
    lines = training_lines(
        Enrollment.objects.filter(student=user), CourseAssignment.objects.filter(student=user), at=at
    )
    completed = [line for line in lines if line.completed_at is not None]
    current = [line for line in lines if line.completed_at is None]
    done = labs_done(user, {line.course_id for line in current})
    walks = walks_of(user)
    return Transcript(
        completed=_with_badges(user, sorted(completed, key=lambda line: line.completed_at or at, reverse=True)),
        current=[replace(line, labs=done.get(line.course_id)) for line in current],
        paths_completed=[walk for walk in walks if walk.is_complete],
        paths_begun=[walk for walk in walks if not walk.is_complete],
    )


def current_training(user: User, *, at: datetime) -> list[TranscriptLine]:
    """Of the transcript, the classes that run or are to come and the assignments still open, what began first coming first.

    At most four queries.
    """
    mine = training_lines(Enrollment.objects.filter(student=user), CourseAssignment.objects.filter(student=user), at=at)
    lines = [line for line in mine if line.completed_at is None]
    open_ = [line for line in lines if line.ends_at is None or line.ends_at > at]
    done = labs_done(user, {line.course_id for line in open_})
    return sorted((replace(line, labs=done.get(line.course_id)) for line in open_), key=lambda line: line.starts_at)


def training_lines(
    enrollments: EnrollmentQuerySet, assignments: CourseAssignmentQuerySet, *, at: datetime
) -> list[TranscriptLine]:
    """These classes and course assignments of one person, but for what was cancelled or denied: what starts last first.

    Two queries; without badges and labs.
    """
    lines = [*_classes(enrollments, at), *_assignments(assignments, at)]
    return sorted(lines, key=lambda line: line.starts_at, reverse=True)


def _with_badges(user: User, lines: list[TranscriptLine]) -> list[TranscriptLine]:
    """The lines with their badges, the oldest first. Two queries, the second only where achievements brought some."""
    if not lines:
        return lines
    held = IssuedBadge.objects.held().filter(student=user).select_related("badge", "provider")
    issued = list(held.order_by("issued_at", "pk").fetch_mode(models.FETCH_RAISE))
    counted = {pk for one in issued for pk in one.evidence.get("records", [])}
    records = TrainingRecord.objects.filter(pk__in=counted, user=user).values_list("source", "source_id", "pk")
    ids = {(source, source_id): pk for source, source_id, pk in records}
    return [
        replace(line, badges=_badges_of(line, issued, ids.get((line.source, str(line.source_id))))) for line in lines
    ]


def _badges_of(line: TranscriptLine, issued: list[IssuedBadge], record_id: int | None) -> list[IssuedBadge]:
    return [
        one
        for one in issued
        if (one.via, one.source_id) == line.issued_by_hand or record_id in one.evidence.get("records", [])
    ]


def _classes(enrollments: EnrollmentQuerySet, at: datetime) -> list[TranscriptLine]:
    kept = enrollments.exclude(enrollment_status__in=[Status.CANCELLED, Status.DENIED])
    rows = kept.select_related("klass__course").order_by("pk").fetch_mode(models.FETCH_RAISE)
    return [_line_of_class(row, at) for row in rows]


def _line_of_class(enrollment: Enrollment, at: datetime) -> TranscriptLine:
    klass = enrollment.klass
    state, words = str(enrollment.enrollment_status), enrollment.get_enrollment_status_display()
    if enrollment.completion_status != Completion.UNKNOWN:
        state, words = str(enrollment.completion_status), enrollment.get_completion_status_display()
    elif state == Status.ENROLLED and klass.has_begun(at):
        state = ""
        words = str(_("Running now") if at < klass.ends_at else _("Not completed"))
    return TranscriptLine(
        source=TrainingRecord.Source.ENROLLMENT,
        source_id=enrollment.pk,
        name=klass.name,
        kind=_("Class"),
        course_id=klass.course_id,
        class_id=klass.pk,
        course=klass.course.name,
        url=reverse("classes:details", args=[klass.pk]),
        starts_at=klass.starts_at,
        ends_at=klass.ends_at,
        completed_at=enrollment.completed_at,
        state=words,
        tone=_TONES.get(state, ""),  # type: ignore[call-overload]  # keys are of several enumerations of words
        time_zone=klass.time_zone,
    )


def _assignments(assignments: CourseAssignmentQuerySet, at: datetime) -> list[TranscriptLine]:
    kept = with_state(assignments, at=at).filter(
        models.Q(completed_at__isnull=False) | models.Q(cancelled_at__isnull=True)
    )
    rows = kept.select_related("course").order_by("pk").fetch_mode(models.FETCH_RAISE)
    return [_line_of_assignment(row) for row in rows]


def _line_of_assignment(assignment: CourseAssignment) -> TranscriptLine:
    state = TrainingState(assignment.state)  # type: ignore[attr-defined]
    return TranscriptLine(
        source=TrainingRecord.Source.ASSIGNMENT,
        source_id=assignment.pk,
        name=assignment.course.name,
        kind=_("Course assignment"),
        course_id=assignment.course_id,
        course=assignment.course.name,
        url=reverse("courses:assignment", args=[assignment.pk]),
        starts_at=assignment.assigned_at,
        ends_at=assignment.expires_at,
        completed_at=assignment.completed_at,
        state=str(state.label),
        tone=_TONES.get(state, ""),
    )
