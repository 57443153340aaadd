"""The home page of those who administer: what needs them, whether awards are on time, and what was issued."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db.models import FETCH_RAISE, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from achievements.log.freshness import Freshness, measure
from achievements.models import Achievement, Hold
from badges.delivery.standstills import Standstill, standstills_for
from badges.held.adoption import Share, adoption_of, counted, lately
from badges.models import IssuedBadge
from classes.models import Class
from courses.models import CourseAssignment
from courses.states import OPEN_STATES, with_state
from organizations.leading import lead_to_people
from organizations.models import User
from organizations.telling_apart import tell_apart
from tms.home.stacking import Stack, stacked
from tms.home.weekly import BadgeUse, Weekly, most_issued, weekly_for

SEE_SWEEPS, SEE_ISSUED, SEE_PROVIDERS = (
    "achievements.view_sweep",
    "badges.view_issuedbadge",
    "badges.view_badgeprovider",
)
LATEST_SHOWN = 8
RECENT_DAYS = 7
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of the page, and the list behind it."""

    number: int
    label: str | Promise
    icon: str
    url_name: str
    query: str = ""
    is_alarming: bool = False


@dataclass(frozen=True)
class IssuedWeeks:
    """What was issued in the last weeks, and its two drawings."""

    weekly: Weekly
    by_way: Stack
    by_provider: Stack
    most_issued: list[BadgeUse]


@dataclass(frozen=True)
class Lately:
    """What became of the badges issued lately, and the query of the page Adoption that tells the same."""

    shares: list[Share]
    query: str


@dataclass(frozen=True)
class Administering:
    """What the page says to those who administer. `weeks` and `adoption` are None for who may not see what was issued."""

    freshness: Freshness
    figures: list[Figure]
    waiting_holds: int
    weeks: IssuedWeeks | None
    adoption: Lately | None
    latest: list[IssuedBadge]


def administering_of(user: User, *, at: datetime) -> Administering | None:
    """How things stand at this moment; None for who may see no sweeps. At most seventeen queries, whatever there is."""
    if not user.has_perm(SEE_SWEEPS):
        return None
    return Administering(
        freshness=measure(at=at),
        figures=_figures(user, at),
        waiting_holds=Hold.objects.visible_to(user).filter(decision=Hold.Decision.WAITING).count(),
        weeks=_weeks(user, at) if user.has_perm(SEE_ISSUED) else None,
        adoption=_adoption(user, at) if user.has_perm(SEE_ISSUED) else None,
        latest=_latest(user),
    )


def standing_still(user: User) -> list[Standstill]:
    """The providers that bring nothing at present, for those who may see them."""
    return standstills_for(user) if user.has_perm(SEE_PROVIDERS) else []


def _weeks(user: User, at: datetime) -> IssuedWeeks:
    weekly = weekly_for(user, at=at)
    return IssuedWeeks(
        weekly,
        stacked("by-way", weekly.days, weekly.by_way),
        stacked("by-provider", weekly.days, weekly.by_provider),
        most_issued(user, at=at),
    )


def _adoption(user: User, at: datetime) -> Lately:
    """Of whole days, which the page can be asked for."""
    since = lately(at)
    midnight = datetime.combine(since, time.min, tzinfo=timezone.get_current_timezone())
    found = adoption_of(counted(IssuedBadge.objects.visible_to(user)).filter(issued_at__gte=midnight))
    return Lately(found.all, f"?issued_at_after={since}")


def _midnight(at: datetime) -> datetime:
    """The beginning of the day, in the person's time zone."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def _figures(user: User, at: datetime) -> list[Figure]:
    issued = IssuedBadge.objects.visible_to(user)
    since = _midnight(at) - (RECENT_DAYS - 1) * DAY  # whole days, which the list behind the figure can be asked for
    assignments = with_state(CourseAssignment.objects.visible_to(user), at=at)
    return [
        Figure(
            number=Class.objects.visible_to(user).filter(starts_at__lte=at, ends_at__gt=at).count(),
            label=_("Classes running now"),
            icon="academic-cap",
            url_name="classes:list",
            query="?when=running",
        ),
        Figure(
            number=assignments.filter(Q(("state__in", OPEN_STATES))).count(),
            label=_("Open course assignments"),
            icon="book-open",
            url_name="courses:assignments",
            query="?state=open",
        ),
        Figure(
            number=issued.held().filter(issued_at__gte=since).count(),
            label=_("Badges issued in 7 days"),
            icon="check-badge",
            url_name="badges:issued",
            query=f"?issued_at_after={since:%Y-%m-%d}&status=held",
        ),
        Figure(
            number=Achievement.objects.visible_to(user).enabled().count(),
            label=_("Achievements enabled"),
            icon="trophy",
            url_name="achievements:list",
            query="?enabled=true",
        ),
    ]


def _latest(user: User) -> list[IssuedBadge]:
    """The badges issued last to anybody the person administers, by hand or by the sweep."""
    latest = list(
        IssuedBadge.objects.visible_to(user)
        .held()
        .select_related("badge", "student")
        .order_by("-issued_at", "-pk")
        .fetch_mode(FETCH_RAISE)[:LATEST_SHOWN]
    )
    tell_apart([row.student for row in latest], user)
    lead_to_people([row.student for row in latest], user)
    return latest
