"""What a person has won: the badges held, and the achievements earned where both sides take part (S127)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models

from achievements.models import Achievement
from badges.models import IssuedBadge
from tms.models import User


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
class Rewards:
    """The newest first. Who does not take part has no achievements to show, and keeps the badges (S89).

    `revoked` has the badges that were taken back and not given again.
    """

    organization_takes_part: bool
    person_takes_part: bool
    achievements: list[Earned]
    badges: list[IssuedBadge]
    revoked: list[IssuedBadge]

    @property
    def takes_part(self) -> bool:
        """Whether the achievements may be shown."""
        return self.organization_takes_part and self.person_takes_part

    @property
    def points(self) -> int:
        """Of all achievements."""
        return sum(earned.points for earned in self.achievements)


def rewards_of(person: User) -> Rewards:
    """For the person, and for those who administer the person's organization. Two queries; reads the organization."""
    badges, revoked = _badges(person)
    rewards = Rewards(
        organization_takes_part=person.organization.achievements_enabled,
        person_takes_part=person.participates_in_achievements,
        achievements=[],
        badges=badges,
        revoked=revoked,
    )
    if rewards.takes_part:
        rewards.achievements.extend(_achievements(person))
    return rewards


def _badges(person: User) -> tuple[list[IssuedBadge], list[IssuedBadge]]:
    """Those held, and of the others the last of each badge. One query."""
    issued = IssuedBadge.objects.filter(student=person).select_related("badge__organization", "provider")
    rows = list(issued.order_by("-issued_at", "-pk").fetch_mode(models.FETCH_RAISE))
    held = [row for row in rows if row.is_held]
    held_ids = {row.badge_id for row in held}
    lost = {row.badge_id: row for row in reversed(rows) if row.badge_id not in held_ids}
    return held, [row for row in rows if row is lost.get(row.badge_id)]


def _achievements(person: User) -> list[Earned]:
    earned = Achievement.objects.filter(earned__user=person).annotate(
        times=models.Count("earned"), last_at=models.Max("earned__earned_at")
    )
    rows = earned.order_by("-last_at", "pk").fetch_mode(models.FETCH_RAISE)
    return [Earned(row, row.times, row.last_at) for row in rows]  # type: ignore[attr-defined]
