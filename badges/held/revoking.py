"""Takes issued badges back, and gives them out again: what a person revokes. Who may, `badges.held.acting` says.

What a provider revoked, `badges.delivery` writes down (`recording`, `applying`).
The row stays, with who, when and why, and frees the pair of badge and student at once (N13). Telling the provider is
delivery's business, with the same guarantees as the issuing: the row is due again until the provider knows.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from badges.issuing.letter_pauses import take_turn
from badges.models import BadgeLetter, IssuanceItem, IssuedBadge
from badges.providers.opening import capabilities_of
from operation.retrying import retry_once
from operation.wake import deliver_soon, write_letters_soon
from organizations.models import User

Delivery = IssuedBadge.Delivery


@dataclass(frozen=True)
class Kept:
    """An issued badge that was not revoked, and why."""

    issued: IssuedBadge
    message: str


@dataclass(frozen=True)
class RevocationReport:
    """What became of each row, in their order of ids."""

    revoked: list[IssuedBadge] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


class NotPendingError(Exception):
    """Only a badge that its holder, with an open account, has not accepted yet can be sent again."""


class EndedError(NotPendingError):
    """The badge has ended: nobody is told of it any more."""


def revoke(rows: Iterable[IssuedBadge], *, by: User, reason: str, at: datetime) -> RevocationReport:
    """Revoke the rows, each for itself; what somebody else revoked meanwhile is kept as it is. Safe to repeat."""
    ids = [row.pk for row in rows]
    return retry_once(lambda: _revoke(ids, by=by, reason=reason, at=at))


def readdress(issued: IssuedBadge, *, email: str, by: User, at: datetime) -> IssuedBadge:
    """Send a badge that waits at the provider to another address: revoked there, and issued anew once it is.

    No provider changes the address of an issued badge: its callers ask who may retry, not who may revoke. The new row
    has the old one's way, moment, evidence, note and link. Raises
    NotPendingError, or TooSoonError where the student was written to a moment ago.
    """
    return retry_once(lambda: _readdress(issued.pk, email=email, by=by, at=at))


def resend(issued: IssuedBadge, *, by: User, at: datetime) -> IssuedBadge:
    """Have the student told again: by our own letter or, where the provider writes it, by issuing the badge anew.

    Raises EndedError, TooSoonError in the pause, and NotPendingError for a provider's badge that was accepted, rejected
    or never sent.
    """
    if issued.has_ended(at):
        raise EndedError
    if capabilities_of(issued.provider).writes_letters:
        return readdress(issued, email=issued.recipient_email, by=by, at=at)
    if issued.revoked_at is not None or issued.is_undoable or not issued.student.is_active:
        raise NotPendingError
    with transaction.atomic():
        take_turn(issued, at=at)
        BadgeLetter.objects.update_or_create(
            issued_badge=issued, defaults={"next_attempt_at": Now(), "attempts": 0, "sent_at": None, "failure": ""}
        )
    write_letters_soon()
    return issued


@transaction.atomic
def _revoke(ids: list[int], *, by: User, reason: str, at: datetime, is_readdressed: bool = False) -> RevocationReport:
    locked = IssuedBadge.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    report = RevocationReport()
    alike: dict[Delivery, list[IssuedBadge]] = defaultdict(list)
    for row in locked.select_related("provider", "badge", "student"):
        if row.revoked_at is not None:
            report.kept.append(Kept(row, _("The badge is revoked already.")))
            continue
        alike[_left_to_deliver(row)].append(row)
        report.revoked.append(row)
    revoked = {
        "status": IssuedBadge.Status.REVOKED,
        "status_changed_at": at,
        "revoked_at": at,
        "revoked_by": by,
        "revocation_reason": reason,
        "is_readdressed": is_readdressed,
        "failure_code": "",
        "failure_message": "",
        "looks": 0,
    }
    for delivery, those in alike.items():
        _write(those, revoked | _of_delivery(delivery))
    if report.revoked:
        deliver_soon()
    return report


def _write(rows: list[IssuedBadge], changes: dict[str, Any]) -> None:
    """One statement, however many rows there are."""
    IssuedBadge.objects.filter(pk__in=[row.pk for row in rows]).update(**changes)
    for row in rows:
        for name, value in changes.items():
            setattr(row, name, value)


def _left_to_deliver(row: IssuedBadge) -> Delivery:
    """Where delivery stands once the row is revoked."""
    if row.delivery == Delivery.SENDING:
        return Delivery.SENDING  # the worker that has it finds it revoked when it writes down the answer
    is_known_at_once = row.provider.is_built_in  # its status lists are made from these rows
    if is_known_at_once or not capabilities_of(row.provider).revokes:
        return Delivery.DELIVERED if row.delivery == Delivery.DELIVERED else Delivery.CANCELLED
    return Delivery.PENDING if row.external_id or row.sent_at else Delivery.CANCELLED


def _of_delivery(delivery: Delivery) -> dict[str, Any]:
    """What else is written of a revoked row whose delivery stands so."""
    if delivery == Delivery.SENDING:
        return {}
    if delivery == Delivery.PENDING:
        return {"delivery": delivery, "next_attempt_at": Now(), "attempts": 0}
    return {"delivery": delivery, "next_attempt_at": None}


@transaction.atomic
def _readdress(pk: int, *, email: str, by: User, at: datetime) -> IssuedBadge:
    rows = IssuedBadge.objects.select_for_update(of=("self",)).select_related("provider", "student")
    if (row := rows.filter(pk=pk).first()) is None:  # undone meanwhile
        raise NotPendingError
    is_waiting = row.revoked_at is None and row.status == IssuedBadge.Status.PENDING and row.student.is_active
    if not is_waiting or row.delivery in (Delivery.SENDING, Delivery.UNCERTAIN):
        raise NotPendingError
    if not row.external_id:
        return _send_to(row, email)
    take_turn(row, at=at)
    _revoke([pk], by=by, reason=_("Issued again to another address."), at=at, is_readdressed=True)
    fresh = IssuedBadge(
        badge_id=row.badge_id,
        student_id=row.student_id,
        provider=row.provider,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        via=row.via,
        source_id=row.source_id,
        source_words=row.source_words,
        evidence=row.evidence,
        note=row.note,
        link=row.link,
        issued_by_id=row.issued_by_id,
        batch_id=row.batch_id,
        status_changed_at=at,
    )
    IssuanceItem.objects.filter(issued_badge=row).update(issued_badge=_send_to(fresh, email))
    return fresh


def _send_to(row: IssuedBadge, email: str) -> IssuedBadge:
    row.recipient_email, row.is_readdressed = email, True
    row.delivery, row.next_attempt_at, row.attempts, row.looks = Delivery.PENDING, Now(), 0, 0
    row.failure_code = row.failure_message = ""
    row.save()
    deliver_soon()
    return row
