"""What pages need that show how badges come to their students: the outcome, and how often to look again (N3)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from badges.catalogue.leading import lead_to_badges
from badges.delivery.standstills import standstills_of
from badges.held.acting import retriable_by
from badges.held.offering import offer_of
from badges.issuing.reports import outcome_of
from badges.models import ON_ITS_WAY, IssuanceBatch, IssuedBadge
from organizations.leading import lead_to_people
from organizations.models import User

# Seconds between two looks while providers answer; an old issuance waits for a person, not for seconds.
SOON, LATER = 2, 20
FRESH = timedelta(minutes=10)
# A badge that is tried again within this time is worth waiting for.
SHORTLY = timedelta(minutes=1)


def results_of(
    batch: IssuanceBatch, user: User, *, at: datetime, pages: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """For `badges/_report.html`; `pages` as outcome_of takes them. The number of queries does not depend on the number of pairs."""
    outcome, stuck = outcome_of(batch, user, pages), standstills_of(batch, user)
    shown = [*outcome.issued, *outcome.revoked, *outcome.undone, *outcome.left_out]
    lead_to_people([batch.issued_by, *(item.student for item in shown)], user)
    lead_to_badges([item.badge for item in shown], user)
    failed = retriable_by(user).unrevoked().filter(batch=batch, delivery=IssuedBadge.Delivery.FAILED)
    return {
        "batch": batch,
        "outcome": outcome,
        "standstills": stuck,
        "offer": offer_of(batch, outcome.progress, user),
        "answering": outcome.progress.on_its_way - outcome.progress.undoable - sum(one.waiting for one in stuck),
        "seconds": SOON if at - batch.created_at < FRESH else LATER,
        "may_retry": failed.exists(),
    }


def seen_of(issued: IssuedBadge) -> str:
    """What the badge's page shows of its delivery and its letter, to be compared with what it is later."""
    letter = getattr(issued, "letter", None)
    return f"{issued.delivery}-{issued.attempts}-{issued.status}" + (f"-{letter.attempts}" if letter else "")


def look_again(issued: IssuedBadge, *, at: datetime) -> int:
    """In how many seconds the badge's page is worth another look; 0 when nothing more happens by itself.

    What waits for a person or for a long time is looked at now and then.
    """
    letter = getattr(issued, "letter", None)
    is_written = letter is None or letter.next_attempt_at is None
    if issued.delivery not in ON_ITS_WAY and is_written:
        return 0
    due = [moment for moment in (issued.next_attempt_at, letter and letter.next_attempt_at) if moment]
    is_soon = not issued.provider.paused_at and all(moment < at + SHORTLY for moment in due)
    return SOON if is_soon else LATER
