"""Why not yet? What a student has of an achievement, what is missing, and which switch stands in the way (N2).

It counts with the compiler's own pieces. Where every condition is met and nothing blocks, the next sweep awards it;
one that students compete for then still goes to the first of them. Whether the approval limit will hold it depends on
how many others are due with this student, which is not counted here.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from achievements.conditions.counting import ConditionTally
from achievements.definitions.naming import Named, shown
from achievements.definitions.sentences import sentence, standing
from achievements.explaining.blocking import SWITCHES, Block
from achievements.explaining.progress import AchievementProgress, progress_given
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import late_badges
from achievements.sweep.rules import conditions_of
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
        """Whether the next sweep awards it, or lets the student compete for it, unless it awaits approval."""
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
    def may_need_approval(self) -> bool:
        """Whether too many new awards at a time would wait for an administrator (N5)."""
        return self.achievement.organization.approval_limit is not None

    @property
    def is_limited(self) -> bool:
        """Whether students compete for it."""
        return self.achievement.frequency_type != Achievement.FrequencyType.PER_USER


def explain(achievement: Achievement, student: User, *, is_own: bool = False) -> Explanation:
    """Why not yet? `is_own`: the student asks, and reads nothing in a provider's words. Reads the organizations of
    both, and the achievement's badge with its provider.
    """
    earned = list(EarnedAchievement.objects.filter(achievement=achievement, user=student).order_by("nth"))
    [progress] = progress_given(student, [achievement], {achievement.pk: {row.nth for row in earned}})
    return Explanation(
        achievement=achievement,
        student=student,
        nth=progress.nth,
        lines=_lines(progress) if progress.tallies and progress.nth is not None else [],
        blocks=progress.blocks,
        earned=earned,
        badge=_badge(achievement, student, is_own=is_own, has_earned=bool(earned)),
    )


def _lines(progress: AchievementProgress) -> list[ConditionLine]:
    return [
        ConditionLine(
            words=sentence(condition, one.ids),
            standing=standing(condition, tally),
            tally=tally,
            ids=one.ids,
            ignored=ignored,
        )
        for condition, one, tally, ignored in zip(
            conditions_of(progress.achievement),
            shown(progress.achievement),
            progress.tallies,
            progress.ignored,
            strict=True,
        )
    ]


def _badge(achievement: Achievement, student: User, *, is_own: bool, has_earned: bool) -> BadgeStanding | None:
    if achievement.badge is None:
        return None
    rows = IssuedBadge.objects.filter(badge=achievement.badge, student=student).select_related("provider")
    if is_own:
        rows = rows.beyond_undo()
    if (issued := rows.order_by("-pk").first()) is not None:
        return BadgeStanding(issued, held_back=held_back(issued, is_own=is_own))
    if (refusal := refusal_of_award(achievement.badge, student)) is not None:
        return BadgeStanding(None, refusal.message)
    if has_earned and late_badges.is_stranger(achievement, student.pk):
        names = {"organization": student.organization, "owner": achievement.organization}
        words = _("%(organization)s is not connected with %(owner)s, so the badge is not issued there.")
        return BadgeStanding(None, words % names)
    return BadgeStanding(None)
