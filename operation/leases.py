"""Rows that something is due for, each taken by one worker at a time: events to ask for, letters to send.

A lease is the row's own `next_attempt_at`, moved on: a worker that is killed leaves its rows due again. `attempts` tells
whose lease it is, so that a worker that returns after its end overwrites nothing. All moments are the database's. The
rows are of any model that has these two columns.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Model, QuerySet
from django.db.models.functions import Now

# Longer than a provider takes to answer for all that is taken at once, or the slowest mail server.
LEASE = timedelta(minutes=5)


@transaction.atomic
def take[Row: Model](rows: QuerySet[Row], most: int = 1, *, at: datetime | None = None) -> list[Row]:
    """Up to `most` of the rows that are due, the longest due first, for the caller alone until LEASE is over.

    `at` stands for the database's clock.
    """
    due = rows.filter(next_attempt_at__lte=at or Now()).order_by("next_attempt_at", "pk")
    taken = list(due.select_for_update(skip_locked=True, of=("self",))[:most])
    for row in taken:
        row.attempts += 1  # type: ignore[attr-defined]
    if taken:
        _all_of(taken).update(next_attempt_at=(at or Now()) + LEASE, attempts=F("attempts") + 1)
    return taken


def mine[Row: Model](row: Row) -> QuerySet[Row]:
    """The row, if nobody has taken it since."""
    return _all_of([row]).filter(attempts=row.attempts)  # type: ignore[attr-defined]


def give_back[Row: Model](rows: Sequence[Row], wait: timedelta) -> None:
    """Nothing was tried: they are due after `wait`, and no attempt is counted."""
    if rows:
        _all_of(rows).update(next_attempt_at=Now() + wait, attempts=F("attempts") - 1)


def _all_of[Row: Model](rows: Sequence[Row]) -> QuerySet[Row]:
    return type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows])
