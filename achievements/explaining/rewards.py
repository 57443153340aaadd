"""What a person has won: the badges held, the achievements earned where both sides take part (S127), and the next ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models

from achievements.conditions import counting
from achievements.conditions.counting import ConditionTally
from achievements.definitions.naming import Shown, shown_all
from achievements.definitions.sentences import sentence, standing
from achievements.explaining.blocking import Block
from achievements.explaining.progress import AchievementProgress, progress_of
from achievements.models import Achievement, AchievementQuerySet
from achievements.reaching import is_at_home
from achievements.sweep.rules import conditions_of
from badges.models import IssuedBadge, IssuedBadgeQuerySet
from organizations.models import User


@dataclass(frozen=True)
class Earned:
    """An achievement, how many times it was earned, and when last."""

    achievement: Achievement
    times: int
    last_at: datetime

    @property
    def points(self) -> int:
        """Of all the times together."""
        return self.achievement.points * self.times


@dataclass(frozen=True)
class GoalPart:
    """One condition of a goal: what it asks for, in a sentence, and how much of it there is, in words and numbers."""

    words: str
    standing: str
    tally: ConditionTally


@dataclass(frozen=True)
class Goal:
    """An achievement in reach, and what blocks it all the same.

    `times_earned`: it can be earned again; `percent` is the way to the next time.
    """

    achievement: Achievement
    times_earned: int
    percent: int
    parts: list[GoalPart]
    obstacles: list[Block]

    @property
    def missing(self) -> int:
        """How many more records, awards or points it takes."""
        return sum(part.tally.missing for part in self.parts)


@dataclass(frozen=True)
class Goals:
    """What could still be earned: what was begun, the nearest first, and the others by name."""

    begun: list[Goal]
    others: list[Goal]


@dataclass(frozen=True)
class Rewards:
    """The newest first. Who does not take part has no achievements to show, and keeps the badges (S89).

    `lost` has the badges that were revoked, or rejected by the person, and not given again.
    """

    organization_takes_part: bool
    person_takes_part: bool
    achievements: list[Earned]
    badges: list[IssuedBadge]
    lost: list[IssuedBadge]

    @property
    def takes_part(self) -> bool:
        """Whether the achievements may be shown."""
        return self.organization_takes_part and self.person_takes_part

    @property
    def points(self) -> int:
        """Of all achievements."""
        return sum(earned.points for earned in self.achievements)


def rewards_of(
    person: User, *, issued: IssuedBadgeQuerySet | None = None, among: AchievementQuerySet | None = None
) -> Rewards:
    """For the person, and for those who administer the person's organization. Two queries; reads the organization.

    Who may know less is told of these of the person's issued badges, and these achievements alone.
    """
    badges, lost = _badges(IssuedBadge.objects.filter(student=person) if issued is None else issued)
    rewards = Rewards(
        organization_takes_part=person.organization.achievements_enabled,
        person_takes_part=person.participates_in_achievements,
        achievements=[],
        badges=badges,
        lost=lost,
    )
    if rewards.takes_part:
        rewards.achievements.extend(_achievements(person, among))
    return rewards


def goals_of(person: User, among: AchievementQuerySet | None = None) -> Goals:
    """What the person could still earn, of these achievements; of other organizations only what was begun. None for who
    does not take part.

    At most eleven queries, whatever there is; reads the person's organization.
    """
    organization = person.organization
    if not (organization.achievements_enabled and person.participates_in_achievements):
        return Goals([], [])
    could_be_earned = _that_could_be_earned(person)
    if among is not None:
        could_be_earned = could_be_earned.filter(pk__in=among.values("pk"))
    achievements = list(could_be_earned)
    goals = [
        _goal(progress, shown)
        for progress, shown in _progress(person, achievements)
        if progress.tallies and _has_times_left(progress) and not _is_impossible(progress)
    ]
    begun = [goal for goal in goals if any(part.tally.have for part in goal.parts)]
    others = [goal for goal in goals if goal not in begun and goal.achievement.is_at_home]  # type: ignore[attr-defined]
    return Goals(sorted(begun, key=lambda goal: (-goal.percent, goal.missing)), others)


def goals_among(person: User, achievements: Sequence[Achievement]) -> list[Goal]:
    """How far the person is with each of these, in the order given, whatever blocks it. Reads their organizations.

    At most ten queries, whatever their number.
    """
    return [_goal(progress, shown) for progress, shown in _progress(person, achievements)]


def _progress(person: User, achievements: Sequence[Achievement]) -> Iterable[tuple[AchievementProgress, list[Shown]]]:
    conditions = shown_all([achievement.conditions for achievement in achievements])
    return zip(progress_of(person, achievements), conditions, strict=True)


def _that_could_be_earned(person: User) -> models.QuerySet[Achievement]:
    enabled = Achievement.objects.enabled().in_reach_of(person).filter(organization__achievements_enabled=True)
    enabled = enabled.with_a_place_left().annotate(
        is_at_home=models.ExpressionWrapper(is_at_home(person.organization), models.BooleanField())
    )
    return enabled.select_related("organization", "badge").order_by("name", "pk").fetch_mode(models.FETCH_RAISE)


def _has_times_left(progress: AchievementProgress) -> bool:
    achievement = progress.achievement
    if achievement.frequency_type == Achievement.FrequencyType.PER_USER:
        return progress.times_earned < achievement.frequency
    return progress.times_earned == 0


def _is_impossible(progress: AchievementProgress) -> bool:
    """Whether nobody can meet the conditions once more: three different labs of two, say."""
    nth = progress.times_earned + 1
    return any(counting.is_impossible(condition, nth) for condition in conditions_of(progress.achievement))


def _goal(progress: AchievementProgress, conditions: list[Shown]) -> Goal:
    parts = [
        GoalPart(sentence(shown.term, shown.ids), standing(shown.term, tally), tally)
        for shown, tally in zip(conditions, progress.tallies, strict=bool(progress.tallies))
        if shown.term is not None
    ]
    return Goal(progress.achievement, progress.times_earned, progress.percent, parts, progress.obstacles)


def _badges(issued: IssuedBadgeQuerySet) -> tuple[list[IssuedBadge], list[IssuedBadge]]:
    """Those held, and of those lost the last of each badge; what was refused for good is neither. One query."""
    shown = issued.unrefused().beyond_undo().select_related("badge__organization", "provider")
    rows = list(shown.order_by("-issued_at", "-pk").fetch_mode(models.FETCH_RAISE))
    held = [row for row in rows if row.is_held]
    held_ids = {row.badge_id for row in held}
    lost = {row.badge_id: row for row in reversed(rows) if row.badge_id not in held_ids}
    return held, [row for row in rows if row is lost.get(row.badge_id)]


def _achievements(person: User, among: AchievementQuerySet | None) -> list[Earned]:
    earned = Achievement.objects.filter(earned__user=person).annotate(
        times=models.Count("earned"), last_at=models.Max("earned__earned_at")
    )
    if among is not None:
        earned = earned.filter(pk__in=among.values("pk"))
    rows = earned.order_by("-last_at", "pk").fetch_mode(models.FETCH_RAISE)
    return [Earned(row, row.times, row.last_at) for row in rows]  # type: ignore[attr-defined]
