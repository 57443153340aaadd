"""What the results of an issuance need on whichever page they stand: the outcome, and how often to look again (N3)."""

from datetime import datetime, timedelta
from typing import Any

from badges.acting import retriable_by
from badges.models import IssuanceBatch, IssuedBadge
from badges.reports import outcome_of
from tms.models import User

# Seconds between two looks while providers answer; an old issuance waits for a person, not for seconds.
SOON, LATER = 2, 20
FRESH = timedelta(minutes=10)


def results_of(batch: IssuanceBatch, user: User, *, at: datetime) -> dict[str, Any]:
    """For `badges/_report.html`. The number of queries does not depend on the number of pairs."""
    failed = retriable_by(user).held().filter(batch=batch, delivery=IssuedBadge.Delivery.FAILED)
    return {
        "batch": batch,
        "outcome": outcome_of(batch),
        "seconds": SOON if at - batch.created_at < FRESH else LATER,
        "may_retry": failed.exists(),
    }
