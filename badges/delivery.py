"""Brings issued badges to their providers: the only code that has a provider issue or revoke anything.

The truth is in the rows; a task, a beat tick, a page or a command only says "look". Providers outside are called
between two short transactions, claim and record, never inside one. Whatever happens between the two (a killed worker,
a lost answer), the provider is asked what it has before anything is sent a second time.
"""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges import pacing
from badges.claims import ON_ITS_WAY, Claim, Due, claim, claim_many, due_providers
from badges.models import BadgeProvider, IssuedBadge
from badges.providers.base import (
    AlreadyHeld,
    Found,
    IssueRequest,
    Lasts,
    Provider,
    Recipient,
    RemoteBadge,
    RemoteState,
    TemplateUnusable,
    Unauthorized,
    Uncertain,
)
from badges.recording import Adopted, Answer, Failed, NotIssued, apply, note, pause, record, remember
from badges.secrets import UnreadableSecretError
from tms.wake import deliver_soon

logger = logging.getLogger(__name__)

# How many badges the built-in issuer signs in one transaction.
CHUNK = 50
# A provider that is held for so many seconds is waited for; longer, and a later look finds it.
SHORT_HOLD = 3.0
# How often a badge is looked for before it counts as not there.
LOOKS = 4
UNREADABLE = gettext_lazy("A stored secret cannot be read: it was encrypted with a key that is gone.")
HELD = (RemoteState.ACCEPTED, RemoteState.PENDING)


def deliver_due(*, seconds: float = 50.0) -> int:
    """Bring everything that is due to its provider; how many rows were handled. Safe to run any number of times at once.

    Takes no new row after `seconds`. Each provider has its own threads, so that a slow one keeps nobody else waiting.
    """
    deadline = time.monotonic() + seconds
    handled = 0
    while time.monotonic() < deadline:
        due = due_providers(settings.DELIVERY_THREADS)
        ready = [one for one in due if not one.held]
        if ready:
            done = _deliver(ready, deadline)
            handled += done
            if not done:
                break
        elif due and (pause_left := min(one.held for one in due)) <= SHORT_HOLD:
            time.sleep(pause_left)
        else:
            break
    return handled


def deliver_now(issued_badge_id: int, *, patience: float) -> IssuedBadge:
    """Try to deliver one badge within `patience` seconds, for a person who waits; the row as it then is.

    What is not done by then goes on by itself: it is `pending` or `uncertain`, never lost.
    """
    deadline = time.monotonic() + patience
    while True:
        row = IssuedBadge.objects.select_related("badge", "student", "provider").get(pk=issued_badge_id)
        left = deadline - time.monotonic()
        if row.delivery not in ON_ITS_WAY or left <= 0:
            return row
        if _work_off(row.provider, _claims(row.provider_id, deadline, only=row.pk), patience=left):
            continue
        if row.delivery != IssuedBadge.Delivery.SENDING:
            return row  # held, paused or not due yet: nothing to wait for
        time.sleep(0.1)  # a worker has it


def retry(rows: QuerySet[IssuedBadge]) -> int:
    """Try again, now, to deliver those of the rows that failed; how many they are."""
    count = rows.filter(delivery=IssuedBadge.Delivery.FAILED).update(
        delivery=IssuedBadge.Delivery.PENDING,
        next_attempt_at=Now(),
        attempts=0,
        failure_code="",
        failure_message="",
    )
    if count:
        deliver_soon()
    return count


def resume(provider: BadgeProvider) -> None:
    """Ask the provider again: what waited goes on its way at once (N10)."""
    BadgeProvider.objects.filter(pk=provider.pk).update(paused_at=None, pause_reason="")
    pacing.release(provider.pk)
    deliver_soon()


__all__ = ["deliver_due", "deliver_now", "pause", "resume", "retry"]


def _deliver(due: list[Due], deadline: float) -> int:
    """One round over the providers; how many rows were handled."""
    providers = {
        provider.pk: provider for provider in BadgeProvider.objects.filter(pk__in=[d.provider_id for d in due])
    }
    outside = [one for one in due if not one.is_built_in and one.provider_id in providers]
    handled = sum(_sign_due(providers[one.provider_id], deadline) for one in due if one.is_built_in)
    if not outside:
        return handled
    share = max(2, settings.DELIVERY_THREADS // len(outside))
    crew = [providers[one.provider_id] for one in outside for _place in range(min(share, one.count))]
    if len(crew) == 1:
        return handled + _take_turns(crew[0], deadline)
    with ThreadPoolExecutor(len(crew), thread_name_prefix="delivery") as pool:
        return handled + sum(pool.map(lambda provider: _in_thread(provider, deadline), crew))


def _in_thread(provider: BadgeProvider, deadline: float) -> int:
    try:
        return _take_turns(provider, deadline)
    finally:
        connection.close()


def _take_turns(provider: BadgeProvider, deadline: float) -> int:
    return _work_off(provider, _claims(provider.pk, deadline))


def _claims(provider_id: int, deadline: float, *, only: int | None = None) -> Iterator[Claim]:
    """One claim after another, each made when the one before is done, until none is due or the time is over."""
    while time.monotonic() < deadline and (claimed := claim(provider_id, only=only)) is not None:
        yield claimed


def _work_off(provider: BadgeProvider, claims: Iterator[Claim], *, patience: float | None = None) -> int:
    """Deliver the claims over one connection to the provider; how many there were."""
    count = 0
    with _opened(provider, patience=patience) as opened:
        if opened is None:
            return 0
        for claimed in claims:
            count += 1
            record(claimed, _ask(opened, claimed))
    return count


@contextmanager
def _opened(provider: BadgeProvider, *, patience: float | None = None) -> Iterator[Provider | None]:
    """The provider at work; None, and it is paused, when its stored secret cannot be read."""
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(pacing.at_work(provider, patience=patience))
        except UnreadableSecretError:
            pause(provider, str(UNREADABLE))
            yield None
        else:
            yield opened


def _sign_due(provider: BadgeProvider, deadline: float) -> int:
    """What the built-in issuer has to sign, a chunk a transaction: nothing outside is asked, so no claim outlives it."""
    count = 0
    with pacing.at_work(provider) as opened:
        while time.monotonic() < deadline:
            with transaction.atomic():
                claims = claim_many(provider.pk, CHUNK)
                answers = [(claimed, _ask(opened, claimed)) for claimed in claims]
                for claimed, answer in answers:
                    apply(claimed.issued, answer)
            if not answers:
                break
            count += len(answers)
            note(*answers[-1])
    return count


def _ask(opened: Provider, claimed: Claim) -> Answer:
    """What the provider answers. A defect of ours costs this one badge a delay and, if it stays, a failure that says so."""
    try:
        return _revoke(opened, claimed) if claimed.issued.revoked_at else _issue(opened, claimed)
    except DatabaseError:
        raise
    except UnreadableSecretError:
        return Unauthorized(str(UNREADABLE))
    except Exception:
        logger.exception("Issued badge %s could not be delivered.", claimed.issued.pk)
        if _looked_often(claimed):
            return Failed("defect", _("The product failed at this badge; its log says why."))
        return Uncertain(_("The product failed at this badge; it is tried again."))


def _issue(opened: Provider, claimed: Claim) -> Answer:
    row = claimed.issued
    if refusal := _no_longer_possible(opened, row):
        return refusal
    if claimed.may_exist or claimed.allows_duplicates:
        found = opened.find_issued(row.badge.provider_template_id, _recipient(row))
        if not isinstance(found, Found):
            return found
        if ours := _ours(found, claimed):
            words = "" if claimed.may_exist else _("The student already has this badge at the provider.")
            return Adopted(ours, words)
        if claimed.may_exist and claimed.allows_duplicates:
            return _unanswered(claimed)
    outcome = opened.issue(_request(row))
    return _adopt(opened, claimed, outcome) if isinstance(outcome, AlreadyHeld) else outcome


def _adopt(opened: Provider, claimed: Claim, outcome: AlreadyHeld) -> Answer:
    """The provider refused a second badge: find the first. Lists may lag behind, so it is looked for more than once."""
    row = claimed.issued
    found = opened.find_issued(row.badge.provider_template_id, _recipient(row))
    if not isinstance(found, Found):
        return found
    if ours := _ours(found, claimed):
        return Adopted(ours, "" if claimed.may_exist else outcome.message)
    if past := [badge for badge in found.badges if badge.external_id not in claimed.others]:
        state = IssuedBadge.Status(past[0].state.value).label
        words = _("%(message)s (The badge is there in the state %(state)s.)")
        return Failed("held_before", words % {"message": outcome.message, "state": state})
    return outcome if _looked_often(claimed) else Uncertain(outcome.message)


def _revoke(opened: Provider, claimed: Claim) -> Answer:
    row = claimed.issued
    external_id = row.external_id
    if not external_id:
        found = opened.find_issued(row.badge.provider_template_id, _recipient(row))
        if not isinstance(found, Found):
            return found
        ours = _ours(found, claimed)
        if ours is None:
            return NotIssued() if _looked_often(claimed) else Uncertain(_("The provider does not list the badge yet."))
        external_id = ours.external_id
        remember(claimed, external_id)
    return opened.revoke(external_id, row.revocation_reason, suppresses_letter=row.is_readdressed)


def _ours(found: Found, claimed: Claim) -> RemoteBadge | None:
    """The badge that is this row's: one that is held, or in any state if a request of ours may have made it."""
    rows = [badge for badge in found.badges if badge.external_id not in claimed.others]
    held = [badge for badge in rows if badge.state in HELD]
    return next(iter(held or (rows if claimed.may_exist else [])), None)


def _unanswered(claimed: Claim) -> Answer:
    """Sent once, without an answer, and not listed: where the provider takes duplicates, only a person may send again."""
    if not _looked_often(claimed):
        return Uncertain(_("The provider gave no answer and does not list the badge yet."))
    message = _(
        "The provider gave no answer and does not list the badge. Its template allows duplicates, so it is not sent a "
        "second time by itself: look at the provider's own pages, then retry."
    )
    return Failed("no_answer", message)


def _looked_often(claimed: Claim) -> bool:
    return claimed.issued.attempts >= LOOKS


def _no_longer_possible(opened: Provider, row: IssuedBadge) -> Failed | TemplateUnusable | None:
    """What may have changed since the badge was issued here."""
    if not row.student.is_active:
        return Failed("student_inactive", _("The student's account was closed before the badge was sent."))
    if opened.capabilities.has_templates and not row.badge.provider_template_id:
        return TemplateUnusable(_("The badge has no badge provider template id."))
    return None


def _recipient(row: IssuedBadge) -> Recipient:
    student = row.student
    return Recipient(row.recipient_email, student.first_name, student.last_name, str(student.earner_id))


def _request(row: IssuedBadge) -> IssueRequest:
    return IssueRequest(
        template_ref=row.badge.provider_template_id,
        recipient=_recipient(row),
        issued_at=row.issued_at,
        request_ref=row.public_id,
        expires=row.expires_at or Lasts.TEMPLATE_DEFAULT,
    )
