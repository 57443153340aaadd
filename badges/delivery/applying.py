"""Applies what a provider tells of a badge to the issued badge: only what is news, and never against our own word."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from badges.models import BadgeProvider, IssuedBadge, ProviderEvent
from badges.providers.base import RemoteBadge, RemoteState

LONGEST_EMAIL = 254
# How far a badge has come in its life. Where no clock tells which of two states is the later one, this does.
_STEPS: dict[str, int] = {"pending": 0, "accepted": 1, "rejected": 1, "revoked": 2}


@transaction.atomic
def apply_state(
    provider: BadgeProvider, remote: RemoteBadge, *, at: datetime, is_current: bool = False
) -> ProviderEvent.Result:
    """Write what the provider tells of one of its badges, if it is news. Safe to repeat, and in any order.

    A badge that is revoked here stays revoked, whatever the provider says: it may not know yet. `is_current`: the
    provider was asked for the badge as it is now, so that changes count that have no moment of their own (an address).
    """
    known = IssuedBadge.objects.select_for_update().filter(provider=provider, external_id=remote.external_id)
    row = known.first() if remote.external_id else None
    if row is None:
        return ProviderEvent.Result.UNKNOWN
    changes = _news(row, remote, at, is_current=is_current)
    if not changes:
        return ProviderEvent.Result.STALE
    moments = (remote.changed_at, row.provider_changed_at)
    changes["provider_changed_at"] = max((moment for moment in moments if moment), default=None)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
    return ProviderEvent.Result.APPLIED


def apply_states(provider: BadgeProvider, badges: Sequence[RemoteBadge], *, at: datetime) -> int:
    """Apply what was just listed; how many were news. Where nothing is, one query and no lock."""
    ids = [badge.external_id for badge in badges if badge.external_id]
    rows = {row.external_id: row for row in IssuedBadge.objects.filter(provider=provider, external_id__in=ids)}
    changed = 0
    for badge in badges:
        row = rows.get(badge.external_id)
        if row is not None and _news(row, badge, at, is_current=True):
            result = apply_state(provider, badge, at=at, is_current=True)
            changed += result is ProviderEvent.Result.APPLIED
    return changed


def _news(row: IssuedBadge, remote: RemoteBadge, at: datetime, *, is_current: bool) -> dict[str, Any]:
    """The fields of the row that the provider's word changes."""
    if row.revoked_at is not None:
        return {}
    if _is_older(remote, row) and not (is_current and remote.state.value == row.status):
        return {}
    told: dict[str, Any] = {
        "status": remote.state.value,
        "accept_url": remote.accept_url if remote.state is RemoteState.PENDING else "",
        "public_url": remote.public_url or row.public_url,
        "expires_at": remote.expires_at or row.expires_at,
        "recipient_email": _address(remote, row),
    }
    if remote.state is RemoteState.REVOKED:
        told |= _revocation(row, remote, at)
    changes = {name: value for name, value in told.items() if getattr(row, name) != value}
    if "status" in changes:
        changes["status_changed_at"] = remote.changed_at or at
    return changes


def _is_older(remote: RemoteBadge, row: IssuedBadge) -> bool:
    """Whether the row knows something later already."""
    told, known = remote.changed_at, row.provider_changed_at
    if told is None or told == known:
        return _STEPS[remote.state] < _STEPS[row.status]
    return known is not None and told < known


def _revocation(row: IssuedBadge, remote: RemoteBadge, at: datetime) -> dict[str, Any]:
    """The provider revoked the badge: there is nothing left to tell it, unless a worker is just about to."""
    told: dict[str, Any] = {
        "revoked_at": remote.changed_at or at,
        "revocation_reason": remote.revocation_reason or _("Revoked at the provider."),
    }
    if row.delivery != IssuedBadge.Delivery.SENDING:
        told |= {"delivery": IssuedBadge.Delivery.DELIVERED.value, "next_attempt_at": None}
    return told


def _address(remote: RemoteBadge, row: IssuedBadge) -> str:
    """The holder's address as the provider has it now; the stored one where it gives none that makes sense."""
    address = remote.recipient_email
    if address.casefold() == row.recipient_email.casefold() or len(address) > LONGEST_EMAIL:
        return row.recipient_email
    try:
        validate_email(address)
    except ValidationError:
        return row.recipient_email
    return address
