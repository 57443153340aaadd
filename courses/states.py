"""Where a course assignment stands at a moment; the one rule for lists, filters and pages."""

from datetime import datetime

from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from courses.models import CourseAssignment, CourseAssignmentQuerySet


class TrainingState(models.TextChoices):
    """In the order of a life: what was completed stays Complete, whatever happens afterwards."""

    NOT_STARTED = "not_started", _("Not started")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETE = "complete", _("Complete")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Cancelled")


# What can still be completed.
OPEN_STATES = (TrainingState.NOT_STARTED, TrainingState.IN_PROGRESS)


def with_state(assignments: CourseAssignmentQuerySet, *, at: datetime) -> CourseAssignmentQuerySet:
    """Each assignment with `state`, a value of State."""
    state = Case(
        When(completed_at__isnull=False, then=Value(TrainingState.COMPLETE)),
        When(cancelled_at__isnull=False, then=Value(TrainingState.CANCELLED)),
        When(Q(expires_at__lte=at), then=Value(TrainingState.EXPIRED)),
        When(started_at__isnull=False, then=Value(TrainingState.IN_PROGRESS)),
        default=Value(TrainingState.NOT_STARTED),
        output_field=models.CharField(),
    )
    return assignments.annotate(state=state)


def label_of(assignment: CourseAssignment) -> str:
    """The state of an assignment of `with_state`, in words."""
    return str(TrainingState(assignment.state).label)  # type: ignore[attr-defined]
