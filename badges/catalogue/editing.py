"""What follows when a badge is saved or deleted, and what keeps it from being deleted."""

from collections.abc import Callable

from django.db import IntegrityError, models, transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Now
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from badges.catalogue import thumbnails
from badges.models import Badge, BadgeTemplate, IssuedBadge


class NameTakenError(Exception):
    """Another badge of the organization got the name while this one was being written."""


def save_badge(save: Callable[[], Badge]) -> Badge:
    """Save through `save`, all of it or nothing. Raises NameTakenError when the constraint on the name refuses it.

    What was issued stays with the provider that has it; what was never sent goes to the badge's provider of now.
    """
    try:
        with transaction.atomic():
            badge = save()
            _redirect(badge)
    except IntegrityError as error:
        if "badge_name_unique" in str(error):
            raise NameTakenError from error
        raise
    thumbnails.prepare(badge.image)
    return badge


def switch_manual_issuance(badge: Badge, *, is_on: bool) -> bool:
    """Switch Enable Manual Issuance (S18), and say whether that changed anything. Safe to repeat."""
    if badge.manual_issuance is is_on:
        return False
    badge.manual_issuance = is_on
    badge.save(update_fields=["manual_issuance", "modified_at"])
    return True


def use_template(badge: Badge, template: BadgeTemplate) -> None:
    """Have the badge issued from this template of its provider, and leave all else as it is. Safe to repeat."""
    badge.provider_template_id = template.external_id
    badge.save(update_fields=["provider_template_id", "modified_at"])


def _redirect(badge: Badge) -> None:
    """One that a worker has just claimed and not sent is taken from it: its claim ends with its state."""
    claimed = IssuedBadge.Delivery.SENDING
    waiting = (IssuedBadge.Delivery.PENDING, IssuedBadge.Delivery.FAILED, claimed)
    unsent = IssuedBadge.objects.unrevoked().filter(
        badge=badge, sent_at__isnull=True, external_id="", delivery__in=waiting
    )
    moved = unsent.exclude(provider=badge.provider)
    accepted = IssuedBadge.Status.ACCEPTED if badge.provider.is_built_in else IssuedBadge.Status.PENDING
    moved.update(
        provider=badge.provider,
        status=accepted,
        status_changed_at=Now(),
        delivery=Case(When(delivery=claimed, then=Value(IssuedBadge.Delivery.PENDING)), default=F("delivery")),
        next_attempt_at=Case(When(delivery=claimed, then=Now()), default=F("next_attempt_at")),
    )


def delete_badge(badge: Badge) -> str:
    """Delete a badge that nobody was given and nothing uses; otherwise a sentence says what keeps it.

    The foreign keys decide, so that a badge issued at the same moment is never lost.
    """
    try:
        with transaction.atomic():
            badge.delete()
    except models.ProtectedError as error:
        return _why_kept(badge, error.protected_objects)
    except IntegrityError:
        return _("%(badge)s was used a moment ago and cannot be deleted.") % {"badge": badge}
    return ""


def _why_kept(badge: Badge, users: set[models.Model]) -> str:
    issued = sum(isinstance(user, IssuedBadge) for user in users)
    if issued:
        said = ngettext(
            "%(badge)s cannot be deleted: it was issued %(count)s time, and what was issued stays on record.",
            "%(badge)s cannot be deleted: it was issued %(count)s times, and what was issued stays on record.",
            issued,
        )
        return said % {"badge": badge, "count": localize(issued)}
    names = sorted({str(user._meta.verbose_name_plural) for user in users})
    return _("%(badge)s cannot be deleted: it is used by %(names)s.") % {"badge": badge, "names": ", ".join(names)}
