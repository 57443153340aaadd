"""Why not yet? What a student has of an achievement, what is missing, and which switch stands in the way (N2).

It counts with the compiler's own pieces. Where every condition is met and nothing blocks, the next sweep awards it;
one that students compete for then still goes to the first of them. Whether the brake will hold it depends on how many
others are due with this student, which is not counted here.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _

from achievements.conditions import counting
from achievements.conditions.counting import ConditionTally, WayToNextTime
from achievements.conditions.events import Audience
from achievements.conditions.parsing import ConditionError
from achievements.definitions.naming import Named, shown
from achievements.definitions.sentences import sentence, standing
from achievements.explaining.blocking import SWITCHES, Block, Case, blocks_of
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import late_badges
from achievements.sweep.rules import rule_of, trees_of
from badges.held.holding_back import held_back
from badges.issuing import refusal_of_award
from badges.models import IssuedBadge
from organizations.models import User


@dataclass(frozen=True, kw_only=True)
class ConditionLine:
    """One condition: what it asks for, and how much of that there is for the next time.

    `ignored` is what would count beside it if the achievement were for the student's organization.
    """

    words: str
    standing: str
    tally: ConditionTally
    ids: list[Named]
    ignored: int = 0


@dataclass(frozen=True)
class BadgeStanding:
    """The student's last row of the achievement's badge and what keeps it back, or why none could be issued.

    "" where nothing is wrong.
    """

    issued: IssuedBadge | None
    refusal: str = ""
    held_back: str = ""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a student has not earned an achievement yet, or that it was earned.

    `nth` is the next time that could be earned; None when there is none left, and then there are no lines.
    """

    achievement: Achievement
    student: User
    nth: int | None
    lines: list[ConditionLine] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    earned: list[EarnedAchievement] = field(default_factory=list)
    badge: BadgeStanding | None = None

    @property
    def is_met(self) -> bool:
        """Whether every condition is."""
        return bool(self.lines) and all(line.tally.is_met for line in self.lines)

    @property
    def is_due(self) -> bool:
        """Whether the next sweep awards it, or lets the student compete for it, if the brake does not hold it."""
        return self.is_met and not self.blocks

    @property
    def obstacles(self) -> list[Block]:
        """What is in the way of somebody who could earn it; that it was earned is in nobody's way."""
        return [block for block in self.blocks if not (self.earned and block.code == "used_up")]

    @property
    def held_back(self) -> str:
        """What keeps the badge of an achievement that was earned; nothing where it is there, or there is none."""
        if not self.earned or self.badge is None:
            return ""
        if self.badge.issued is not None:
            return self.badge.held_back
        switches = [block.words for block in self.blocks if block.code in SWITCHES]
        if reason := self.badge.refusal or next(iter(switches), ""):
            return f"{reason} {_('The achievement counts. The badge will be issued once this is fixed.')}"
        return _("The badge is issued with the next sweep, within the hour.")

    @property
    def is_braked(self) -> bool:
        """Whether too many new awards at a time would wait for an administrator (N5)."""
        return self.achievement.organization.brake is not None

    @property
    def is_limited(self) -> bool:
        """Whether students compete for it."""
        return self.achievement.frequency_type != Achievement.FrequencyType.PER_USER


@dataclass(frozen=True)
class AchievementProgress:
    """How far a student is with one of several achievements. No tallies: its conditions cannot be understood."""

    achievement: Achievement
    times_earned: int
    tallies: list[ConditionTally]

    @property
    def percent(self) -> int:
        """All conditions counted alike; 100 only when every one is met."""
        if not self.tallies:
            return 0
        return int(100 * sum(tally.have / tally.need for tally in self.tallies) / len(self.tallies))


def explain(achievement: Achievement, student: User, *, is_own: bool = False) -> Explanation:
    """Why not yet? `is_own`: the student asks, and reads nothing in a provider's words. Reads the organizations of
    both, and the achievement's badge with its provider.
    """
    earned = list(EarnedAchievement.objects.filter(achievement=achievement, user=student).order_by("nth"))
    nth = _next_time(achievement, {row.nth for row in earned})
    found = Explanation(
        achievement=achievement,
        student=student,
        nth=nth,
        earned=earned,
        badge=_badge(achievement, student, is_own=is_own, has_earned=bool(earned)),
    )
    try:
        rule = rule_of(achievement, trees_of([achievement]), at=timezone.now())
    except ConditionError as error:
        found.blocks.append(Block("unreadable", str(error)))
        return found
    [audience] = counting.audiences([rule], student.organization_id)
    if nth is not None:
        found.lines.extend(_lines(achievement, student, WayToNextTime(rule, audience, nth)))
    case = Case(
        achievement=achievement,
        student=student,
        rule=rule,
        audience=audience,
        nth=nth,
        is_met=found.is_met,
        ignored=sum(line.ignored for line in found.lines),
    )
    found.blocks.extend(blocks_of(case))
    return found


def progress_of(student: User, achievements: Sequence[Achievement]) -> list[AchievementProgress]:
    """How far the student is with each, in the order given: to the next time or, with none left, to the last one.

    Four queries whatever their number; reads the achievements' organizations.
    """
    earned: dict[int, set[int]] = defaultdict(set)
    rows = EarnedAchievement.objects.filter(achievement__in=[one.pk for one in achievements], user=student)
    for achievement_id, nth in rows.values_list("achievement_id", "nth"):
        earned[achievement_id].add(nth)
    asked = _asked(student, [(one, _next_time(one, earned[one.pk])) for one in achievements])
    tallies = dict(zip(asked, counting.tallies(student.pk, list(asked.values())), strict=True))
    return [AchievementProgress(one, len(earned[one.pk]), tallies.get(one.pk, [])) for one in achievements]


def _asked(student: User, ways: Sequence[tuple[Achievement, int | None]]) -> dict[int, WayToNextTime]:
    """By achievement id, what to count; without those whose conditions cannot be understood."""
    rules = {}
    trees, at = trees_of([achievement for achievement, _nth in ways]), timezone.now()
    for achievement, nth in ways:
        try:
            rule = rule_of(achievement, trees, at=at)
        except ConditionError:
            continue
        rules[achievement.pk] = (rule, nth or rule.times)
    audiences = counting.audiences([rule for rule, _nth in rules.values()], student.organization_id)
    return {
        pk: WayToNextTime(rule, audience, nth)
        for (pk, (rule, nth)), audience in zip(rules.items(), audiences, strict=True)
    }


def _next_time(achievement: Achievement, earned: Collection[int]) -> int | None:
    """The first time that is not earned yet, as the sweep looks for it."""
    if achievement.frequency_type != Achievement.FrequencyType.PER_USER:
        return None if earned else 1
    return next((nth for nth in range(1, min(achievement.frequency, len(earned) + 1) + 1) if nth not in earned), None)


def _lines(achievement: Achievement, student: User, asked: WayToNextTime) -> list[ConditionLine]:
    """Of an outsider also what would count for a member: it shows which training a switch keeps out."""
    both = [asked]
    if asked.audience is Audience.OUTSIDERS:
        both.append(WayToNextTime(asked.rule, Audience.MEMBERS, asked.nth))
    tallies = counting.tallies(student.pk, both)
    return [
        ConditionLine(
            words=sentence(condition, one.ids),
            standing=standing(condition, mine),
            tally=mine,
            ids=one.ids,
            ignored=members.have - mine.have,
        )
        for condition, one, mine, members in zip(
            asked.rule.conditions, shown(achievement), tallies[0], tallies[-1], strict=True
        )
    ]


def _badge(achievement: Achievement, student: User, *, is_own: bool, has_earned: bool) -> BadgeStanding | None:
    if achievement.badge is None:
        return None
    rows = IssuedBadge.objects.filter(badge=achievement.badge, student=student).select_related("provider")
    if (issued := rows.order_by("-pk").first()) is not None:
        return BadgeStanding(issued, held_back=held_back(issued, is_own=is_own))
    if (refusal := refusal_of_award(achievement.badge, student)) is not None:
        return BadgeStanding(None, refusal.message)
    if has_earned and late_badges.is_stranger(achievement, student.pk):
        names = {"organization": student.organization, "owner": achievement.organization}
        words = _("%(organization)s is not connected with %(owner)s, so the badge is not issued there.")
        return BadgeStanding(None, words % names)
    return BadgeStanding(None)
