"""What waits for a person on the home page: classes to teach, the state of things to administer, rewards to enjoy."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from achievements.log.freshness import Freshness, measure
from achievements.log.undelivered import may_open, undelivered_for
from achievements.models import Achievement, EarnedAchievement, Hold
from badges.delivery.standstills import Standstill, standstills_for
from badges.models import IssuedBadge
from classes.models import Class, Enrollment
from courses.models import CourseAssignment
from organizations.leading import lead_to_people
from organizations.models import User
from organizations.telling_apart import tell_apart

CLASSES_SHOWN = 12
REWARDS_SHOWN = 9
LATEST_SHOWN = 8
RECENT_DAYS = 7
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of the dashboard, and the list behind it."""

    number: int
    label: str | Promise
    icon: str
    url_name: str
    query: str = ""
    is_alarming: bool = False


@dataclass(frozen=True)
class Home:
    """Everything the page shows; what does not concern the person is empty, and `rewards_are_shown` False."""

    today: list[Class] = field(default_factory=list)
    to_come: list[Class] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    latest: list[IssuedBadge] = field(default_factory=list)
    freshness: Freshness | None = None
    waiting_holds: int = 0
    standstills: list[Standstill] = field(default_factory=list)
    badges: list[IssuedBadge] = field(default_factory=list)
    achievements: list[EarnedAchievement] = field(default_factory=list)
    takes_part: bool = True
    is_instructor: bool = False
    is_administrator: bool = False

    @property
    def rewards_are_shown(self) -> bool:
        """To those who only learn here always, to those who also teach or administer once there is one."""
        return bool(self.badges or self.achievements) or not (self.is_instructor or self.is_administrator)


def home_of(user: User, *, at: datetime) -> Home:
    """The person's home page at this moment. At most fourteen queries, whatever there is."""
    taught = _classes(user, at) if user.has_perm("classes.view_enrollment") else []
    is_administrator = user.has_perm("achievements.view_sweep")
    return Home(
        today=[klass for klass in taught if klass.starts_at < _midnight(at) + DAY],
        to_come=[klass for klass in taught if klass.starts_at >= _midnight(at) + DAY],
        figures=_figures(user, at) if is_administrator else [],
        latest=_latest(user) if is_administrator else [],
        freshness=measure(at=at) if is_administrator else None,
        waiting_holds=_waiting_holds(user) if is_administrator else 0,
        standstills=standstills_for(user) if user.has_perm("badges.view_badgeprovider") else [],
        badges=_badges(user),
        achievements=_achievements(user),
        takes_part=user.participates_in_achievements and user.organization.achievements_enabled,
        is_instructor=user.has_perm("classes.view_enrollment"),
        is_administrator=is_administrator,
    )


def _midnight(at: datetime) -> datetime:
    """The beginning of the day, in the person's time zone."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def _classes(user: User, at: datetime) -> list[Class]:
    """Those the person teaches that end today or later, the next ones first, with `enrolled` and `is_running`."""
    enrolled = models.Count("enrollments", filter=models.Q(enrollments__enrollment_status=Enrollment.Status.ENROLLED))
    return list(
        Class.objects.with_roster_for(user)
        .filter(pk__in=Class.objects.taught_by(user).values("pk"), ends_at__gte=_midnight(at))
        .annotate(enrolled=enrolled, is_running=models.Q(starts_at__lte=at, ends_at__gt=at))
        .select_related("course", "organization")
        .order_by("starts_at", "pk")
        .fetch_mode(models.FETCH_RAISE)[:CLASSES_SHOWN]
    )


def _figures(user: User, at: datetime) -> list[Figure]:
    issued = IssuedBadge.objects.visible_to(user)
    since = _midnight(at) - (RECENT_DAYS - 1) * DAY  # whole days, which the list behind the figure can be asked for
    assignments = CourseAssignment.objects.managed_by(user).filter(completed_at=None, cancelled_at=None)
    return [
        Figure(
            number=Class.objects.visible_to(user).filter(starts_at__lte=at, ends_at__gt=at).count(),
            label=_("Classes running now"),
            icon="academic-cap",
            url_name="classes:list",
            query="?when=running",
        ),
        Figure(
            number=assignments.exclude(expires_at__lte=at).count(),
            label=_("Open course assignments"),
            icon="book-open",
            url_name="courses:assignments",
        ),
        Figure(
            number=issued.held().filter(issued_at__gte=since).count(),
            label=_("Badges issued in 7 days"),
            icon="check-badge",
            url_name="badges:issued",
            query=f"?issued_at_after={since:%Y-%m-%d}&status=held",
        ),
        *_undelivered(user),
        Figure(
            number=Achievement.objects.visible_to(user).enabled().count(),
            label=_("Achievements enabled"),
            icon="trophy",
            url_name="achievements:list",
            query="?enabled=true",
        ),
    ]


def _undelivered(user: User) -> list[Figure]:
    """The one red figure, of all that did not arrive; none for who may not open the list behind it."""
    if not may_open(user):
        return []
    number = undelivered_for(user).count()
    return [
        Figure(
            number=number,
            label=_("Badges not delivered"),
            icon="exclamation-triangle",
            url_name="achievements:undelivered",
            is_alarming=number > 0,
        )
    ]


def _waiting_holds(user: User) -> int:
    """How many achievements the approval limit holds that somebody of the user's organizations has to decide about (N5)."""
    return Hold.objects.visible_to(user).filter(decision=Hold.Decision.WAITING).count()


def _latest(user: User) -> list[IssuedBadge]:
    """The badges issued last to anybody the person administers, by hand or by the sweep."""
    latest = list(
        IssuedBadge.objects.visible_to(user)
        .held()
        .select_related("badge", "student")
        .order_by("-issued_at", "-pk")
        .fetch_mode(models.FETCH_RAISE)[:LATEST_SHOWN]
    )
    tell_apart([row.student for row in latest], user)
    lead_to_people([row.student for row in latest], user)
    return latest


def _badges(user: User) -> list[IssuedBadge]:
    """The newest badges the person holds (S128)."""
    return list(
        IssuedBadge.objects.held()
        .filter(student=user)
        .select_related("badge__organization", "provider")
        .order_by("-issued_at", "-pk")
        .fetch_mode(models.FETCH_RAISE)[:REWARDS_SHOWN]
    )


def _achievements(user: User) -> list[EarnedAchievement]:
    """The newest achievements, each once however often it was earned; empty for users who opted out (S89)."""
    if not (user.participates_in_achievements and user.organization.achievements_enabled):
        return []
    return list(
        EarnedAchievement.objects.filter(user=user, nth=1)
        .select_related("achievement")
        .order_by("-earned_at", "-pk")
        .fetch_mode(models.FETCH_RAISE)[:REWARDS_SHOWN]
    )
