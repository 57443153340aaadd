"""Measures the promise that an award comes within one hour (N7): from the log of sweeps, the queue and the awards' delays.

The full sweep keeps the promise whatever else fails, so its age is what matters most. A record *waits* while the hint
written with it is in the queue: its student was not processed since. A record whose hint was lost is not counted
before the next full sweep, and therefore stands in `unconfirmed_since` only; its delay is measured when it is awarded.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import pairwise

from celery.schedules import crontab
from django.conf import settings
from django.db.models import Aggregate, Count, DurationField, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce, Trunc

from achievements.models import Achievement, EarnedAchievement, Sweep
from achievements.sweep import underway
from courses.models import TrainingRecord
from operation.models import SweepHint
from operation.promises import Promise
from organizations.models import User

PROMISE = HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(hours=24)
MONTH = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How things stood at the moment `at`. Late means more than 60 whole minutes, as people read them off a page."""

    at: datetime
    last: Sweep | None
    running: Sweep | None
    due_since: datetime | None
    oldest_waiting_at: datetime | None

    @property
    def age(self) -> timedelta | None:
        """Since the last full sweep came to its end; before the first, since there is an achievement to award."""
        return None if self.due_since is None else max(self.at - self.due_since, timedelta())

    @property
    def waited(self) -> timedelta | None:
        """How long the oldest waiting record has waited; None when nothing waits."""
        return None if self.oldest_waiting_at is None else max(self.at - self.oldest_waiting_at, timedelta())

    @property
    def next_at(self) -> datetime:
        """When beat starts the next full sweep."""
        return next_full_sweep(after=self.at)

    @property
    def is_sweep_late(self) -> bool:
        """Whether no full sweep ended within the hour, and none that began within it is being worked at."""
        if self.running is not None and self.due_since is not None:
            began_in_time = not _is_over(self.running.started_at - self.due_since)
            if began_in_time and not _is_over(self.at - self.running.started_at):
                return False
        return _is_over(self.age)

    @property
    def is_queue_late(self) -> bool:
        """Whether something has waited in the queue for longer than an hour."""
        return _is_over(self.waited)

    @property
    def is_late(self) -> bool:
        """Red."""
        return self.is_sweep_late or self.is_queue_late


def measure(*, at: datetime) -> Freshness:
    """How things stand. Three queries, each on the end of an index; a fourth before the first full sweep."""
    last = underway.last_full_sweep(is_finished=True)
    # The smallest id is the oldest, as near as matters, and costs no walk through a long queue.
    due = SweepHint.objects.filter(Q(due_at__isnull=True) | Q(due_at__lte=at)).order_by("pk")
    oldest = due.values_list(Coalesce("due_at", "created_at"), flat=True).first()
    return Freshness(
        at=at,
        last=last,
        running=underway.running(),
        due_since=last.finished_at if last else _first_achievement_at(),
        oldest_waiting_at=oldest,
    )


def promises(*, at: datetime) -> list[Promise]:
    """What `measure` found, for monitors."""
    now = measure(at=at)
    return [
        Promise("full_sweep", not now.is_sweep_late, now.age, PROMISE),
        Promise("oldest_record", not now.is_queue_late, now.waited, PROMISE),
    ]


def last_full_sweep() -> timedelta | None:
    """How long the last one took that came to its end. One query."""
    last = underway.last_full_sweep(is_finished=True)
    return None if last is None or last.finished_at is None else last.finished_at - last.started_at


def unconfirmed_since(freshness: Freshness) -> datetime | None:
    """When the oldest record was written that no full sweep has seen: drains have looked at it, if its hint was not lost.

    None when there is none, and before the first full sweep. One query, which reads what was written since.
    """
    if freshness.last is None:
        return None
    records = TrainingRecord.objects.filter(recorded_at__gt=freshness.last.started_at)
    oldest: datetime | None = records.aggregate(oldest=Min("recorded_at"))["oldest"]
    return oldest


def next_full_sweep(*, after: datetime) -> datetime:
    """The next moment at which beat starts a full sweep, by its own schedule."""
    schedule: crontab = settings.CELERY_BEAT_SCHEDULE["award-everybody"]["schedule"]
    last, delta, _now = schedule.remaining_delta(after)
    return last + delta  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Delay:
    """How long awards took from the recording of the last thing they needed; None when nothing was awarded."""

    awards: int = 0
    p95: timedelta | None = None
    worst: timedelta | None = None

    @property
    def is_over(self) -> bool:
        """Whether the worst broke the promise."""
        return _is_over(self.worst)

    @property
    def is_p95_over(self) -> bool:
        """Whether more than 5 of 100 broke the promise."""
        return _is_over(self.p95)


class Percentile95(Aggregate):
    """The least value that 95 of 100 do not exceed: one that really occurred."""

    template = "percentile_disc(0.95) WITHIN GROUP (ORDER BY %(expressions)s)%(filter)s"
    name = "Percentile95"
    output_field = DurationField()


def delay_over(window: timedelta, *, at: datetime, user: User) -> Delay:
    """The delay of what was awarded in the window up to `at`, of what the user may see. One query; where that is
    everything, on the index alone: half a second for a million.
    """
    found = _awards(at - window, at, user).aggregate(
        awards=Count("delay"), p95=Percentile95("delay"), worst=Max("delay")
    )
    return Delay(**found)


@dataclass
class Bin:
    """An hour or a day: the delay of what was awarded in it, and the full sweeps begun in it that came to their end."""

    starts_at: datetime
    ends_at: datetime
    hours_expected: int  # none of a bin that the window cuts, nor of one before the very first full sweep
    delay: Delay = field(default_factory=Delay)
    sweeps: int = 0
    longest: timedelta | None = None
    hours_with_sweep: set[datetime] = field(default_factory=set)

    @property
    def hours_missed(self) -> int:
        """In how many hours no full sweep was begun that came to its end."""
        return max(self.hours_expected - len(self.hours_with_sweep), 0)


def last_day(*, at: datetime, user: User) -> list[Bin]:
    """The last 24 hours in hours, the oldest first. Three queries."""
    first = (at - DAY).astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    edges = [first + n * HOUR for n in range(26)]
    return _bins(_awards(at - DAY, at, user), at, at - DAY, edges, Trunc("created_at", "hour", tzinfo=UTC))


def last_month(*, at: datetime, zone: tzinfo, user: User) -> list[Bin]:
    """The last 30 days in days of the time zone, the oldest first. Three queries."""
    first = (at - MONTH).astimezone(zone).date()
    days = [first + n * DAY for n in range((at.astimezone(zone).date() - first).days + 2)]
    edges = [datetime.combine(day, time.min, tzinfo=zone) for day in days]
    return _bins(_awards(at - MONTH, at, user), at, at - MONTH, edges, Trunc("created_at", "day", tzinfo=zone))


def _bins(
    awarded: QuerySet[EarnedAchievement], at: datetime, since: datetime, edges: Sequence[datetime], trunc: Trunc
) -> list[Bin]:
    sweeps = Sweep.objects.filter(kind=Sweep.Kind.FULL, finished_at__isnull=False).order_by("pk")
    very_first = sweeps.values_list("started_at", flat=True).first() or at
    bins = {}
    for start, end in pairwise(edges):
        is_whole = start >= max(since, very_first) and end <= at
        bins[start] = Bin(start, end, (end.astimezone(UTC) - start.astimezone(UTC)) // HOUR if is_whole else 0)
    awards = awarded.annotate(bin=trunc).values("bin")
    for row in awards.annotate(awards=Count("delay"), p95=Percentile95("delay"), worst=Max("delay")).order_by("bin"):
        bins[row["bin"]].delay = Delay(row["awards"], row["p95"], row["worst"])
    for began, ended in sweeps.filter(started_at__gt=since, started_at__lte=at).values_list(
        "started_at", "finished_at"
    ):
        found = bins[edges[bisect_right(edges, began) - 1]]
        found.sweeps += 1
        found.longest = max(found.longest or timedelta(), (ended or began) - began)
        found.hours_with_sweep.add(began.replace(minute=0, second=0, microsecond=0))
    return list(bins.values())


def _awards(since: datetime, until: datetime, user: User) -> QuerySet[EarnedAchievement]:
    """Those whose delay is known and that the user may see; in the words of the index that has it."""
    return EarnedAchievement.objects.visible_to(user).filter(
        delay__isnull=False, created_at__gt=since, created_at__lte=until
    )


def _first_achievement_at() -> datetime | None:
    first: datetime | None = Achievement.objects.enabled().aggregate(first=Min("created_at"))["first"]
    return first


def _is_over(length: timedelta | None) -> bool:
    return length is not None and length // MINUTE > PROMISE // MINUTE
