"""Counts the badges issued in each of the last weeks, by way and by provider, and those that students accepted.

Each number comes with the query of Find Issued Badges that lists what it counts.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import FETCH_RAISE, Count, Q
from django.db.models.functions import TruncWeek
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from badges.catalogue.leading import lead_to_badges
from badges.models import Badge, BadgeProvider, IssuedBadge, IssuedBadgeQuerySet, Via, accepted
from badges.pages.forms import BY_HAND, HELD
from organizations.models import User

WEEKS = 13
WEEK, DAY = timedelta(weeks=1), timedelta(days=1)
# As many as a drawing can tell apart, with all the others as one more.
PROVIDERS_SHOWN = 3
BADGES_SHOWN = 5

# How many badges of a provider were issued in the week that begins on a day: (day, provider, automatically).
type Counts = Counter[tuple[date, int, bool]]


@dataclass(frozen=True)
class Number:
    """How many, and the query of the list behind it; no query where no list has just these."""

    count: int
    query: str = ""


@dataclass(frozen=True)
class Series:
    """What is drawn alike: a number for each week, and that of all weeks."""

    label: str | Promise
    weeks: list[Number]
    total: Number


@dataclass(frozen=True)
class Weekly:
    """What was issued in the weeks that begin on these days, the oldest first."""

    days: list[date]
    by_way: list[Series]
    by_provider: list[Series]
    all: Series

    @property
    def series(self) -> list[Series]:
        """The columns of the table."""
        return [*self.by_way, *self.by_provider, self.all]

    @property
    def lines(self) -> list[tuple[date, list[Number]]]:
        """The lines of the table, the newest week first."""
        return [(day, [one.weeks[n] for one in self.series]) for n, day in reversed([*enumerate(self.days)])]


@dataclass(frozen=True)
class BadgeUse:
    """How often a badge was issued in these weeks, and how many of those are accepted now."""

    badge: Badge
    issued: Number
    accepted: Number

    @property
    def percent(self) -> int:
        """The accepted ones, of a hundred."""
        return self.accepted.count * 100 // self.issued.count


def weekly_for(user: User, *, at: datetime) -> Weekly:
    """Of what the user may see, in weeks of the current time zone. Two queries, bounded by the weeks."""
    days = _days(at)
    rows = (
        _issued(user, days)
        .annotate(week=TruncWeek("issued_at"), is_automatic=Q(via=Via.ACHIEVEMENT))
        .order_by()
        .values_list("week", "provider", "is_automatic")
        .annotate(n=Count("pk"))
    )
    counts: Counts = Counter({(week.date(), provider, is_auto): n for week, provider, is_auto, n in rows})
    return Weekly(
        days,
        [
            _series(_("Automatically"), days, counts, lambda _who, is_auto: is_auto, via=Via.ACHIEVEMENT.value),
            _series(_("By hand"), days, counts, lambda _who, is_auto: not is_auto, via=BY_HAND),
        ],
        _by_provider(user, days, counts),
        _series(_("All"), days, counts, lambda _who, _is_auto: True),
    )


def most_issued(user: User, *, at: datetime) -> list[BadgeUse]:
    """The badges that were issued most in these weeks, of those the user may see.

    Three queries, of which one reads what was issued in these weeks, once.
    """
    days = _days(at)
    by_badge = _issued(user, days).order_by().values_list("badge")
    counted = by_badge.annotate(n=Count("pk"), n_accepted=Count("pk", filter=accepted(at)))
    most = list(counted.order_by("-n", "badge")[:BADGES_SHOWN])
    badges = Badge.objects.get_queryset().fetch_mode(FETCH_RAISE).in_bulk([pk for pk, _n, _n_accepted in most])
    lead_to_badges(badges.values(), user)
    return [
        BadgeUse(
            badges[pk],
            Number(n, _query(days[0], days[-1], of_badge=str(pk))),
            Number(n_accepted, _query(days[0], days[-1], of_badge=str(pk), status="accepted")),
        )
        for pk, n, n_accepted in most
    ]


def _days(at: datetime) -> list[date]:
    """The Mondays of the weeks, in the current time zone."""
    today = timezone.localdate(at)
    monday = today - today.weekday() * DAY
    return [monday - n * WEEK for n in reversed(range(WEEKS))]


def _issued(user: User, days: list[date]) -> IssuedBadgeQuerySet:
    return IssuedBadge.objects.visible_to(user).held().filter(_between(days))


def _between(days: list[date]) -> Q:
    """On the index of what was issued last."""
    zone = timezone.get_current_timezone()
    start, end = (datetime.combine(day, time.min, tzinfo=zone) for day in (days[0], days[-1] + WEEK))
    return Q(issued_at__gte=start, issued_at__lt=end)


def _by_provider(user: User, days: list[date], counts: Counts) -> list[Series]:
    """The providers that issued most, and as one all that are left or that the user may not open."""
    totals: Counter[int] = Counter()
    for (_day, provider, _is_auto), n in counts.items():
        totals[provider] += n
    visible = BadgeProvider.objects.visible_to(user).in_bulk(list(totals))
    shown = [visible[pk] for pk, _n in totals.most_common() if pk in visible][:PROVIDERS_SHOWN]
    ids = {provider.pk for provider in shown}
    found = [_series(one.name, days, counts, _is(one.pk), provider=str(one.pk)) for one in shown]
    if totals.keys() - ids:
        found.append(_series(_("Other providers"), days, counts, lambda who, _is_auto: who not in ids, is_listed=False))
    return found


def _is(provider: int) -> Callable[[int, bool], bool]:
    return lambda who, _is_auto: who == provider


def _series(
    label: str | Promise,
    days: list[date],
    counts: Counts,
    belongs: Callable[[int, bool], bool],
    *,
    is_listed: bool = True,
    **narrowed: str,
) -> Series:
    sums: Counter[date] = Counter()
    for (day, provider, is_auto), n in counts.items():
        if belongs(provider, is_auto):
            sums[day] += n
    weeks = [Number(sums[day], _query(day, day, **narrowed) if is_listed else "") for day in days]
    return Series(label, weeks, Number(sums.total(), _query(days[0], days[-1], **narrowed) if is_listed else ""))


def _query(first: date, last: date, **narrowed: str) -> str:
    """Of the list of what was issued from the one week to the other."""
    asked: Mapping[str, str] = {
        "issued_at_after": first.isoformat(),
        "issued_at_before": (last + WEEK - DAY).isoformat(),
        "status": HELD,
        **narrowed,
    }
    return f"?{urlencode(asked)}"
