"""Offers a person to undo what he or she has just issued: on its own page, and in a bar that follows to the next pages.

The session remembers what was issued, and until when at most: a page of anybody else pays no query for the bar.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from django.db.models import Count, Max
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from badges.issuing import undo_time
from badges.issuing.reports import BatchProgress
from badges.models import IssuanceBatch, undoable
from organizations.models import Organization, User

REMEMBERED, PAGES = "undoable", "pages_of_undoable"
# The moment in the session is of this machine's clock, that of the badges is the database's.
SPARE = 5.0


@dataclass(frozen=True)
class Offer:
    """Of a batch, how many badges can be undone, until when, and for how many more of all `of` seconds."""

    batch_id: int
    count: int
    leaves_at: datetime
    seconds: int
    of: int


def remember(request: HttpRequest, batch_id: int | None, organization: Organization, *, page: str = "") -> None:
    """Let the bar offer it on the person's next pages, where what is issued there can be undone.

    `page`: where it was issued, with all that was chosen there, to go back to after an undo.
    """
    if batch_id is None or not (wait := undo_time(organization)):
        return
    others = dict(_remembered(request))
    pages = {key: known for key, known in request.session.get(PAGES, {}).items() if key in others}
    request.session[REMEMBERED] = others | {str(batch_id): time.time() + wait.total_seconds() + SPARE}
    request.session[PAGES] = pages | {str(batch_id): page}


def page_to_choose_again(request: HttpRequest, batch: IssuanceBatch) -> str:
    """Where the batch was issued, with all that was chosen; "" where this browser does not know."""
    return str(request.session.get(PAGES, {}).get(str(batch.pk), ""))


def offers_to(request: HttpRequest) -> list[Offer]:
    """What the person has issued here and can still undo, the newest first. One query, none for who has issued nothing lately."""
    remembered = [int(key) for key, _until in _remembered(request)]
    if not remembered:
        return []
    batches = IssuanceBatch.objects.filter(pk__in=remembered, issued_by=request.user.pk)
    can_be_undone = undoable("issued_badges")
    found: Any = batches.annotate(
        count=Count("issued_badges", filter=can_be_undone),
        leaves_at=Max("issued_badges__next_attempt_at", filter=can_be_undone),
        now=Now(),
    )
    rows = found.filter(count__gt=0).order_by("-pk")
    return [_offer(row, row.count, row.leaves_at, at=row.now) for row in rows]


def offer_of(batch: IssuanceBatch, progress: BatchProgress, user: User) -> Offer | None:
    """What the batch's own page offers to the user; nothing to anybody but who issued it."""
    if batch.issued_by_id != user.pk or not progress.undoable or progress.leaves_at is None:
        return None
    return _offer(batch, progress.undoable, progress.leaves_at, at=timezone.now())


def _remembered(request: HttpRequest) -> Iterable[tuple[str, float]]:
    """The batches of which something may still be undone, with until when."""
    known = request.session.get(REMEMBERED, {}) if hasattr(request, "session") else {}
    return [(key, until) for key, until in known.items() if until > time.time()]


def _offer(batch: IssuanceBatch, count: int, leaves_at: datetime, *, at: datetime) -> Offer:
    seconds = max(1, ceil((leaves_at - at).total_seconds()))
    return Offer(
        batch.pk, count, leaves_at, seconds, max(seconds, round((leaves_at - batch.created_at).total_seconds()))
    )
