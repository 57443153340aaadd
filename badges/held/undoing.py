"""Undoes what was issued by hand before it leaves: it is gone as if it had never been, and nobody is told.

Nothing coordinates this but the rows: delivery takes what is due, and what can be undone is not due yet. Both lock the
row, so of an undo and a claim at the same moment one has it, whatever is killed in between.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _

from badges.issuing.reports import ISSUED, UNDONE, UNDONE_CODE
from badges.models import IssuanceBatch, IssuanceItem, IssuedBadge, LetterPause
from operation.retrying import retry_once
from organizations.models import User


@dataclass(frozen=True)
class Undone:
    """What stands of a batch after an undo, in pairs: those that were undone, and those that had left before."""

    undone: int
    left: int


def undo(batch: IssuanceBatch, *, by: User) -> Undone:
    """Undo what of the batch has not left, for who issued it; for anybody else it changes nothing. Safe to repeat.

    The badges can be issued again at once. The batch keeps its pairs, each of which says that it was undone.
    """
    return retry_once(lambda: _undo(batch, by))


@transaction.atomic
def _undo(batch: IssuanceBatch, by: User) -> Undone:
    rows = IssuedBadge.objects.undoable().filter(batch=batch, batch__issued_by=by)
    # Whether they can still be undone is asked again of the rows that this waited for.
    ids = list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    if ids:
        locked = IssuedBadge.objects.filter(pk__in=ids)
        of_the_same = locked.filter(badge=OuterRef("badge"), student=OuterRef("student"))
        LetterPause.objects.filter(Exists(of_the_same), at=batch.created_at).delete()
        items = IssuanceItem.objects.filter(issued_badge__in=ids)
        items.update(issued_badge=None, code=UNDONE_CODE, message=_("Undone before it left."))
        locked.delete()
    counts = batch.items.aggregate(undone=Count("pk", filter=UNDONE), left=Count("pk", filter=ISSUED))
    return Undone(**counts)
