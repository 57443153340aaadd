"""Which switches and limits keep an achievement from a student, whatever the student does (N2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import connection
from django.db.models import Count
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from achievements.conditions import counting
from achievements.conditions.earners import earners
from achievements.conditions.events import Audience, People, Rule
from achievements.conditions.sql import Sql, join
from achievements.models import Achievement, EarnedAchievement, Hold
from organizations.models import User

PER_DAY, PER_ACHIEVEMENT = Achievement.FrequencyType.PER_DAY, Achievement.FrequencyType.PER_ACHIEVEMENT

# Codes of what also keeps back the badge of somebody who has earned the achievement.
SWITCHES = frozenset({"achievement_off", "owner_off", "held", "inactive", "opted_out", "organization_off"})


@dataclass(frozen=True)
class Block:
    """One thing in the way: a code for programs and a sentence for people."""

    code: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """A student and an achievement, as far as they were counted.

    `nth` is the next time that could be earned, None when there is none left; `ignored` is how much of the conditions
    does not count because the achievement is another organization's.
    """

    achievement: Achievement
    student: User
    rule: Rule
    audience: Audience
    nth: int | None
    is_met: bool
    ignored: int


@dataclass(frozen=True)
class _Others:
    """What others have of these achievements, by id: awards that wait for a decision, places, and the student's day."""

    awaited: frozenset[int]
    places: dict[int, int]
    days: frozenset[int]


def blocks_of(case: Case) -> list[Block]:
    """Everything in the way, the widest first. Two queries at most; reads both organizations."""
    return blocks_of_all([case])[0]


def blocks_of_all(cases: Sequence[Case]) -> list[list[Block]]:
    """What stands in the way of one student, achievement by achievement. Three queries at most, whatever their number."""
    others = _others(cases)
    return [
        [
            *_switches_of_achievement(case, others),
            *_switches_of_student(case),
            *_reach(case),
            *_limits(case, others),
        ]
        for case in cases
    ]


def _others(cases: Sequence[Case]) -> _Others:
    ids = [case.achievement.pk for case in cases]
    waiting = Hold.objects.filter(achievement__in=ids, decision=Hold.Decision.WAITING) if ids else Hold.objects.none()
    return _Others(
        frozenset(waiting.values_list("achievement_id", flat=True)),
        _places_taken([case for case in cases if _is_open(case, PER_ACHIEVEMENT)]),
        _days_taken([case for case in cases if _is_open(case, PER_DAY) and case.is_met]),
    )


def _is_open(case: Case, frequency_type: str) -> bool:
    """Whether the student has still to win it."""
    return case.nth is not None and case.achievement.frequency_type == frequency_type


def _places_taken(cases: Sequence[Case]) -> dict[int, int]:
    if not cases:
        return {}
    earned = EarnedAchievement.objects.filter(achievement__in=[case.achievement.pk for case in cases])
    return dict(earned.values_list("achievement_id").annotate(Count("pk")))


def _days_taken(cases: Sequence[Case]) -> frozenset[int]:
    if not cases:
        return frozenset()
    taken = Sql("SELECT ARRAY[") + join(", ", [_is_day_taken(case) for case in cases]) + "]"
    with connection.cursor() as cursor:
        cursor.execute(taken.text, taken.parameters)
        answers = cursor.fetchone()[0]
    return frozenset(case.achievement.pk for case, is_taken in zip(cases, answers, strict=True) if is_taken)


def _switches_of_achievement(case: Case, others: _Others) -> list[Block]:
    achievement = case.achievement
    names = {"achievement": achievement.name, "organization": achievement.organization.name}
    blocks = []
    if not achievement.is_enabled:
        blocks.append(Block("achievement_off", _("%(achievement)s is not enabled, so no one is awarded.") % names))
    if not achievement.organization.achievements_enabled:
        words = _("The achievement belongs to %(organization)s, which does not use achievements.")
        blocks.append(Block("owner_off", words % names))
    if achievement.pk in others.awaited:
        # Not how many: they may be of people whom the reader knows nothing of.
        words = _("Awards of this achievement wait for an administrator's approval.")
        blocks.append(Block("held", words))
    return blocks


def _switches_of_student(case: Case) -> list[Block]:
    student, organization = case.student, case.student.organization
    names = {"student": student, "organization": organization.name}
    blocks = []
    if not student.is_active:
        blocks.append(Block("inactive", _("The account of %(student)s is not active.") % names))
    if not student.participates_in_achievements:
        blocks.append(Block("opted_out", _("%(student)s does not take part in achievements.") % names))
    if not organization.achievements_enabled and organization != case.achievement.organization:
        words = _("%(student)s belongs to %(organization)s, which does not use achievements.")
        blocks.append(Block("organization_off", words % names))
    return blocks


def _reach(case: Case) -> list[Block]:
    """What keeps an achievement from people of other organizations (S85)."""
    if case.audience is Audience.MEMBERS:
        return []
    names = {"organization": case.student.organization.name, "owner": case.achievement.organization.name}
    blocks = []
    if not counting.counts_for(case.rule, case.audience):
        if case.rule.is_global and case.student.organization.in_global_achievements:
            words = _("The achievement reaches the tree of %(owner)s, and %(organization)s stands in another.")
            blocks.append(Block("other_tree", words % names))
        elif case.rule.is_global:
            words = _("%(organization)s does not take part in global achievements.")
            blocks.append(Block("not_global", words % names))
        else:
            words = _("The achievement is of %(owner)s and not global, and %(organization)s is another organization.")
            blocks.append(Block("other_organization", words % names))
    elif case.ignored:
        words = _(
            "The achievement is of %(owner)s. People of other organizations are credited only with its courses that have"
            " achievements for outside organizations, and some training here was in others."
        )
        blocks.append(Block("course_not_outside", words % names))
    return blocks


def _limits(case: Case, others: _Others) -> list[Block]:
    achievement = case.achievement
    if case.nth is None:
        words = _("%(student)s has already earned it. It can be earned once per student.")
        if achievement.frequency_type == Achievement.FrequencyType.PER_USER:
            words = ngettext(
                "%(student)s has already earned it (Frequency %(n)s).",
                "%(student)s has earned it as often as its Frequency allows: %(n)s times.",
                achievement.frequency,
            )
        return [Block("used_up", words % {"student": case.student, "n": localize(achievement.frequency)})]
    if any(counting.is_impossible(condition, case.nth) for condition in case.rule.conditions):
        words = _("A condition asks for more different ones than it lists, so no one can meet it.")
        if case.nth > 1:
            words = _("It cannot be earned again: a condition would then need more different ones than it lists.")
        return [Block("impossible", words)]
    if others.places.get(achievement.pk, 0) >= achievement.frequency:
        words = ngettext(
            "It can be earned %(n)s time in total, and another student was first.",
            "It can be earned %(n)s times in total, and other students were first.",
            achievement.frequency,
        )
        return [Block("places_taken", words % {"n": localize(achievement.frequency)})]
    if achievement.pk in others.days:
        words = ngettext(
            "Only one student a day earns it, and another student was first that day.",
            "One student in %(n)s days earns it, and around the day on which the conditions were met somebody else did.",
            achievement.frequency,
        )
        return [Block("day_taken", words % {"n": localize(achievement.frequency)})]
    return []


def _is_day_taken(case: Case) -> Sql:
    """A condition: somebody was awarded less than Frequency calendar days away from the student's own moment (S54)."""
    zone = case.rule.time_zone
    mine = earners(replace(case.rule, people=People(user_ids=[case.student.pk])))
    near = Sql(
        " WHERE winner.achievement_id = %s AND"
        " abs((winner.earned_at AT TIME ZONE %s)::date - (mine.earned_at AT TIME ZONE %s)::date) < %s)",
        (case.achievement.pk, zone, zone, case.achievement.frequency),
    )
    return Sql("EXISTS (SELECT FROM achievements_earnedachievement winner, (") + mine + ") mine" + near
