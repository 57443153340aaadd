"""Writes what a provider answered into the issued badge: the only code that says what an answer means for it.

Every answer is written by one rule and in one transaction, and only while the claim is still the caller's: an answer
that comes after the lease is dropped, since the worker that has the row then looks the badge up anyway.
"""

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from badges.delivery import verdicts
from badges.delivery.claims import Claim
from badges.models import BadgeLetter, IssuedBadge
from badges.providers.base import (
    MAX_MESSAGE,
    AlreadyHeld,
    Fault,
    Issued,
    Missing,
    NotSent,
    RateLimited,
    RecipientRefused,
    Refused,
    RemoteBadge,
    RemoteState,
    Revoked,
    TemplateUnusable,
    Unauthorized,
    Uncertain,
)
from badges.providers.opening import capabilities_of
from operation.wake import write_letters_soon

logger = logging.getLogger(__name__)

BY_HAND = ("roster", "assignment", "admin")
# Seconds before a badge is tried again whose provider said "too often" and nothing else.
RATE_PAUSE = 1.0
# A badge that gets no answer so often, from a provider that answers for others, is handed to a person.
MOST_ATTEMPTS = 30


@dataclass(frozen=True)
class Adopted:
    """The provider has the badge already: from a request of ours whose answer was lost, or (`words`) from elsewhere."""

    badge: RemoteBadge
    words: str = ""


@dataclass(frozen=True)
class Unlisted:
    """It may be there and is not listed (yet): to be looked for again."""

    message: str


@dataclass(frozen=True)
class NotIssued:
    """A revoked badge turned out to have never reached the provider."""


@dataclass(frozen=True)
class Postponed:
    """Nothing was asked: no turn was free, or the claim was over before anything left."""


@dataclass(frozen=True)
class Failed:
    """The badge will not be delivered without a person: a code for programs and a sentence for people."""

    code: str
    message: str


CODES: dict[type[object], str] = {
    RecipientRefused: "recipient_refused",
    AlreadyHeld: "already_held",
    TemplateUnusable: "template_unusable",
    Refused: "refused",
}

type Answer = (
    Issued
    | Adopted
    | Unlisted
    | AlreadyHeld
    | RecipientRefused
    | TemplateUnusable
    | Revoked
    | Missing
    | Refused
    | NotIssued
    | Postponed
    | Failed
    | Fault
)


def record(claim: Claim, answer: Answer) -> bool:
    """Write the answer into the claimed row; False if the claim has expired; nothing is written.

    What it says about the provider comes first, so that one that is paused by it is not asked for this row again.
    """
    note(claim, answer)
    with transaction.atomic():
        row = (
            IssuedBadge.objects.select_for_update(of=("self",))
            .select_related("student__organization")
            .filter(pk=claim.issued.pk, claimed_at=claim.claimed_at, delivery=IssuedBadge.Delivery.SENDING)
            .first()
        )
        if row is None:
            logger.warning("The answer for issued badge %s came after its claim had ended.", claim.issued.pk)
        else:
            row.provider = claim.issued.provider  # read once
            apply(row, answer, sent_before=claim.sent_at)
    return row is not None


def apply(row: IssuedBadge, answer: Answer, *, sent_before: datetime | None) -> None:
    """What the answer means for the row, which the caller's transaction has locked.

    `sent_before`: its `sent_at` when it was claimed, which holds again if nothing was done this time.
    """
    match answer:
        case Issued(badge=badge):
            _known(row, badge, words="")
        case Adopted(badge=badge, words=words):
            _known(row, badge, words=words)
        case Revoked():
            _settled(row, IssuedBadge.Delivery.DELIVERED)
        case NotIssued():
            _settled(row, IssuedBadge.Delivery.CANCELLED)
        case Missing():
            _refused(row, "not_found", _("The provider does not know the badge. If it was deleted there, that is all."))
        case Failed(code=code, message=message):
            _refused(row, code, message)
        case RecipientRefused() | AlreadyHeld() | TemplateUnusable() | Refused():
            _decided(row, answer)
        case _:
            _later(row, answer, sent_before)


def _decided(row: IssuedBadge, answer: RecipientRefused | AlreadyHeld | TemplateUnusable | Refused) -> None:
    """The provider said no. Of a badge that was revoked meanwhile, that may be all, or something to take back."""
    if row.revoked_at is None or isinstance(answer, Refused):
        _refused(row, CODES[type(answer)], answer.message)
    elif isinstance(answer, AlreadyHeld):
        _again(row, timedelta(0), may_exist=True)
    else:
        _settled(row, IssuedBadge.Delivery.CANCELLED)


def _later(row: IssuedBadge, answer: Unlisted | Postponed | Fault, sent_before: datetime | None) -> None:
    """Nothing is decided: when to try again, and whether the badge may exist by now."""
    if isinstance(answer, Unauthorized | RateLimited | NotSent | Postponed):
        row.sent_at = sent_before
    match answer:
        case Unauthorized():
            _again(row, timedelta(0), may_exist=sent_before is not None)
        case RateLimited(retry_after=seconds):
            _again(row, _spread(seconds or RATE_PAUSE), may_exist=sent_before is not None)
        case Postponed():
            row.attempts = max(0, row.attempts - 1)
            _again(row, _spread(RATE_PAUSE), may_exist=sent_before is not None)
        case NotSent():
            _again(row, backoff(row.attempts), may_exist=sent_before is not None)
        case Unlisted():
            row.looks += 1
            _again(row, backoff(row.looks), may_exist=True)
        case Uncertain(message=message):
            if _is_alone_in_trouble(row):
                _refused(row, "no_answer", message)
            else:
                _again(row, backoff(row.attempts), may_exist=row.sent_at is not None)


def _is_alone_in_trouble(row: IssuedBadge) -> bool:
    """The provider answers, for others, and never for this badge: retrying would never end."""
    answered_at = row.provider.last_success_at
    lately = timezone.now() - timedelta(hours=2)
    return row.attempts >= MOST_ATTEMPTS and answered_at is not None and answered_at > lately


def backoff(attempts: int) -> timedelta:
    """How long to wait after the given number of attempts, spread by chance so that a crowd does not come back at once."""
    waits = settings.DELIVERY_BACKOFF
    return _spread(waits[min(attempts, len(waits)) - 1])


def remember(claim: Claim, external_id: str) -> bool:
    """Note which of the provider's badges the claimed row is; False if that one is another row's."""
    try:
        with transaction.atomic():
            claimed = IssuedBadge.objects.filter(pk=claim.issued.pk, claimed_at=claim.claimed_at)
            claimed.update(external_id=external_id)
    except IntegrityError:
        return False
    return True


def held_by_another() -> Failed:
    """The provider's badge is another issued badge's here."""
    return Failed("held_by_another", _("The provider's badge belongs to another issued badge here."))


def _spread(seconds: float) -> timedelta:
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - spreads the load, guards nothing


def _known(row: IssuedBadge, badge: RemoteBadge, *, words: str) -> None:
    """The provider has the badge, and under which id. With `words` it is not from us: then it is not ours to revoke."""
    if row.revoked_at is not None and words:
        _settled(row, IssuedBadge.Delivery.CANCELLED)
        return
    row.external_id = badge.external_id
    row.recipient_email = badge.recipient_email or row.recipient_email
    row.public_url, row.accept_url = badge.public_url, badge.accept_url
    row.expires_at = badge.expires_at or row.expires_at
    row.provider_changed_at = badge.changed_at
    row.delivered_at = row.delivered_at or timezone.now()
    if row.revoked_at is not None:  # while it was being sent: now the provider can be told
        row.delivery, row.next_attempt_at, row.attempts = IssuedBadge.Delivery.PENDING, Now(), 0
    else:
        row.delivery, row.next_attempt_at = IssuedBadge.Delivery.DELIVERED, None
        _take_state(row, badge)
    # A person may have reissued what a sweep had issued, and waits for the answer.
    is_asked_for = bool(words) and (row.via in BY_HAND or row.issued_by_id is not None)
    row.failure_code, row.failure_message = ("already_held", words[:MAX_MESSAGE]) if is_asked_for else ("", "")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "issued_badge_adopted_once" not in str(error):
            raise
        stored = IssuedBadge.objects.select_related("provider").get(pk=row.pk)
        refusal = held_by_another()
        _refused(stored, refusal.code, refusal.message)
        return
    _write_letter(row)


def _take_state(row: IssuedBadge, badge: RemoteBadge) -> None:
    status = IssuedBadge.Status(badge.state.value)
    if badge.state is RemoteState.REVOKED:
        row.revoked_at = badge.changed_at or timezone.now()
        row.revocation_reason = badge.revocation_reason or _("Revoked at the provider.")
    if row.status != status:
        row.status, row.status_changed_at = status, timezone.now()


def _settled(row: IssuedBadge, delivery: IssuedBadge.Delivery) -> None:
    row.delivery, row.next_attempt_at = delivery, None
    row.failure_code = row.failure_message = ""
    row.save(update_fields=["delivery", "next_attempt_at", "failure_code", "failure_message"])


def _refused(row: IssuedBadge, code: str, message: str) -> None:
    """A person has to see to it."""
    row.delivery, row.next_attempt_at = IssuedBadge.Delivery.FAILED, None
    row.failure_code, row.failure_message, row.failed_at = code, message[:MAX_MESSAGE], Now()
    row.save(update_fields=["delivery", "next_attempt_at", "failure_code", "failure_message", "failed_at"])
    if code == CODES[TemplateUnusable]:
        _refuse_the_others(row, message)


def _refuse_the_others(row: IssuedBadge, message: str) -> None:
    """What waits for the same template would be refused alike: it is not even sent."""
    waiting = IssuedBadge.objects.filter(
        badge=row.badge_id,
        provider=row.provider_id,
        delivery=IssuedBadge.Delivery.PENDING,
        sent_at__isnull=True,
        revoked_at__isnull=True,
    )
    locked = waiting.select_for_update(skip_locked=True).order_by("pk").values("pk")
    IssuedBadge.objects.filter(pk__in=locked).update(
        delivery=IssuedBadge.Delivery.FAILED,
        next_attempt_at=None,
        failure_code="template_unusable",
        failure_message=message[:MAX_MESSAGE],
        failed_at=Now(),
    )


def _again(row: IssuedBadge, wait: timedelta, *, may_exist: bool) -> None:
    row.delivery = IssuedBadge.Delivery.UNCERTAIN if may_exist else IssuedBadge.Delivery.PENDING
    row.next_attempt_at = Now() + wait
    row.save(update_fields=["delivery", "next_attempt_at", "attempts", "sent_at", "looks"])


def _write_letter(row: IssuedBadge) -> None:
    """A badge that had ended before it was issued stands in its holder's history, and nobody is told of it."""
    is_told_by_us = not capabilities_of(row.provider).writes_letters
    if row.revoked_at is not None or row.has_ended(timezone.now()):
        return
    if is_told_by_us and row.student.organization.emails_badges:
        BadgeLetter.objects.bulk_create([BadgeLetter(issued_badge=row, next_attempt_at=Now())], ignore_conflicts=True)
        write_letters_soon()


def note(claim: Claim, answer: Answer) -> None:
    """What the answer says about the provider; nothing, where it was not asked."""
    if not isinstance(answer, NotIssued | Failed | Postponed):
        verdicts.note(claim.issued.provider, answer, is_of_badge=True, is_probe=claim.is_probe)
