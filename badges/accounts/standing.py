"""How a provider stands, for its page (N10): what waits, what failed, and which templates endanger its badges."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from badges.delivery.pacing import PATIENT_FAILURES
from badges.models import ON_ITS_WAY, Badge, BadgeProvider, BadgeTemplate, IssuedBadge, ProviderEvent, ProviderPace
from badges.providers.base import Scope
from organizations.leading import lead_to_people
from organizations.models import User
from organizations.telling_apart import tell_apart

# A token that ends within this time is worth a warning.
TOKEN_WARNING = timedelta(days=30)
ERRORS_SHOWN = 5


@dataclass(frozen=True)
class Backlog:
    """What the provider has not been told yet, and what it will not be told without a person."""

    waiting: int
    uncertain: int
    failed: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class RequestHold:
    """Until when nothing is asked, and after how many calls without an answer; 0: the provider asked for the pause."""

    until: datetime
    failures: int


_LACKS = {
    Scope.TEMPLATES: _("The API token may not read badge templates, so the list of templates may be out of date."),
    Scope.EVENTS: _("The API token may not read events, so changes arrive later, by polling."),
    Scope.ISSUED_BADGES: _(
        "The API token may not look up issued badges. We cannot see what students accept, and a badge whose answer was "
        "lost fails."
    ),
}


@dataclass(frozen=True)
class Announcements:
    """What webhooks announced: what is still to be asked for, what was given up, and when the last one came."""

    waiting: int
    given_up: int
    last_at: datetime | None


@dataclass(frozen=True)
class TemplateInUse:
    """A template that badges use and that needs attention."""

    template: BadgeTemplate
    badges: Sequence[Badge]


@dataclass(frozen=True)
class Templates:
    """The templates that badges use: `unusable` ones, those that are `loose` about duplicates, and ids never listed."""

    count: int
    unusable: list[TemplateInUse]
    loose: list[TemplateInUse]
    unknown: list[Badge]


def queue_of(provider: BadgeProvider) -> Backlog:
    """Counted over all badges of the provider, whoever's they are. Two queries."""
    rows = IssuedBadge.objects.filter(provider=provider)
    counts = rows.filter(delivery__in=ON_ITS_WAY).aggregate(
        waiting=Count("pk", filter=~Q(delivery=IssuedBadge.Delivery.UNCERTAIN)),
        uncertain=Count("pk", filter=Q(delivery=IssuedBadge.Delivery.UNCERTAIN)),
        # What is revoked waits since then.
        oldest_at=Min(Coalesce("revoked_at", "created_at")),
    )
    return Backlog(failed=rows.filter(delivery=IssuedBadge.Delivery.FAILED).count(), **counts)


def waiting_for(provider: BadgeProvider) -> int:
    """How many badges are on their way to the provider, whoever's they are, or have to be taken back there."""
    return IssuedBadge.objects.filter(provider=provider, delivery__in=ON_ITS_WAY).count()


def last_failures(provider: BadgeProvider, user: User) -> list[IssuedBadge]:
    """The badges that failed last, of those the user may see, with the provider's words."""
    failed = IssuedBadge.objects.visible_to(user).filter(provider=provider, delivery=IssuedBadge.Delivery.FAILED)
    newest = failed.select_related("badge", "student").order_by(F("failed_at").desc(nulls_last=True), "-pk")
    rows = list(newest[:ERRORS_SHOWN])
    tell_apart([row.student for row in rows], user)
    lead_to_people([row.student for row in rows], user)
    return rows


def announcements_of(provider: BadgeProvider) -> Announcements:
    """One query."""
    counts = ProviderEvent.objects.filter(provider=provider).aggregate(
        waiting=Count("pk", filter=Q(result=ProviderEvent.Result.WAITING)),
        given_up=Count("pk", filter=Q(result=ProviderEvent.Result.GIVEN_UP)),
        last_at=Max("received_at"),
    )
    return Announcements(**counts)


def templates_of(provider: BadgeProvider) -> Templates:
    """Two queries, however many templates there are."""
    templates = {row.external_id: row for row in BadgeTemplate.objects.filter(provider=provider).defer("description")}
    badges: dict[str, list[Badge]] = defaultdict(list)
    for badge in Badge.objects.filter(provider=provider).order_by("name", "pk"):
        badges[badge.provider_template_id].append(badge)
    used = [TemplateInUse(row, badges[key]) for key, row in sorted(templates.items()) if key in badges]
    usable = BadgeTemplate.State.ACTIVE
    return Templates(
        count=sum(row.state != BadgeTemplate.State.GONE for row in templates.values()),
        unusable=[one for one in used if one.template.state != usable],
        loose=[one for one in used if one.template.allows_duplicates and one.template.state == usable],
        unknown=[badge for key, those in badges.items() if key not in templates for badge in those],
    )


def hold_of(provider: BadgeProvider) -> RequestHold | None:
    """The hold that delivery keeps to, if there is one just now. One query."""
    pace = ProviderPace.objects.filter(provider=provider, held_until__gt=Now()).first()
    if pace is None or pace.held_until is None:
        return None
    return RequestHold(pace.held_until, pace.failures if pace.failures >= PATIENT_FAILURES else 0)


def lacks_of(provider: BadgeProvider) -> list[str]:
    """What the token may not do, and what follows from that."""
    return [str(words) for scope, words in _LACKS.items() if scope in provider.lacking_scopes]


def token_ends_soon(provider: BadgeProvider, *, at: datetime) -> bool:
    """Whether the token has ended or is about to."""
    return provider.token_expires_at is not None and provider.token_expires_at <= at + TOKEN_WARNING
