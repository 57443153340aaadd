"""Which training records a condition counts, and whose: the bottom of the compiler.

Of the people an achievement is for every record counts; of outsiders, those of courses that are open to outside
organizations, for the organization that owns the course and those above it (S85). Nothing counts before its moment has
come.
"""
# ruff: noqa: S608 - every piece of text is a constant of this module; what people write arrives as a parameter

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from achievements.conditions.sql import Sql, join
from achievements.conditions.terms import Condition, Courses, Labs


@dataclass(frozen=True, kw_only=True)
class People:
    """Whom a statement looks at: everybody, some users, the members of some organizations, or those gathered.

    Those gathered and their records are in tables of the session (achievements.sweep.gathering), with all that the switches say
    about them; `gathered_from` are their organizations.
    """

    user_ids: Sequence[int] | None = None
    organization_ids: Sequence[int] | None = None
    gathered_from: frozenset[int] | None = None

    def among(self, column: str) -> Sql:
        """A condition that `column` is one of them, to be ANDed; empty for everybody."""
        if self.user_ids is not None:
            return Sql(f" AND {column} = ANY(%s::bigint[])", (list(self.user_ids),))
        if self.organization_ids is not None:
            members = f" AND {column} IN (SELECT id FROM organizations_user WHERE organization_id = ANY(%s::bigint[]))"
            return Sql(members, (list(self.organization_ids),))
        return Sql("")


EVERYBODY = People()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What the compiler needs to know of an achievement.

    `times`: the largest n that is wanted. `until`: what is dated later does not count yet. `root_id`: the top of the
    tree that a global achievement reaches, unless it reaches all. `has_outsiders`: False lets the branch for outsiders
    be left out, when no course of the organization or of those below it is open to outside organizations.
    """

    achievement_id: int
    organization_id: int
    root_id: int
    conditions: tuple[Condition, ...]
    until: datetime
    is_global: bool = False
    reaches_all_trees: bool = False
    time_zone: str = "UTC"
    times: int = 1
    has_outsiders: bool = True
    people: People = EVERYBODY


class Audience(Enum):
    """Whose records are looked at: of a member every one counts."""

    MEMBERS = "members"
    OUTSIDERS = "outsiders"


TAKES_PART = (
    "FROM organizations_user person JOIN organizations_organization organization ON organization.id = person.organization_id"
    " WHERE person.is_active AND person.participates_in_achievements AND organization.achievements_enabled"
)


def owner_takes_part(rule: Rule) -> Sql:
    """A condition that the achievement's own organization has achievements switched on."""
    return Sql(
        "EXISTS (SELECT FROM organizations_organization WHERE id = %s AND achievements_enabled)",
        (rule.organization_id,),
    )


# An array, made once for a statement: of how many rows an IN of a walk has the planner thinks far too little, and nested
# loops that took five times as long.
_BELOW = (
    "ARRAY(WITH RECURSIVE below (id) AS (SELECT %s::bigint UNION SELECT child.id FROM organizations_organization child"
    " JOIN below ON child.parent_id = below.id) SELECT id FROM below)"
)


def is_at_home(rule: Rule) -> Sql:
    """A condition that the row `organization` is one of those the achievement is for; its people are the members."""
    home = Sql("organization.id = %s", (rule.organization_id,))
    if not rule.is_global:
        return home
    tree = Sql("") if rule.reaches_all_trees else Sql(f" AND organization.id = ANY({_BELOW})", (rule.root_id,))
    return Sql("(") + home + " OR organization.in_global_achievements" + tree + ")"


def participants(rule: Rule, audience: Audience) -> Sql:
    """Ids of those who take part in achievements and belong to the audience (S81 to S85)."""
    return (
        Sql(f"SELECT person.id {TAKES_PART} AND ")
        + ("" if audience is Audience.MEMBERS else "NOT ")
        + is_at_home(rule)
        + rule.people.among("person.id")
    )


def takes_outsiders(rule: Rule) -> bool:
    """Whether outsiders among the people can earn it. Points have no course: they never count for outsiders."""
    gathered_from = rule.people.gathered_from
    if gathered_from is not None and gathered_from <= {rule.organization_id}:
        return False
    return rule.has_outsiders and all(isinstance(condition, Labs | Courses) for condition in rule.conditions)


def is_outside(record: str, rule: Rule) -> Sql:
    """A condition that the record's course is open to outside organizations, and owned by the achievement's organization
    or one below it: of other owners' courses it learns nothing about strangers.
    """
    courses = "SELECT id FROM courses_course WHERE achievements_for_outside_organizations"
    return Sql(
        f"{record}.course_id = ANY(ARRAY({courses} AND organization_id = ANY({_BELOW})))",
        (rule.organization_id,),
    )


def events_of_all(condition: Labs | Courses, rule: Rule) -> Sql:
    """`events` of all who take part: every record of members, and of outsiders those of courses that are open to them.

    Outside courses are found by their own index, so that two searches are better than one with an OR; records of labs
    have no such index, and are read once.
    """
    if rule.people.gathered_from is not None:
        return of_gathered(condition, rule)
    if not takes_outsiders(rule):
        return events(condition, rule, Audience.MEMBERS, among(rule, Audience.MEMBERS))
    if isinstance(condition, Courses):
        each = [events(condition, rule, audience, among(rule, audience)) for audience in Audience]
        return join(" UNION ALL ", each)
    either = (
        Sql(f" AND EXISTS (SELECT {TAKES_PART} AND person.id = courses_trainingrecord.user_id AND (")
        + is_at_home(rule)
        + " OR "
        + is_outside("courses_trainingrecord", rule)
        + "))"
        + rule.people.among("user_id")
    )
    return events(condition, rule, Audience.MEMBERS, either)


_GATHERED_PEOPLE, _GATHERED_RECORDS = "pg_temp.gathered_person", "pg_temp.gathered_record"


def of_gathered(condition: Labs | Courses, rule: Rule) -> Sql:
    """`events` of those gathered; `recorded_at` is since when the record counts (achievements.sweep.gathering)."""
    is_outside = [Sql("%s = ANY(credited_to)", (rule.organization_id,))] if takes_outsiders(rule) else []
    return records_of(_GATHERED_RECORDS, condition, rule, Sql(" AND ") + _is_of_gathered(rule, *is_outside))


def _is_of_gathered(rule: Rule, *otherwise: Sql) -> Sql:
    """A condition that a row of the tables of those gathered is about a member; or one of the others."""
    members = [Sql("organization_id = %s", (rule.organization_id,))]
    if rule.is_global:
        tree = Sql("") if rule.reaches_all_trees else Sql(" AND root_id = %s", (rule.root_id,))
        members.append(Sql("in_global_achievements") + tree)
    return Sql("(") + join(" OR ", [*members, *otherwise]) + ")"


def among(rule: Rule, audience: Audience) -> Sql:
    """A condition that `user_id` is of the audience and of the people looked at, to be ANDed."""
    if rule.people.gathered_from is not None:
        return Sql(f" AND user_id IN (SELECT id FROM {_GATHERED_PEOPLE} WHERE ") + _is_of_gathered(rule) + ")"
    return Sql(" AND user_id IN (") + participants(rule, audience) + ")" + rule.people.among("user_id")


def events(condition: Labs | Courses, rule: Rule, audience: Audience, among: Sql) -> Sql:
    """(user_id, item, moment) of each record that counts, with its id, course_id and recorded_at; the moment is what the
    condition waits for (S71, S72).

    `among` is a condition on user_id, to be ANDed: whose records are looked at.
    """
    outside = Sql("")
    if audience is Audience.OUTSIDERS:
        outside = Sql(" AND ") + is_outside("courses_trainingrecord", rule)
    return records_of("courses_trainingrecord", condition, rule, outside + among)


# What is read of training records, beside `recorded_at`; achievements.sweep.gathering gathers it.
COLUMNS = ("id", "user_id", "lab_id", "course_id", "started_at", "completed_at", "passed", "minutes_spent")


def records_of(table: str, condition: Labs | Courses, rule: Rule, further: Sql) -> Sql:
    """`events` of a table that has the columns of training records; `further` conditions are ANDed."""
    passed = isinstance(condition, Labs) and condition.passed
    needs_end = condition.complete or passed
    item = "lab_id" if isinstance(condition, Labs) else "course_id"
    moment = "completed_at" if needs_end else "started_at"
    columns = f"user_id, {item} AS item, {moment} AS moment, id, course_id, recorded_at"
    records = Sql(f"SELECT {columns} FROM {table} WHERE ")
    records += _items(condition)
    records += Sql(f" AND {moment} <= %s", (rule.until,))
    if passed:
        records += " AND passed"
    if condition.min_minutes_spent:
        records += Sql(" AND minutes_spent >= %s", (condition.min_minutes_spent,))
    return records + further


def _items(condition: Labs | Courses) -> Sql:
    """Which labs or courses; worded as the partial indexes of training records are."""
    if isinstance(condition, Labs):
        labs = Sql("lab_id IS NOT NULL")
        return labs + Sql(" AND lab_id = ANY(%s::bigint[])", (list(condition.lab_ids),)) if condition.lab_ids else labs
    courses = Sql("lab_id IS NULL")
    if condition.course_ids:
        courses += Sql(" AND course_id = ANY(%s::bigint[])", (list(condition.course_ids),))
    if condition.tag_ids:
        tagged = " AND course_id IN (SELECT course_id FROM courses_course_tags WHERE coursetag_id = ANY(%s::bigint[]))"
        courses += Sql(tagged, (list(condition.tag_ids),))
    return courses
