"""Undoes what was issued by hand before it leaves: it is gone as if it had never been, and nobody is told. Or lets it go.

Nothing coordinates this but the rows: delivery takes what is due, and what can be undone is not due yet. All lock the
row, so of an undo, a Send now and a claim at the same moment one has it, whatever is killed in between.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef
from django.utils.translation import gettext as _

from badges.issuing.reports import ISSUED, UNDONE, UNDONE_CODE
from badges.models import IssuanceBatch, IssuanceItem, IssuedBadge, LetterPause
from operation.retrying import retry_once
from operation.wake import deliver_soon
from organizations.models import User


@dataclass(frozen=True)
class Undone:
    """What stands of a batch after an undo, in pairs: those that were undone, and those that had left before."""

    undone: int
    left: int


@dataclass(frozen=True)
class Sent:
    """What stands of a batch after Send now, in pairs: those that it let go, that had left before, and that were undone."""

    sent: int
    left: int
    undone: int


def undo(batch: IssuanceBatch, *, by: User) -> Undone:
    """Undo what of the batch has not left, for who issued it; for anybody else it changes nothing. Safe to repeat.

    The badges can be issued again at once. The batch keeps its pairs, each of which says that it was undone.
    """
    return retry_once(lambda: _undo(batch, by))


def send_now(batch: IssuanceBatch, *, by: User) -> Sent:
    """Let what of the batch waits to be undone leave at once, for who issued it; for anybody else it changes nothing. Safe
    to repeat. What was undone stays undone.
    """
    return retry_once(lambda: _send_now(batch, by))


@transaction.atomic
def _undo(batch: IssuanceBatch, by: User) -> Undone:
    if ids := _locked(batch, by):
        rows = IssuedBadge.objects.filter(pk__in=ids)
        of_the_same = rows.filter(badge=OuterRef("badge"), student=OuterRef("student"))
        LetterPause.objects.filter(Exists(of_the_same), at=batch.created_at).delete()
        items = IssuanceItem.objects.filter(issued_badge__in=ids)
        items.update(issued_badge=None, code=UNDONE_CODE, message=_("Undone before it left."))
        rows.delete()
    return Undone(**_counts(batch))


@transaction.atomic
def _send_now(batch: IssuanceBatch, by: User) -> Sent:
    ids = _locked(batch, by)
    # Due since they are there: an undo that began before this, and waited for it, finds them gone as well.
    IssuedBadge.objects.filter(pk__in=ids).update(next_attempt_at=F("created_at"))
    if ids:
        deliver_soon()
    counts = _counts(batch)
    return Sent(sent=len(ids), left=counts["left"] - len(ids), undone=counts["undone"])


def _locked(batch: IssuanceBatch, by: User) -> list[int]:
    """What of the batch the person can undo, locked; that it still can be is asked again of the rows that this waited for."""
    rows = IssuedBadge.objects.undoable().filter(batch=batch, batch__issued_by=by)
    return list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def _counts(batch: IssuanceBatch) -> dict[str, int]:
    return batch.items.aggregate(undone=Count("pk", filter=UNDONE), left=Count("pk", filter=ISSUED))
