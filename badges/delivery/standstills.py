"""Why nothing is sent to a provider just now, since when, and who can change that: for whoever waits for a badge."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q
from django.db.models.functions import Now
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from badges.delivery.claims import ON_ITS_WAY
from badges.delivery.pacing import PATIENT_FAILURES
from badges.models import BadgeProvider, BadgeProviderQuerySet, IssuanceBatch, IssuedBadge
from operation.templatetags.display import MOMENT

_FAILS = Q(pace__held_until__gt=Now(), pace__failures__gte=PATIENT_FAILURES)
_STANDS_STILL = Q(is_enabled=False) | Q(paused_at__isnull=False) | _FAILS


@dataclass(frozen=True)
class Standstill:
    """A provider that nothing is sent to just now; `waiting` badges wait for it, where they were counted."""

    provider: BadgeProvider
    waiting: int = 0

    @property
    def words(self) -> str:
        """Why, since when, and who can change it."""
        names = {"provider": self.provider, "organization": self.provider.organization}
        if not self.provider.is_enabled:
            words = _("%(provider)s is switched off. An administrator of %(organization)s can switch it on.")
            return words % names
        if self.provider.paused_at is None:
            return _("%(provider)s does not answer. It is asked again by itself.") % names
        since = formats.date_format(timezone.localtime(self.provider.paused_at), MOMENT)
        words = _("%(provider)s has been paused since %(since)s. An administrator of %(organization)s can resume it.")
        return words % {**names, "since": since}


def standstills(provider_ids: Collection[int]) -> list[Standstill]:
    """Those of the providers that nothing is sent to, by name. One query."""
    return [Standstill(row) for row in _standing_still().filter(pk__in=provider_ids)]


def standstills_of(batch: IssuanceBatch) -> list[Standstill]:
    """Those that badges of the batch wait for. One query."""
    is_waiting = Q(issued_badges__items__batch=batch, issued_badges__delivery__in=ON_ITS_WAY)
    is_waiting &= Q(issued_badges__revoked_at__isnull=True)
    rows = _standing_still().filter(is_waiting).annotate(waiting=Count("issued_badges", distinct=True))
    return [Standstill(row, vars(row)["waiting"]) for row in rows]


def standstill_of(issued: IssuedBadge) -> Standstill | None:
    """What keeps the badge from its provider just now, or None. One query, none for a badge that waits for nothing."""
    if issued.delivery not in ON_ITS_WAY:
        return None
    return next(iter(standstills([issued.provider_id])), None)


def silence_of(issued: IssuedBadge) -> str:
    """What is said of a badge whose provider has not answered; nothing once it has."""
    if issued.delivery == IssuedBadge.Delivery.DELIVERED:
        return ""
    if (found := standstill_of(issued)) is not None:
        return _("The badge waits: %(reason)s") % {"reason": found.words}
    return _("The badge provider has not answered yet: the delivery goes on by itself.")


def _standing_still() -> BadgeProviderQuerySet:
    found = BadgeProvider.objects.filter(_STANDS_STILL).select_related("organization")
    return found.defer("encrypted_token").order_by("name", "pk")
