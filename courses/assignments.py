"""What happens to a course assignment, and the training record that follows from it."""

from datetime import datetime

from django.db import transaction

from courses.models import CourseAssignment, TrainingRecord
from courses.records import Attempt, record, withdraw


def attempt_of_assignment(assignment: CourseAssignment) -> Attempt:
    """Having the assignment starts it (S71). An assignment entered after the fact starts when it was completed."""
    return Attempt(
        user_id=assignment.student_id,
        source=TrainingRecord.Source.ASSIGNMENT,
        source_id=str(assignment.pk),
        course_id=assignment.course_id,
        started_at=min(filter(None, (assignment.assigned_at, assignment.completed_at))),
        completed_at=assignment.completed_at,
    )


def record_assignment(assignment: CourseAssignment) -> None:
    """Call it in the transaction that saved the assignment. A cancelled one counts only if it was completed before."""
    if assignment.cancelled_at and not assignment.completed_at:
        withdraw(source=TrainingRecord.Source.ASSIGNMENT, source_ids=[str(assignment.pk)])
    else:
        record(attempt_of_assignment(assignment))


def complete_assignment(assignment: CourseAssignment, *, at: datetime) -> bool:
    """Mark Complete (S117). Safe to repeat: the first moment stays. False for one that was cancelled: it stays so."""
    with transaction.atomic():
        locked = CourseAssignment.objects.select_for_update().get(pk=assignment.pk)
        if locked.cancelled_at is not None and locked.completed_at is None:
            return False
        if locked.completed_at is None:
            locked.completed_at = at
            locked.save(update_fields=["completed_at"])
        record_assignment(locked)
    assignment.completed_at = locked.completed_at
    return True
