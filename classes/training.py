"""What an enrollment says about training: the one rule for the roster page, the admin and the import."""

from collections.abc import Iterable
from itertools import batched

from django.db.models import QuerySet

from classes.models import Enrollment
from courses.models import TrainingRecord
from courses.records import Attempt, record_many, withdraw

BATCH = 5_000


def attempt_of_enrollment(enrollment: Enrollment) -> Attempt:
    """An Enrolled line as an attempt at the course of its class (S47, S48); reads `enrollment.klass`.

    A student put on the roster after the class was over has started when it was completed, not later.
    """
    return Attempt(
        user_id=enrollment.student_id,
        source=TrainingRecord.Source.ENROLLMENT,
        source_id=str(enrollment.pk),
        course_id=enrollment.klass.course_id,
        started_at=min(filter(None, (enrollment.enrolled_at, enrollment.completed_at))),
        completed_at=enrollment.completed_at,
    )


def record_enrollments(enrollments: Iterable[Enrollment]) -> None:
    """Record the Enrolled ones, withdraw the others; call it in the transaction that saved them. Safe to repeat.

    The iterable is held in memory, and each enrollment's class is read: select_related("klass").
    """
    held = list(enrollments)
    enrolled = [enrollment for enrollment in held if enrollment.enrollment_status == Enrollment.Status.ENROLLED]
    others = [str(enrollment.pk) for enrollment in held if enrollment.enrollment_status != Enrollment.Status.ENROLLED]
    record_many(attempt_of_enrollment(enrollment) for enrollment in enrolled)
    if others:
        withdraw(source=TrainingRecord.Source.ENROLLMENT, source_ids=others)


def record_again(enrollments: QuerySet[Enrollment]) -> None:
    """Record enrollments that are there already: their class has moved to another course, or records may be missing.

    Somebody may be saving their roster, and must not be overwritten with what was true before. So each is locked, in the
    roster's order, and then read; its class is read after that, in a statement of its own, which sees what was
    committed while the lock was waited for. Takes any number, in flat memory; call it inside a transaction.
    """
    locked = enrollments.order_by("pk").select_for_update(of=("self",), no_key=True).prefetch_related("klass")
    for batch in batched(locked.iterator(chunk_size=BATCH), BATCH, strict=False):
        record_enrollments(batch)
