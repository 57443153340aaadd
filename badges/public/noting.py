"""Notes the first moment of a step that nobody tells us of: a letter opened, a badge shared, a badge verified."""

import logging

from django.db import DatabaseError, connection
from django.db.models import Exists, OuterRef

from badges.models import IssuedBadgeQuerySet, Step, StepMoment

logger = logging.getLogger(__name__)

_NOTE = """
INSERT INTO badges_stepmoment (issued_badge_id, step, at) VALUES (%s, %s, statement_timestamp())
ON CONFLICT (issued_badge_id, step) DO NOTHING
"""


def took(step: Step) -> Exists:
    """Whether the issued badge of a row took a step that is kept here."""
    return Exists(StepMoment.objects.filter(issued_badge=OuterRef("pk"), step=step))


def telling(rows: IssuedBadgeQuerySet, *steps: Step) -> IssuedBadgeQuerySet:
    """The same rows, each of which says whether it took these steps: `is_opened`, `is_shared`, `is_verified`."""
    return rows.annotate(**{f"is_{step}": took(step) for step in steps})


def note(issued_id: int, step: Step) -> None:
    """Keep that the badge takes the step now, if it never did before. One statement, and no answer depends on it.

    To be asked where `telling` said no: a page that many look at then writes once.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [issued_id, step])
    except DatabaseError:
        logger.exception("That issued badge %s was %s could not be kept.", issued_id, step)
