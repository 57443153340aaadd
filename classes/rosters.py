"""The rules of a roster: who is on it, what may change on its lines, and what an instructor may issue from it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from badges.issuing import Source
from badges.issuing.reports import Refusal
from badges.models import Badge, BadgeQuerySet, Via
from classes.enrolling import class_full, free_seats
from classes.models import Class, Enrollment, EnrollmentQuerySet
from classes.training import record_enrollments
from operation.retrying import retry_once
from operation.wake import drain_soon
from organizations.models import User, UserQuerySet
from organizations.roles import ISSUE_IN_CLASSES

Status, Completion = Enrollment.Status, Enrollment.Completion
_CHANGED = (
    "enrollment_status",
    "enrolled_at",
    "completion_status",
    "completed_at",
    "completion_set_by",
    "completion_set_via",
)


@dataclass(frozen=True)
class Change:
    """What a person wants a line to say; `was_…` is what the person saw, so that nobody overwrites unseen work."""

    enrollment_id: int
    was_enrollment: str
    was_completion: str
    enrollment_status: str
    completion_status: str

    @property
    def is_change(self) -> bool:
        """Whether it differs from what the person saw."""
        return (self.was_enrollment, self.was_completion) != (self.enrollment_status, self.completion_status)


@dataclass(frozen=True)
class LineError:
    """A change that was refused, and why."""

    enrollment_id: int
    message: str


@dataclass(frozen=True)
class SavedRoster:
    """What Save Changes did: with errors, nothing; without, this many lines."""

    changed: int
    errors: Sequence[LineError]


@dataclass(frozen=True)
class StatusCount:
    """How many lines of a roster stand at one enrollment status."""

    status: Enrollment.Status
    count: int


def lines(klass: Class, user: User) -> EnrollmentQuerySet:
    """The roster's lines that the user may see, with student and organization (S29)."""
    mine = Enrollment.objects.filter(klass=klass).on_rosters_of(user)
    return mine.select_related("student__organization", "klass")


def people(klass: Class, user: User) -> UserQuerySet:
    """The students of these lines."""
    return User.objects.get_queryset().filter(pk__in=lines(klass, user).values("student_id"))


def issuable_students(klass: Class, user: User) -> UserQuerySet:
    """The students to whom the user may issue a badge now: Enrolled lines of those the user sees (S29)."""
    enrolled = Enrollment.objects.filter(klass=klass).on_rosters_of(user).enrolled()
    return User.objects.get_queryset().filter(pk__in=enrolled.values("student_id"))


def with_completion(students: UserQuerySet, klass: Class) -> UserQuerySet:
    """Each with its `completion` of the class."""
    line = Enrollment.objects.filter(klass=klass, student=OuterRef("pk"))
    return students.annotate(completion=Subquery(line.values("completion_status")))


def completed_students(klass: Class, user: User) -> UserQuerySet:
    """Those of `issuable_students` who completed the class."""
    complete = Enrollment.objects.filter(klass=klass, completion_status=Completion.COMPLETE)
    return issuable_students(klass, user).filter(pk__in=complete.values("student_id"))


def offered_badges(klass: Class) -> BadgeQuerySet:
    """The badges that may be issued from this roster: of the class's organization, manually issuable (S27).

    `is_of_course` marks those associated with the course, which come first (S143).
    """
    associated = klass.course.badges.through.objects.filter(course_id=klass.course_id, badge_id=OuterRef("pk"))
    badges = Badge.objects.of_organization(klass.organization_id).select_related("provider", "organization")
    return badges.annotate(is_of_course=Exists(associated)).order_by("-is_of_course", "name", "pk")


def refusals(klass: Class, user: User, students: Iterable[User]) -> dict[int, Refusal]:
    """By student id, who of these may not be given a badge from this roster any more: un-enrolled meanwhile."""
    students = list(students)
    allowed = set(issuable_students(klass, user).filter(pk__in=[s.pk for s in students]).values_list("pk", flat=True))
    not_enrolled = Refusal("not_enrolled", _("The student is not enrolled in this class."))
    return {student.pk: not_enrolled for student in students if student.pk not in allowed}


def may_issue(klass: Class, user: User) -> bool:
    """Whether the user may issue badges from this roster (S140): the permission, and a class taught or administered."""
    return user.has_perm(ISSUE_IN_CLASSES) and Class.objects.with_roster_for(user).filter(pk=klass.pk).exists()


def offers_badges(klass: Class, user: User) -> bool:
    """Whether there is a badge that the user may issue now, and somebody to issue it to."""
    is_any_offered = may_issue(klass, user) and offered_badges(klass).exists()
    return is_any_offered and issuable_students(klass, user).exists()


def source(klass: Class) -> Source:
    """Where a badge issued from this roster comes from."""
    return Source(Via.ROSTER, klass.pk, klass.name)


def summary(klass: Class) -> list[StatusCount]:
    """How many lines of the class stand at each enrollment status (S93), in the product's order, with zeros.

    Of the whole class, also for an instructor who sees only some of its students: seats are the class's.
    """
    counts = Counter(Enrollment.objects.filter(klass=klass).values_list("enrollment_status", flat=True))
    shown = (Status.ENROLLED, Status.REQUESTED, Status.CANCELLED, Status.WAIT_LISTED, Status.APPROVED)
    return [StatusCount(status, counts[status]) for status in (*shown, Status.DENIED, Status.AUDIT)]


def save_changes(
    klass: Class, user: User, changes: Sequence[Change], *, via: Enrollment.CompletionVia, at: datetime
) -> SavedRoster:
    """Save Changes: all of them, or, when one is refused, none, with a reason at each refused line (S98 to S105).

    The lines are locked in one order, so that two people saving at once cannot deadlock; the second is told what the
    first one changed. What is saved reaches TrainingRecord in this transaction, and the sweep soon after. A completion
    keeps the user, and `via`.
    """
    wanted = {change.enrollment_id: change for change in changes if change.is_change}
    if not wanted:
        return SavedRoster(0, [])
    return retry_once(transaction.atomic(lambda: _save(klass.pk, user, wanted, via, at)))


def _save(
    class_id: int, user: User, wanted: Mapping[int, Change], via: Enrollment.CompletionVia, at: datetime
) -> SavedRoster:
    # The class's row is the lock for its number of seats, and may have changed while we waited for it.
    klass = Class.objects.select_for_update(no_key=True).get(pk=class_id)
    held = lines(klass, user).filter(pk__in=wanted).order_by("pk").select_for_update(of=("self",), no_key=True)
    enrollments = {enrollment.pk: enrollment for enrollment in held}

    errors = [
        LineError(pk, message)
        for pk, change in wanted.items()
        if (message := _refusal_of_change(klass, enrollments.get(pk), change, at))
    ]
    errors += _refusals_for_seats(klass, enrollments, wanted)
    if errors:
        return SavedRoster(0, errors)

    for pk, change in wanted.items():
        _apply(enrollments[pk], change, at)
        if change.was_completion != change.completion_status:
            enrollments[pk].keep_setter(user, via)
    Enrollment.objects.bulk_update(enrollments.values(), _CHANGED)
    record_enrollments(enrollments.values())
    drain_soon()
    return SavedRoster(len(wanted), [])


def _refusal_of_change(klass: Class, enrollment: Enrollment | None, change: Change, at: datetime) -> str:
    """Why this line may not change so, or nothing."""
    if enrollment is None:
        return _("This student is no longer on the roster.")
    if (enrollment.enrollment_status, enrollment.completion_status) != (change.was_enrollment, change.was_completion):
        return _("Someone else just changed this student to %(enrollment)s, %(completion)s.") % {
            "enrollment": enrollment.get_enrollment_status_display(),
            "completion": enrollment.get_completion_status_display(),
        }
    leaves = change.was_enrollment == Status.ENROLLED != change.enrollment_status
    if leaves and klass.has_begun(at):
        return _("Enrollment is locked once the class has started.")
    if change.enrollment_status != Status.ENROLLED and change.completion_status != Completion.UNKNOWN:
        return _("Only an Enrolled student has a completion status.")
    if change.completion_status != Completion.UNKNOWN and not klass.has_begun(at):
        return _("You can set completion once the class has started.")
    return ""


def _refusals_for_seats(
    klass: Class, enrollments: Mapping[int, Enrollment], wanted: Mapping[int, Change]
) -> list[LineError]:
    """The lines that would be Enrolled beyond the Maximum; Audit takes no seat (S102)."""
    newcomers = [
        pk
        for pk, change in wanted.items()
        if change.enrollment_status == Status.ENROLLED != change.was_enrollment and pk in enrollments
    ]
    leaving = sum(c.was_enrollment == Status.ENROLLED != c.enrollment_status for c in wanted.values())
    if not newcomers:
        return []
    free = max(0, free_seats(klass) + leaving)
    return [LineError(pk, class_full(klass).message) for pk in newcomers[free:]]


def _apply(enrollment: Enrollment, change: Change, at: datetime) -> None:
    if change.enrollment_status == Status.ENROLLED != enrollment.enrollment_status:
        enrollment.enrolled_at = at
    enrollment.enrollment_status = change.enrollment_status
    enrollment.completion_status = change.completion_status
    if change.completion_status != Completion.COMPLETE:
        enrollment.completed_at = None
    elif enrollment.completed_at is None:
        enrollment.completed_at = at
