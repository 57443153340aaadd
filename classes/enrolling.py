"""Puts students on a roster: who may do it, whom, at which status, and how many seats there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from badges.issuing.reports import Refusal
from classes.models import Class, Enrollment
from classes.training import record_enrollments
from operation.retrying import retry_once
from organizations.access import manages
from organizations.models import User, UserQuerySet

Status = Enrollment.Status
# What a new line may begin with: Cancelled and Denied are answers to one that is there.
FIRST_STATUSES = (Status.ENROLLED, Status.REQUESTED, Status.WAIT_LISTED, Status.APPROVED, Status.AUDIT)


@dataclass(frozen=True)
class NotAdded:
    """A student who was not put on the roster, and why."""

    student: User
    refusal: Refusal


@dataclass(frozen=True)
class Added:
    """What became of every student given (S106)."""

    lines: Sequence[Enrollment]
    failed: Sequence[NotAdded]


def may_add(klass: Class, user: User) -> bool:
    """Whether the user may put students on this roster: the permission, and the class's organization is managed."""
    return user.has_perm("classes.add_enrollment") and manages(user, klass.organization_id)


def candidates(user: User) -> UserQuerySet:
    """Whom the user may put on a roster at all: active accounts of managed organizations, and the user."""
    return User.objects.visible_to(user).filter(is_active=True)


def addable_students(klass: Class, user: User) -> UserQuerySet:
    """The candidates who are not on this roster, at whatever status."""
    return candidates(user).exclude(pk__in=Enrollment.objects.filter(klass=klass).values("student_id"))


def free_seats(klass: Class) -> int:
    """Seats below the Maximum, fewer than none in an overbooked class. Only Enrolled takes one, Audit does not (S102).

    The number stays true while the caller holds the class's row, which is the lock for it.
    """
    return klass.max_students - Enrollment.objects.filter(klass=klass).enrolled().count()


def class_full(klass: Class) -> Refusal:
    """The refusal of an Enrolled line that no seat is left for."""
    return Refusal("class_full", _("The class is full: its maximum is %(maximum)s.") % {"maximum": klass.max_students})


def add_students(klass: Class, students: Iterable[User], *, status: Enrollment.Status, at: datetime) -> Added:
    """Put the students on the roster at one of FIRST_STATUSES; one who cannot be added never stops another (S106).

    Seats are given in the order of `students`. Safe to repeat: that no student is on a roster twice is decided by the
    database. What is Enrolled reaches TrainingRecord in the same transaction, and the sweep soon after. All new lines
    bear the moment `at`. The number of queries does not depend on the number of students.
    """
    given = list(students)
    return retry_once(lambda: _add(klass.pk, given, status, at))


@transaction.atomic
def _add(class_id: int, students: Sequence[User], status: Enrollment.Status, at: datetime) -> Added:
    # Save Changes takes the same lock, so that no two acts give the last seat away.
    klass = Class.objects.select_for_update(no_key=True).get(pk=class_id)
    listed = set(Enrollment.objects.filter(klass=klass, student__in=students).values_list("student_id", flat=True))
    new = [student for student in students if student.pk not in listed]
    seated = new[: max(0, free_seats(klass))] if status == Status.ENROLLED else new
    beyond = {student.pk for student in new[len(seated) :]}

    # The admin and the import take no lock: a line of theirs that came in between is left as it is.
    lines = _insert(klass, seated, status, at)
    record_enrollments(lines)

    added = {line.student_id for line in lines}
    full, on_roster = class_full(klass), Refusal("on_roster", _("Already on the roster."))
    return Added(
        lines,
        [NotAdded(s, full if s.pk in beyond else on_roster) for s in students if s.pk not in added],
    )


# One statement, in one order, whatever the number of students.
_INSERT = """
INSERT INTO classes_enrollment (klass_id, student_id, enrollment_status, completion_status, enrolled_at)
SELECT %(klass)s, student_id, %(status)s, 'unknown', %(at)s
FROM unnest(%(students)s::bigint[]) AS row (student_id)
ORDER BY student_id
ON CONFLICT (klass_id, student_id) DO NOTHING
RETURNING id
"""


def _insert(klass: Class, students: Sequence[User], status: Enrollment.Status, at: datetime) -> list[Enrollment]:
    parameters: dict[str, Any] = {
        "klass": klass.pk,
        "students": [student.pk for student in students],
        "status": status.value,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, parameters)
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(Enrollment.objects.filter(pk__in=ids).select_related("klass").order_by("pk"))
