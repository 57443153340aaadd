"""Tells who earned an achievement before it had its badge, or when the badge could not be issued, and lacks it still."""
# ruff: noqa: S608 - every piece of text is a constant; values arrive as parameters

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from achievements.conditions.events import EVERYBODY, TAKES_PART, People
from achievements.conditions.sql import Sql
from achievements.models import Achievement
from badges.issuing.obstacles import IS_ISSUABLE
from organizations.models import PLAIN_ADDRESS, Organization

# Of those gathered (achievements.sweep.gathering), who take part. Refusals are reported by full looks only.
_LACKED = f"""
SELECT DISTINCT achievement_id
FROM gathered_person
JOIN organizations_user person USING (id)
JOIN achievements_earnedachievement earned ON earned.user_id = person.id AND nth = 1
JOIN achievements_achievement achievement ON achievement.id = achievement_id
JOIN organizations_organization organization ON organization.id = achievement.organization_id
JOIN badges_badge badge ON badge.id = badge_id
JOIN badges_badgeprovider provider ON provider.id = provider_id
WHERE person.id = ANY(%s) AND achievement.is_enabled AND organization.achievements_enabled AND {IS_ISSUABLE} AND email ~ %s
    AND NOT EXISTS (
        SELECT FROM badges_issuedbadge given WHERE given.badge_id = badge.id AND student_id = person.id OFFSET 0)
"""


@dataclass(frozen=True)
class Lacking:
    """How many lack the badge; and how many of them would get it, rather than be refused once more."""

    count: int = 0
    issuable: int = 0


def lacking(achievement: Achievement, people: People = EVERYBODY) -> Sql:
    """Rows (user_id): who earned it, takes part (S81 to S85), and never had its badge. Conditions may be ANDed.

    Strangers who earned it once are not written to: only who is of the achievement's tree, or was trained in a course
    that it may credit outsiders with. Of some people only those who would get it now.

    EXCEPT reads both sides once. NOT EXISTS may read all holders of a badge for each earner, where the statistics know
    nothing of the badge yet.
    """
    earned = "SELECT user_id FROM achievements_earnedachievement WHERE achievement_id = %s AND nth = 1"
    given = "SELECT student_id FROM badges_issuedbadge WHERE badge_id = %s"
    found = Sql("SELECT user_id FROM (" + earned, (achievement.pk,)) + people.among("user_id")
    found += Sql(f" EXCEPT {given}", (achievement.badge_id or 0,)) + people.among("student_id")
    found += Sql(
        ") earned WHERE EXISTS (SELECT FROM organizations_organization WHERE id = %s AND achievements_enabled)"
        f" AND EXISTS (SELECT {TAKES_PART} AND person.id = earned.user_id",
        (achievement.organization_id,),
    )
    found += _is_no_stranger(achievement) + ")"
    if people is EVERYBODY:
        return found
    return found + " AND user_id IN (SELECT id" + _issuable(achievement) + ")"


def _is_no_stranger(achievement: Achievement) -> Sql:
    """To be ANDed, of the rows `person` and `organization`."""
    if achievement.is_global and achievement.reaches_all_trees:
        return Sql("")
    own = Organization.objects.filter(pk=achievement.organization_id)
    tree = Organization.objects.in_trees_of(own).values("pk").query.sql_with_params()
    owners = Organization.objects.under(own).values("pk").query.sql_with_params()
    trained = (
        Sql(
            "EXISTS (SELECT FROM courses_trainingrecord record JOIN courses_course course ON course.id = course_id"
            " WHERE user_id = person.id AND achievements_for_outside_organizations AND course.organization_id IN ("
        )
        + Sql(*owners)
        + "))"
    )
    return Sql(" AND (organization.id IN (") + Sql(*tree) + ") OR " + trained + ")"


def is_stranger(achievement: Achievement, student_id: int) -> bool:
    """Whether the student has nothing to do any more with the tree of the achievement: then its badge stays unissued."""
    belongs = Sql(
        "SELECT EXISTS (SELECT FROM organizations_user person"
        " JOIN organizations_organization organization ON organization.id = person.organization_id WHERE person.id = %s",
        (student_id,),
    )
    belongs += _is_no_stranger(achievement) + ")"
    with connection.cursor() as cursor:
        cursor.execute(belongs.text, belongs.parameters)
        return not cursor.fetchone()[0]


def counts(achievement: Achievement, people: People = EVERYBODY) -> Sql:
    """One row (count, issuable), as in `Lacking`."""
    return (
        Sql("WITH lacking AS MATERIALIZED (")
        + lacking(achievement, people)
        + ") SELECT (SELECT count(*) FROM lacking), (SELECT count(*)"
        + _issuable(achievement)
        + " AND id IN (SELECT user_id FROM lacking))"
    )


def ended(achievement: Achievement, valid_days: int, people: People = EVERYBODY) -> Sql:
    """One row (count): of those who would get it, whose badge has ended already, counted from when they earned it."""
    return (
        Sql("WITH lacking AS MATERIALIZED (")
        + lacking(achievement, people)
        + ") SELECT count(*)"
        + _issuable(achievement)
        + " AND id IN (SELECT user_id FROM lacking)"
        + Sql(
            " AND EXISTS (SELECT FROM achievements_earnedachievement WHERE achievement_id = %s AND user_id = person.id"
            " AND nth = 1 AND earned_at + make_interval(hours => 24 * %s) <= statement_timestamp() OFFSET 0)",
            (achievement.pk, valid_days),
        )
    )


def _issuable(achievement: Achievement) -> Sql:
    """FROM and WHERE of the accounts to which the badge could be issued."""
    return Sql(
        " FROM organizations_user person WHERE email ~ %s AND EXISTS (SELECT FROM badges_badge badge JOIN badges_badgeprovider provider"
        f" ON provider.id = provider_id WHERE badge.id = %s AND {IS_ISSUABLE})",
        (PLAIN_ADDRESS, achievement.badge_id or 0),
    )


def count_lacking(achievement: Achievement, people: People = EVERYBODY) -> Lacking:
    """How many lack its badge. One query, none where there is no badge or nobody can have earned it."""
    if achievement.badge_id is None or achievement.pk is None:
        return Lacking()
    statement = counts(achievement, people)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return Lacking(*cursor.fetchone())


def lacked(student_ids: Sequence[int]) -> set[int]:
    """Ids of the achievements that any of these has earned without getting the badge, and would get it now. They are
    among those gathered.

    One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LACKED, [list(student_ids), PLAIN_ADDRESS])
        return {achievement_id for (achievement_id,) in cursor.fetchall()}
