"""Counts how far people are on the way to an achievement: what they have of each condition, and what it needs.

A reading of the same numbered events as the sweep's (achievements.conditions.numbering).
To have everything that is needed is to meet a condition; what is missing is the fewest further events that would do.
"""
# ruff: noqa: S608 - every piece of text is a constant of this module; what people write arrives as a parameter

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from achievements.conditions.events import Audience, Rule, events, is_at_home, participants
from achievements.conditions.numbering import numbered_times, running_points, units
from achievements.conditions.sql import Sql, join
from achievements.conditions.terms import Achievements, Condition, Courses, Labs, Points


@dataclass(frozen=True)
class ConditionTally:
    """How much of a condition there is, at most what is needed: records, times of achievements, or points."""

    have: int
    need: int

    @property
    def missing(self) -> int:
        """How much more it takes."""
        return self.need - self.have

    @property
    def is_met(self) -> bool:
        """Whether it is enough."""
        return self.have >= self.need


@dataclass(frozen=True)
class WayToNextTime:
    """A person's way to an achievement's nth time. Whether the person takes part is not asked."""

    rule: Rule
    audience: Audience
    nth: int = 1


def needed(condition: Condition, nth: int = 1) -> int:
    """How much the nth time needs of this condition."""
    match condition:
        case Points():
            return nth * condition.points
        case Achievements():
            return nth * condition.count * len(condition.achievement_ids)
        case _:
            return nth * condition.count


def is_impossible(condition: Condition, nth: int = 1) -> bool:
    """Whether nobody can meet it for the nth time: more different labs or courses are needed than are listed."""
    if not isinstance(condition, Labs | Courses) or not condition.distinct:
        return False
    listed = condition.lab_ids if isinstance(condition, Labs) else condition.course_ids
    times = 1 if condition.single_day else nth  # each day starts from zero
    return bool(listed) and times * condition.count > len(listed)


def counts_for(rule: Rule, audience: Audience) -> bool:
    """Whether anything of this audience counts: points have no course, so they never count for outsiders."""
    about_records = all(isinstance(condition, Labs | Courses) for condition in rule.conditions)
    return audience is Audience.MEMBERS or (rule.has_outsiders and about_records)


def audiences(rules: Sequence[Rule], organization_id: int) -> list[Audience]:
    """To which audience of each achievement the people of an organization belong. One query."""
    if not rules:
        return []
    at_home = join(", ", [is_at_home(rule) for rule in rules])
    statement = Sql("SELECT ARRAY[") + at_home + Sql("] FROM organizations_organization organization WHERE id = %s")
    with connection.cursor() as cursor:
        cursor.execute(statement.text, (*statement.parameters, organization_id))
        return [Audience.MEMBERS if is_member else Audience.OUTSIDERS for is_member in cursor.fetchone()[0]]


def tallies(user_id: int, asked: Sequence[WayToNextTime]) -> list[list[ConditionTally]]:
    """One tally for each condition of everything asked, in order; nothing of what does not count for the audience.

    One query, whatever is asked.
    """
    if not asked:
        return []
    among = Sql(" AND user_id = ANY(%s::bigint[])", ([user_id],))
    rows = [
        Sql("SELECT %s::int AS place, ARRAY[", (place,))
        + join(", ", [_one(condition, one, among) for condition in one.rule.conditions])
        + "] AS had"
        for place, one in enumerate(asked)
    ]
    statement = join(" UNION ALL ", rows) + " ORDER BY place"
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        found = [had for _place, had in cursor.fetchall()]
    return [
        [
            ConditionTally(have if counts_for(one.rule, one.audience) else 0, needed(condition, one.nth))
            for condition, have in zip(one.rule.conditions, had, strict=True)
        ]
        for one, had in zip(asked, found, strict=True)
    ]


def one_step_away(rule: Rule) -> Sql:
    """Rows (user_id) of everybody who takes part, has never earned it, and lacks one event of all conditions together.

    Of outsiders, only those who have begun: everybody in the world lacks one event of most achievements. Points are
    one step away when one award of an enabled achievement can give them.
    """
    branches = [
        _one_step_away(rule, audience)
        for audience in Audience
        if counts_for(rule, audience) and not any(is_impossible(condition) for condition in rule.conditions)
    ]
    return join(" UNION ALL ", branches) if branches else Sql("SELECT NULL::bigint AS user_id WHERE false")


def _one(condition: Condition, asked: WayToNextTime, among: Sql) -> Sql:
    """What one person has of it, as an expression."""
    had = _had(condition, asked.rule, asked.audience, among, asked.nth)
    return Sql("coalesce((SELECT have FROM (") + had + ") one), 0)::bigint"


def _had(condition: Condition, rule: Rule, audience: Audience, among: Sql, nth: int) -> Sql:
    """Rows (user_id, have) of those who have anything of it."""
    need = needed(condition, nth)
    if isinstance(condition, Points):
        running = running_points(rule, among)
        return Sql("SELECT user_id, least(max(total), %s) AS have FROM (", (need,)) + running + ") given GROUP BY 1"
    if isinstance(condition, Achievements):
        each = Sql("SELECT user_id, least(max(n), %s) AS times FROM (", (nth * condition.count,))
        each += numbered_times(condition, among) + ") earned GROUP BY user_id, achievement_id"
        return Sql("SELECT user_id, sum(times)::bigint AS have FROM (") + each + ") each GROUP BY 1"
    of_all = units(condition, rule, events(condition, rule, audience, among))
    if condition.single_day:
        return _had_of_days(condition.count, nth, of_all)
    return Sql("SELECT user_id, least(count(*), %s) AS have FROM (", (need,)) + of_all + ") unit GROUP BY 1"


def _had_of_days(count: int, nth: int, of_all: Sql) -> Sql:
    """Days that are full, and of the others those that have most: as many as times are missing."""
    days = Sql("SELECT user_id, count(*) AS n FROM (") + of_all + ") unit GROUP BY user_id, day"
    ranked = (
        Sql(
            "SELECT user_id, mod(n, %s) AS rest, sum(n / %s) OVER (PARTITION BY user_id) AS times,"
            " row_number() OVER (PARTITION BY user_id ORDER BY mod(n, %s) DESC) AS place FROM (",
            (count, count, count),
        )
        + days
        + ") of_day"
    )
    have = Sql(
        "SELECT user_id, (least(max(times), %s) * %s"
        " + coalesce(sum(rest) FILTER (WHERE place <= %s - times), 0))::bigint AS have FROM (",
        (nth, count, nth),
    )
    return have + ranked + ") ranked GROUP BY 1"


def _one_step_away(rule: Rule, audience: Audience) -> Sql:
    among = Sql(" AND user_id IN (") + participants(rule, audience) + ")" + rule.people.among("user_id")
    statement = Sql("SELECT person.id AS user_id FROM (") + participants(rule, audience) + ") person"
    for i, condition in enumerate(rule.conditions):
        had = _had(condition, rule, audience, among, 1)
        statement += Sql(" LEFT JOIN (") + had + f") had_{i} ON had_{i}.user_id = person.id"
    steps = join(" + ", [_steps(condition, i, rule) for i, condition in enumerate(rule.conditions)])
    statement += Sql(" WHERE ") + steps + " = 1"
    if audience is Audience.OUTSIDERS:
        statement += f" AND coalesce({', '.join(f'had_{i}.user_id' for i in range(len(rule.conditions)))}) IS NOT NULL"
    never = (
        " AND EXISTS (SELECT FROM organizations_organization WHERE id = %s AND achievements_enabled)"
        " EXCEPT SELECT user_id FROM achievements_earnedachievement WHERE achievement_id = %s"
    )
    return Sql("(") + statement + Sql(f"{never})", (rule.organization_id, rule.achievement_id))


def _steps(condition: Condition, i: int, rule: Rule) -> Sql:
    """How many more events a person needs at least; more than one step of points is two."""
    missing = Sql(f"greatest(%s - coalesce(had_{i}.have, 0), 0)", (needed(condition),))
    if not isinstance(condition, Points):
        return missing
    most = "(SELECT max(points) FROM achievements_achievement WHERE is_enabled AND id <> %s)"
    one = Sql(" WHEN ") + missing + Sql(f" <= {most} THEN 1", (rule.achievement_id,))
    return Sql("CASE WHEN ") + missing + " = 0 THEN 0" + one + " ELSE 2 END"
