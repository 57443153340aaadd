"""Why nothing is sent to a provider just now, since when, and who can change that: for whoever waits for a badge."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from badges.delivery.pacing import PATIENT_FAILURES
from badges.models import ON_ITS_WAY, BadgeProvider, BadgeProviderQuerySet, IssuanceBatch, IssuedBadge
from operation.templatetags.display import MOMENT
from organizations.models import User

# Held after so many calls without an answer, or because the provider was asked too often and said so.
_IS_HELD = Q(pace__held_until__gt=Now()) & (Q(pace__failures__gte=PATIENT_FAILURES) | Q(pace__refusals__gt=0))
MOST_TOLD = 10
_CHANGE = "badges.change_badgeprovider"
# Not what only asked us to wait: that goes on by itself, within minutes.
NEEDS_A_PERSON = (
    Q(is_enabled=False)
    | Q(paused_at__isnull=False)
    | Q(pace__held_until__gt=Now(), pace__failures__gte=PATIENT_FAILURES)
)
_STANDS_STILL = Q(is_enabled=False) | Q(paused_at__isnull=False) | _IS_HELD


@dataclass(frozen=True)
class Standstill:
    """A provider that nothing is sent to just now; `waiting` badges wait for it, where they were counted.

    `tells_reason`: the reader manages the provider, and may know what it answered.
    """

    provider: BadgeProvider
    waiting: int = 0
    tells_reason: bool = False

    @property
    def words(self) -> str:
        """Why, since when, and who can change it."""
        if not self.provider.is_enabled:
            return self._words_of_switched_off()
        if self.provider.paused_at is not None:
            return self._words_of_paused(self.provider.paused_at)
        return self._words_of_held()

    def _words_of_switched_off(self) -> str:
        if self.provider.disabled_at is None:
            return self._say(_("%(provider)s is switched off. An administrator of %(organization)s can switch it on."))
        words = _(
            "%(provider)s has been switched off since %(moment)s. An administrator of %(organization)s can switch it on."
        )
        return self._say(words, self.provider.disabled_at)

    def _words_of_paused(self, since: datetime) -> str:
        words = _("%(provider)s has been paused since %(moment)s. An administrator of %(organization)s can resume it.")
        if self._refuses_us:
            words = _(
                "%(provider)s has been paused since %(moment)s, because its account or token does not work. "
                "An administrator of %(organization)s can resume it."
            )
        said, reason = self._say(words, since), self.provider.pause_reason
        if not (self.tells_reason and reason):
            return said
        return _("%(said)s Reason: %(reason)s") % {"said": said, "reason": reason}

    @property
    def _refuses_us(self) -> bool:
        """Whether it was paused for its last answer; a person who pauses it gives another reason."""
        return bool(self.provider.pause_reason) and self.provider.pause_reason == self.provider.last_error

    def _words_of_held(self) -> str:
        pace, last = self.provider.pace, self.provider.last_success_at
        if pace.failures < PATIENT_FAILURES and pace.held_until is not None:
            words = _("%(provider)s asked us to wait until %(moment)s. We retry then.")
            return self._say(words, pace.held_until + timedelta(seconds=59))  # told by the minute: not too early
        if last is None:
            return self._say(_("%(provider)s does not answer. We retry automatically."))
        return self._say(_("%(provider)s has not answered since %(moment)s. We retry automatically."), last)

    def _say(self, words: str, moment: datetime | None = None) -> str:
        names = {"provider": self.provider, "organization": self.provider.organization}
        return words % {**names, "moment": formats.date_format(timezone.localtime(moment), MOMENT) if moment else ""}


def standstills(provider_ids: Collection[int], user: User | None = None) -> list[Standstill]:
    """Those of the providers that nothing is sent to, by name, as the user may be told. One query."""
    return [_standstill(row) for row in _standing_still(user).filter(pk__in=provider_ids)]


def standstills_of(batch: IssuanceBatch, user: User) -> list[Standstill]:
    """Those that badges of the batch wait for. One query."""
    is_waiting = Q(issued_badges__items__batch=batch, issued_badges__delivery__in=ON_ITS_WAY)
    is_waiting &= Q(issued_badges__revoked_at__isnull=True)
    rows = _standing_still(user).filter(is_waiting).annotate(waiting=Count("issued_badges", distinct=True))
    return [_standstill(row) for row in rows]


def standstills_for(user: User) -> list[Standstill]:
    """Those of the providers that the user may see and that are switched on, MOST_TOLD of them. One query.

    `waiting` are the badges that the user may see.
    """
    waiting = IssuedBadge.objects.visible_to(user).filter(provider=OuterRef("pk"), delivery__in=ON_ITS_WAY)
    counted = waiting.order_by().values("provider").annotate(n=Count("pk")).values("n")
    rows = _standing_still(user).filter(pk__in=BadgeProvider.objects.visible_to(user).values("pk"), is_enabled=True)
    return [_standstill(row) for row in rows.annotate(waiting=Coalesce(Subquery(counted), 0))[:MOST_TOLD]]


def standstill_of(issued: IssuedBadge, user: User | None = None) -> Standstill | None:
    """What keeps the badge from its provider just now, or None. One query, none for a badge that waits for nothing."""
    if issued.delivery not in ON_ITS_WAY:
        return None
    return next(iter(standstills([issued.provider_id], user)), None)


def silence_of(issued: IssuedBadge) -> str:
    """What is said of a badge whose provider has not answered; nothing once it has."""
    if issued.delivery == IssuedBadge.Delivery.DELIVERED:
        return ""
    if (found := standstill_of(issued)) is not None:
        return _("The badge waits: %(reason)s") % {"reason": found.words}
    if issued.is_undoable and issued.next_attempt_at is not None:
        seconds = ceil((issued.next_attempt_at - timezone.now()).total_seconds())
        return ngettext(
            "It leaves in %(seconds)d second. Until then you can undo it.",
            "It leaves in %(seconds)d seconds. Until then you can undo it.",
            seconds,
        ) % {"seconds": seconds}
    return _("The badge provider has not answered yet. Delivery continues.")


def _standstill(row: BadgeProvider) -> Standstill:
    known = vars(row)
    return Standstill(row, known.get("waiting", 0), known.get("is_managed", False))


def _standing_still(user: User | None) -> BadgeProviderQuerySet:
    found = BadgeProvider.objects.filter(_STANDS_STILL).select_related("organization", "pace")
    if user is not None and user.has_perm(_CHANGE):
        found = found.annotate(is_managed=Exists(BadgeProvider.objects.changeable_by(user).filter(pk=OuterRef("pk"))))
    return found.defer("encrypted_token").order_by("name", "pk")
