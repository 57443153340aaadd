"""Tells what one sweep did, achievement by achievement, within what a person may see, and how far it is while it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from achievements.models import Achievement, EarnedAchievement, Sweep, SweepPart, SweepProblem
from achievements.sweep import underway
from badges.models import IssuedBadge, Via
from operation.counting import number_of
from organizations.models import User

DRAIN_TAKES = timedelta(minutes=2)
WAITS_LONG = timedelta(seconds=20)  # a worker looks for what is due every ten


@dataclass(frozen=True)
class SweepProgress:
    """How a sweep goes on at the moment `at`. Exactly one of the four states is true."""

    sweep: Sweep
    is_running: bool
    at: datetime

    @property
    def is_waiting(self) -> bool:
        """No worker has begun it."""
        return self.sweep.is_waiting

    @property
    def waits_long(self) -> bool:
        """No worker has begun it although one should have by now."""
        return self.is_waiting and self.at - self.sweep.started_at > WAITS_LONG

    @property
    def is_finished(self) -> bool:
        """It came to its end."""
        return self.sweep.finished_at is not None

    @property
    def is_stopped(self) -> bool:
        """The process that ran it ended before the sweep did."""
        return not (self.is_waiting or self.is_running or self.is_finished)

    @property
    def is_live(self) -> bool:
        """It will say something else in a while."""
        return self.is_waiting or self.is_running

    @property
    def took(self) -> timedelta | None:
        """From its beginning to its end, or to now; None before the one, and when nobody knows the other."""
        if self.is_waiting or self.is_stopped:
            return None
        return max((self.sweep.finished_at or self.at) - self.sweep.started_at, timedelta())


def progress_of(sweep: Sweep, *, at: datetime) -> SweepProgress:
    """How it goes on. A query for one that has neither ended nor waits: is anybody at work?"""
    is_open = sweep.finished_at is None and not (sweep.is_waiting or sweep.is_stopped)
    is_running = is_open and (_is_young_drain(sweep, at) or underway.is_at_work(sweep))
    return SweepProgress(sweep, is_running=is_running, at=at)


def _is_young_drain(sweep: Sweep, at: datetime) -> bool:
    """Only the longer ones tell that they are at work: for each of the others that would take longer than they do."""
    return sweep.kind == Sweep.Kind.DRAIN and at - sweep.started_at < DRAIN_TAKES


@dataclass(frozen=True)
class News:
    """What a sweep did for one achievement. Counts are of the people and achievements in somebody's reach."""

    achievement: Achievement
    earned: int
    with_badge: int
    late_badges: int
    held: int
    failed: int


@dataclass(frozen=True)
class Totals:
    """What a sweep did in all."""

    earned: int
    issued: int
    held: int
    failed: int


def totals_of(sweep: Sweep, news: Sequence[News], *, user: User) -> Totals:
    """Of every organization for a superuser; else of what is in the person's reach, which `news` tells."""
    if user.is_superuser:
        return Totals(sweep.earned, sweep.issued, sweep.held, sweep.failed)
    return Totals(
        earned=sum(one.earned for one in news),
        issued=sum(one.with_badge + one.late_badges for one in news),
        held=sum(one.held for one in news),
        failed=sum(one.failed for one in news),
    )


def sweeps_for(user: User) -> QuerySet[Sweep]:
    """The sweeps that concern the person: full sweeps, and of the others those that did anything in the person's reach."""
    sweeps = Sweep.objects.visible_to(user)
    if user.is_superuser:
        return sweeps
    concerns = Q(kind=Sweep.Kind.FULL)
    for model in (EarnedAchievement, SweepPart, SweepProblem):
        # Whether there are any is read off the end of an index: where one sweep has most rows of all, the planner expects as
        # many of each, and would look through them all for every sweep that has none.
        next_one = model.objects.filter(sweep_id__gte=OuterRef("pk")).order_by("sweep_id").values("sweep_id")[:1]
        concerns |= Q(pk=Subquery(next_one)) & Q(Exists(model.objects.visible_to(user).filter(sweep=OuterRef("pk"))))
    return sweeps.filter(concerns)


def log_for(user: User, *, most_earned: int | None = None) -> QuerySet[Sweep]:
    """The same with `own_earned`, `own_held` and `own_failed`: what each did in the person's reach. See counted_for."""
    return counted_for(user, sweeps_for(user), most_earned=most_earned)


def counted_for(user: User, sweeps: QuerySet[Sweep], *, most_earned: int | None = None) -> QuerySet[Sweep]:
    """These sweeps with what each did in the person's reach; with `most_earned`, one more than that stands for more."""
    of_sweep = {"sweep": OuterRef("pk")}
    held = SweepPart.objects.visible_to(user).filter(**of_sweep).order_by().values("sweep").annotate(sum=Sum("held"))
    return sweeps.annotate(
        own_earned=number_of(EarnedAchievement.objects.visible_to(user).filter(**of_sweep), most=most_earned),
        own_held=Coalesce(Subquery(held.values("sum")), 0),
        own_failed=number_of(SweepProblem.objects.visible_to(user).filter(**of_sweep)),
    )


def news_of(sweep: Sweep, *, user: User) -> list[News]:
    """Achievement by achievement, in the order of their names. Four queries."""
    with_badge = Count("pk", filter=Exists(_brought(IssuedBadge.objects.all())))
    awards = EarnedAchievement.objects.visible_to(user).filter(sweep=sweep)
    counted = awards.values("achievement").annotate(earned=Count("pk"), with_badge=with_badge).order_by()
    earned = {pk: (times, badges) for pk, times, badges in counted.values_list("achievement", "earned", "with_badge")}
    problems = problems_of(sweep, user=user).values("achievement").annotate(failed=Count("pk")).order_by()
    failed = dict(problems.values_list("achievement", "failed"))
    parts = SweepPart.objects.visible_to(user).filter(sweep=sweep)
    of_parts = {pk: (late, held) for pk, late, held in parts.values_list("achievement", "late_badges", "held")}
    named = Achievement.objects.filter(pk__in=earned.keys() | failed.keys() | of_parts.keys()).order_by("name", "pk")
    return [
        News(one, *earned.get(one.pk, (0, 0)), *of_parts.get(one.pk, (0, 0)), failed=failed.get(one.pk, 0))
        for one in named
    ]


def awards_of(sweep: Sweep, *, user: User) -> QuerySet[EarnedAchievement]:
    """What was earned in this sweep, as far as the person may see it, `with_badge`."""
    return with_badge(user, EarnedAchievement.objects.visible_to(user).filter(sweep=sweep))


def with_badge(user: User, awards: QuerySet[EarnedAchievement]) -> QuerySet[EarnedAchievement]:
    """Each with `issued_id`, the badge that it brought, if the person may see it."""
    badge = _brought(IssuedBadge.objects.visible_to(user)).order_by("-pk").values("pk")[:1]
    return awards.annotate(issued_id=Subquery(badge))


def problems_of(sweep: Sweep, *, user: User) -> QuerySet[SweepProblem]:
    """What went wrong in this sweep, as far as the person may see it."""
    return SweepProblem.objects.visible_to(user).filter(sweep=sweep)


def _brought(issued: QuerySet[IssuedBadge]) -> QuerySet[IssuedBadge]:
    """Those that an EarnedAchievement of the outer query brought its earner."""
    return issued.filter(
        badge=OuterRef("achievement__badge"),
        student=OuterRef("user"),
        via=Via.ACHIEVEMENT,
        source_id=OuterRef("achievement"),
    )
