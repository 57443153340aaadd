"""Counts how far a student is with achievements, and what blocks each of them; many at once, for the lists."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils import timezone

from achievements.conditions import counting
from achievements.conditions.counting import ConditionTally, WayToNextTime
from achievements.conditions.events import Audience, Rule
from achievements.conditions.parsing import ConditionError
from achievements.explaining.blocking import Block, Case, blocks_of_all
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep.rules import rule_of, trees_of
from organizations.models import User


@dataclass(frozen=True)
class AchievementProgress:
    """How far a student is with one of several achievements, and what blocks it. No tallies: its conditions cannot be
    understood.

    `nth` is the next time that could be earned; `tallies` are of it or, with none left, of the last one. `ignored` is, by
    condition, what would count beside them if the achievement were for the student's organization.
    """

    achievement: Achievement
    times_earned: int
    nth: int | None
    tallies: list[ConditionTally] = field(default_factory=list)
    ignored: list[int] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    @property
    def percent(self) -> int:
        """All conditions counted alike; 100 only when every one is met."""
        if not self.tallies:
            return 0
        return int(100 * sum(tally.have / tally.need for tally in self.tallies) / len(self.tallies))

    @property
    def is_met(self) -> bool:
        """Whether every condition is, for a time that can still be earned."""
        return self.nth is not None and bool(self.tallies) and all(tally.is_met for tally in self.tallies)

    @property
    def is_due(self) -> bool:
        """Whether the next sweep awards it, or lets the student compete for it, unless it awaits approval."""
        return self.is_met and not self.blocks

    @property
    def is_limited(self) -> bool:
        """Whether students compete for it."""
        return self.achievement.frequency_type != Achievement.FrequencyType.PER_USER

    @property
    def obstacles(self) -> list[Block]:
        """What is in the way of the next time; nothing where none is left."""
        return [] if self.nth is None else self.blocks


def progress_of(student: User, achievements: Sequence[Achievement]) -> list[AchievementProgress]:
    """How far the student is with each, in the order given, and what blocks it.

    Seven queries at most, whatever their number; reads the organizations of all.
    """
    earned: dict[int, set[int]] = defaultdict(set)
    rows = EarnedAchievement.objects.filter(achievement__in=[one.pk for one in achievements], user=student)
    for achievement_id, nth in rows.values_list("achievement_id", "nth"):
        earned[achievement_id].add(nth)
    return progress_given(student, achievements, earned)


def progress_given(
    student: User, achievements: Sequence[Achievement], earned: Mapping[int, Collection[int]]
) -> list[AchievementProgress]:
    """As `progress_of`, given by achievement id the times that the student has earned already."""
    trees, at = trees_of(achievements), timezone.now()
    found, understood = [], []
    for achievement in achievements:
        times = earned.get(achievement.pk, ())
        progress = AchievementProgress(achievement, len(times), _next_time(achievement, times))
        found.append(progress)
        try:
            understood.append((progress, rule_of(achievement, trees, at=at)))
        except ConditionError as error:
            progress.blocks.append(Block("unreadable", str(error)))
    _count(student, understood)
    return found


def _count(student: User, several: Sequence[tuple[AchievementProgress, Rule]]) -> None:
    """Fill in what there is of each, and what blocks it."""
    audiences = counting.audiences([rule for _progress, rule in several], student.organization_id)
    ways = [
        WayToNextTime(rule, audience, progress.nth or rule.times)
        for (progress, rule), audience in zip(several, audiences, strict=True)
    ]
    # Of an outsider also what would count for a member: it shows which training a switch keeps out.
    outside = [way for way in ways if way.audience is Audience.OUTSIDERS]
    tallies = counting.tallies(student.pk, [*ways, *(replace(way, audience=Audience.MEMBERS) for way in outside)])
    as_members = iter(tallies[len(ways) :])
    cases = []
    for (progress, _rule), way, mine in zip(several, ways, tallies, strict=False):
        members = next(as_members) if way.audience is Audience.OUTSIDERS else mine
        progress.tallies.extend(mine)
        progress.ignored.extend(other.have - own.have for other, own in zip(members, mine, strict=True))
        cases.append(_case(student, progress, way))
    for (progress, _rule), blocks in zip(several, blocks_of_all(cases), strict=True):
        progress.blocks.extend(blocks)


def _case(student: User, progress: AchievementProgress, way: WayToNextTime) -> Case:
    return Case(
        achievement=progress.achievement,
        student=student,
        rule=way.rule,
        audience=way.audience,
        nth=progress.nth,
        is_met=progress.is_met,
        ignored=0 if progress.nth is None else sum(progress.ignored),
    )


def _next_time(achievement: Achievement, earned: Collection[int]) -> int | None:
    """The first time that is not earned yet, as the sweep looks for it."""
    if achievement.frequency_type != Achievement.FrequencyType.PER_USER:
        return None if earned else 1
    return next((nth for nth in range(1, min(achievement.frequency, len(earned) + 1) + 1) if nth not in earned), None)
