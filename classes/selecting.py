"""What is chosen on the Issue Badges page and not issued yet: a row that the address names, or what was issued and undone."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, QueryDict

from badges.issuing.reports import LEFT_OUT
from badges.models import IssuanceBatch, IssuanceItem, Via
from classes.models import Class, Selection
from listing.chosen import MOST_AT_ONCE, is_id, numbers
from organizations.models import User

# A selection that was not touched for so long is no longer issued.
KEPT = timedelta(days=30)
SELECTION, AGAIN = "selection", "again"


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A change of one list: `chosen` takes the place of what it held; what is `taken_off` leaves it."""

    of: Literal["badge_ids", "student_ids"]
    chosen: Sequence[int] | None = None
    taken_off: Collection[int] = ()

    def apply(self, selection: Selection) -> None:
        """Change the list, which never holds more than a press may be about."""
        ids = getattr(selection, self.of) if self.chosen is None else self.chosen
        gone = set(self.taken_off)
        setattr(selection, self.of, [pk for pk in ids if pk not in gone][:MOST_AT_ONCE])


def selection_at(address: QueryDict, klass: Class, user: User) -> Selection:
    """The user's selection that the address names; otherwise one that is not kept yet, of the ids in the address."""
    if former := _former(address, klass, user):
        return former
    mine = Selection.objects.of(user, klass)
    named = key_of(address.get(SELECTION, ""))
    kept = mine.filter(pk=named).first() if named else None
    return kept or Selection(
        user=user,
        klass=klass,
        badge_ids=numbers(address.getlist("badges")),
        student_ids=numbers(address.getlist("students")),
    )


def pairs_again(selection: Selection) -> set[tuple[int, int]]:
    """By (badge id, student id), the pairs that the issuance it has again asked for; none of any other. One query at most."""
    if selection.again is None:
        return set()
    items = IssuanceItem.objects.filter(batch=selection.again).exclude(LEFT_OUT)
    return set(items.values_list("badge_id", "student_id"))


def page_again(request: HttpRequest, batch: IssuanceBatch) -> str:
    """The address of the page that issued the batch with all that was chosen there, should it be undone."""
    query = request.GET.copy()
    for name in (SELECTION, AGAIN, "badges", "students"):
        query.pop(name, None)
    query[AGAIN] = str(batch.pk)
    return f"{request.path}?{query.urlencode()}"


def _former(address: QueryDict, klass: Class, user: User) -> Selection | None:
    """What the user issued from the class with the batch that the address names: chosen once more, and not kept yet."""
    word = address.get(AGAIN, "")
    if not is_id(word):
        return None
    batches = IssuanceBatch.objects.filter(via=Via.ROSTER, source_id=klass.pk, issued_by=user)
    pairs = IssuanceItem.objects.filter(batch__in=batches.filter(pk=int(word))).order_by("pk")
    if not (found := list(pairs.values_list("badge_id", "student_id"))):
        return None
    badges, students = (list(dict.fromkeys(ids)) for ids in zip(*found, strict=True))
    former = Selection(user=user, klass=klass, badge_ids=badges, student_ids=students)
    former.again = int(word)
    return former


def address_of(selection: Selection) -> str:
    """The query that names the selection; one that is not kept is its ids, as the address had them."""
    if is_kept(selection):
        return urlencode({SELECTION: selection.pk})
    if selection.again is not None:
        return urlencode({AGAIN: selection.again})
    return urlencode({"badges": selection.badge_ids, "students": selection.student_ids}, doseq=True)


def is_kept(selection: Selection) -> bool:
    """Whether a row holds it."""
    return not selection._state.adding


def change(selection: Selection, edits: Iterable[Edit], *, at: datetime) -> Selection:
    """The selection after the edits, and kept from now on; of two presses at once, neither is lost."""
    with transaction.atomic():
        locked = Selection.objects.select_for_update().filter(pk=selection.pk).first()
        changed = locked or selection
        for edit in edits:
            edit.apply(changed)
        changed.updated_at = at
        changed.save(force_insert=locked is None)
    return changed


def clear_selections(*, at: datetime) -> None:
    """Delete the selections that nobody has touched for long. Safe to repeat."""
    Selection.objects.filter(updated_at__lt=at - KEPT).delete()


def key_of(word: str) -> uuid.UUID | None:
    """The key that a request names; None for anything else."""
    try:
        return uuid.UUID(word)
    except ValueError:
        return None
