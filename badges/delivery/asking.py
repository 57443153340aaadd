"""What a provider is asked for one claimed badge, and in which order: knows when a badge may be sent at all.

Whatever happened before (a killed worker, a lost answer), the provider is asked what it has before anything is sent a
second time; what it has from elsewhere is told apart from what a request of ours made.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.delivery import pacing
from badges.delivery.claims import Claim, moment
from badges.delivery.recording import Adopted, Answer, Failed, NotIssued, Postponed, Unlisted, held_by_another, remember
from badges.delivery.templates_reading import read_template
from badges.models import BadgeTemplate, IssuedBadge
from badges.openbadges.provenance import evidence_of
from badges.providers.base import (
    AlreadyHeld,
    Fault,
    FoundBadges,
    IssueRequest,
    Lasts,
    Missing,
    Provider,
    Recipient,
    RecipientRefused,
    Refused,
    RemoteBadge,
    RemoteState,
    RemoteTemplate,
    TemplateUnusable,
    Unauthorized,
)
from badges.secrets import UnreadableSecretError

logger = logging.getLogger(__name__)

# How often a badge is looked for, at least, before it counts as not there.
LOOKS = 3
# A badge that the provider made so long before we sent ours, by its own clock, may be the one: the time of what it answers
# is not always that of what it stores.
CLOCK_SKEW = timedelta(minutes=5)
UNREADABLE = gettext_lazy("A stored secret cannot be read: it was encrypted with a key that is gone.")
HELD = (RemoteState.ACCEPTED, RemoteState.PENDING)


def ask(opened: Callable[[], Provider], claimed: Claim) -> Answer:
    """What the provider answers, once `opened`. A defect of ours costs this one badge a delay and, if it stays, a failure."""
    try:
        provider = opened()
        return _revoke(provider, claimed) if claimed.issued.revoked_at else _issue(provider, claimed)
    except DatabaseError:
        raise
    except pacing.NoTurnError:
        return Postponed()
    except UnreadableSecretError:
        return Unauthorized(str(UNREADABLE))
    except Exception:
        logger.exception("Issued badge %s could not be delivered.", claimed.issued.pk)
        return defect(claimed)


def defect(claimed: Claim) -> Unlisted | Failed:
    """We failed at this badge, not its provider: it is tried again a few times, looked up first, and then a person is told."""
    if claimed.issued.attempts > LOOKS:
        return Failed("defect", _("We could not deliver this badge because of an internal error. The log says why."))
    return Unlisted(_("We could not deliver this badge because of an internal error. We retry automatically."))


def _issue(opened: Provider, claimed: Claim) -> Answer:
    """Looked up first, if it may be there; whoever was sent it has it, closed account or not."""
    if not claimed.sent_at and (refusal := _no_longer_possible(opened, claimed)):
        return refusal
    is_to_look = _is_to_look(opened, claimed)
    if not isinstance(is_to_look, bool):
        return is_to_look
    if is_to_look and (answer := _look(opened, claimed)):
        return answer
    if claimed.sent_at and (answer := _no_longer_possible(opened, claimed) or _doubt(opened, claimed)):
        return answer
    return _send(opened, claimed)


def _look(opened: Provider, claimed: Claim) -> Answer | None:
    """What the student has at the provider already; None when it is not listed there."""
    found = opened.find_issued(claimed.template_ref, _recipient(claimed.issued))
    if not isinstance(found, FoundBadges):
        return _account_fault(found)
    if theirs := _held(found, claimed):
        words = "" if claimed.sent_at else _("The student already has this badge at the provider.")
        return Adopted(theirs, words)
    ours = _made_since(found, claimed)
    return Adopted(ours) if ours else None


def _is_to_look(opened: Provider, claimed: Claim) -> bool | Fault:
    """Whether the badge may be there, or must not be sent blindly, since nobody would refuse a second one.

    Before a first attempt, too: the database may have been restored from a copy that does not know of an earlier one.
    What the template allows is read where it is not known, and remembered for the others that wait for it.
    """
    if claimed.sent_at or claimed.issued.attempts > 1 or not opened.capabilities.refuses_duplicates:
        return True
    if not opened.capabilities.has_templates or claimed.allows_duplicates is not None:
        return bool(claimed.allows_duplicates)
    template = read_template(claimed.issued.provider, opened, claimed.template_ref, at=timezone.now())
    match template:
        case RemoteTemplate(allows_duplicates=allows):
            return allows
        case Missing():
            return False  # nothing can be issued from it
        case Refused():
            return True
        case _:
            return template


def _send(opened: Provider, claimed: Claim) -> Answer:
    """The request itself. Its refusals are looked into once more where they may concern others, or be our own doing."""
    with claimed.issuing():
        outcome = opened.issue(_request(claimed))
    match outcome:
        case AlreadyHeld():
            return _adopt(opened, claimed, outcome)
        case TemplateUnusable():
            return _confirmed(opened, claimed, outcome)
        case _:
            return outcome


def _adopt(opened: Provider, claimed: Claim, outcome: AlreadyHeld) -> Answer:
    """The provider refused a second badge: find the first. Lists may lag behind, so it is looked for more than once."""
    found = opened.find_issued(claimed.template_ref, _recipient(claimed.issued))
    if not isinstance(found, FoundBadges):
        return _account_fault(found)
    if theirs := _held(found, claimed):
        return Adopted(theirs, "" if claimed.sent_at else outcome.message)
    if ours := _made_since(found, claimed):
        return Adopted(ours)
    if past := [badge for badge in found.badges if badge.external_id not in claimed.others]:
        state = IssuedBadge.Status(past[0].state.value).label
        words = _("%(message)s (The badge is there in the state %(state)s.)")
        return Failed("held_before", words % {"message": outcome.message, "state": state})
    return outcome if _is_settled(claimed) else Unlisted(outcome.message)


def _confirmed(opened: Provider, claimed: Claim, outcome: TemplateUnusable) -> Answer:
    """A refusal that blames the template fails everybody who waits for it: only if the provider says so of the template."""
    template = opened.get_template(claimed.template_ref)
    match template:
        case Missing():
            return outcome
        case RemoteTemplate(state=state) if state != BadgeTemplate.State.ACTIVE:
            return outcome
        case _:
            return RecipientRefused(outcome.message)


def _doubt(opened: Provider, claimed: Claim) -> Answer | None:
    """Sent once, without an answer, and not listed: whether it may be sent again.

    Only where the provider refuses a second badge, which it is asked for now: what was read before may have changed.
    """
    template = opened.get_template(claimed.template_ref)
    if isinstance(template, Refused) and template.lacks and _is_known_strict(claimed):
        return None  # the token may not read templates; what was read of it before has to do
    match template:
        case RemoteTemplate(allows_duplicates=True) if _is_settled(claimed):
            message = _(
                "The provider gave no answer and does not list the badge. Its template allows duplicates, so we do "
                "not send it again automatically. Look at the provider's own pages, then retry to send it."
            )
            return Failed("no_answer", message)
        case RemoteTemplate(allows_duplicates=True):
            return Unlisted(_("The provider gave no answer and does not list the badge yet."))
        case RemoteTemplate() | Missing():
            return None
        case _:
            return template


def _revoke(opened: Provider, claimed: Claim) -> Answer:
    row = claimed.issued
    external_id = row.external_id
    if not external_id and claimed.sent_at is None:
        return NotIssued()
    if not external_id:
        found = opened.find_issued(claimed.template_ref, _recipient(row))
        if not isinstance(found, FoundBadges):
            return _account_fault(found)
        ours = _made_since(found, claimed)
        if ours is None:
            listed = Unlisted(_("The provider does not list the badge yet."))
            return NotIssued() if _is_settled(claimed) else listed
        external_id = ours.external_id
        if not remember(claimed, external_id):
            return held_by_another()
    return opened.revoke(external_id, row.revocation_reason, suppresses_letter=row.is_readdressed)


def _account_fault(answer: Refused | Fault) -> Refused | Fault:
    """A token that may not look is no student's failure: nothing can be delivered safely with it."""
    return Unauthorized(answer.message) if isinstance(answer, Refused) and answer.lacks else answer


def _is_known_strict(claimed: Claim) -> bool:
    templates = BadgeTemplate.objects.filter(provider=claimed.issued.provider_id, external_id=claimed.template_ref)
    return templates.filter(allows_duplicates=False).exists()


def _held(found: FoundBadges, claimed: Claim) -> RemoteBadge | None:
    """A badge of this student's that is held, wherever it comes from."""
    return next((one for one in found.badges if one.state in HELD and one.external_id not in claimed.others), None)


def _made_since(found: FoundBadges, claimed: Claim) -> RemoteBadge | None:
    """The badge that a request of ours may have made, whatever became of it: with our own id, and not over before."""
    if claimed.sent_at is None:
        return None
    earner, since = str(claimed.issued.student.earner_id), claimed.sent_at + _ahead(found) - CLOCK_SKEW
    for badge in found.badges:
        # Held, it can be none that was revoked before: whatever its moment says, it is what is to be adopted or revoked.
        may_be = badge.state in HELD or badge.created_at is None or badge.created_at >= since
        if badge.earner_ref == earner and may_be and badge.external_id not in claimed.others:
            return badge
    return None


def _ahead(found: FoundBadges) -> timedelta:
    """By how much the provider's clock is ahead of ours."""
    return timedelta(0) if found.as_of is None else found.as_of - moment()


def _is_settled(claimed: Claim) -> bool:
    """Looked for often enough, and for long enough since it was sent, to count as not there."""
    sent_at = claimed.sent_at or claimed.claimed_at
    has_waited = claimed.claimed_at - sent_at >= timedelta(seconds=settings.DELIVERY_SETTLE)
    return claimed.issued.looks >= LOOKS and (has_waited or claimed.sent_at is None)


def is_to_be_sent(opened: Provider, claimed: Claim) -> bool:
    """Whether nothing but the sending is left to do: it is claimed for the first time, held, and still possible."""
    is_first = claimed.sent_at is None and claimed.issued.attempts <= 1
    return is_first and not claimed.issued.is_revoked and _no_longer_possible(opened, claimed) is None


def _no_longer_possible(opened: Provider, claimed: Claim) -> Failed | TemplateUnusable | None:
    """What may have changed since the badge was issued here."""
    if not claimed.issued.student.is_active:
        return Failed("student_inactive", _("The student's account was closed before the badge was sent."))
    if opened.capabilities.has_templates and not claimed.template_ref:
        return TemplateUnusable(_("The badge has no badge provider template id."))
    return None


def _recipient(row: IssuedBadge) -> Recipient:
    student = row.student
    return Recipient(row.recipient_email, student.first_name, student.last_name, str(student.earner_id))


def _request(claimed: Claim) -> IssueRequest:
    row = claimed.issued
    return IssueRequest(
        template_ref=claimed.template_ref,
        recipient=_recipient(row),
        issued_at=row.issued_at,
        request_ref=row.public_id,
        expires=row.expires_at or Lasts.TEMPLATE_DEFAULT,
        evidence=evidence_of(row),
        # By the moment of the claim: no letter tells of a badge that had ended before it was issued.
        suppresses_letter=row.has_ended(claimed.claimed_at),
    )
