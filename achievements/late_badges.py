"""Tells who earned an achievement before it had its badge, or when the badge could not be issued, and lacks it still."""
# ruff: noqa: S608 - every piece of text is a constant; values arrive as parameters

from dataclasses import dataclass

from django.db import connection

from achievements.conditions.sql import TAKES_PART, Sql
from achievements.models import Achievement
from badges.issuing import PLAIN_ADDRESS


@dataclass(frozen=True)
class Lacking:
    """How many lack the badge; and how many of them would get it, rather than be refused once more."""

    count: int = 0
    issuable: int = 0


def lacking(achievement: Achievement) -> Sql:
    """Rows (user_id): who earned it, takes part (S81 to S85), and never had its badge. Conditions may be ANDed."""
    return Sql(
        "SELECT user_id FROM achievements_earnedachievement earned WHERE achievement_id = %s AND nth = 1"
        " AND NOT EXISTS (SELECT FROM badges_issuedbadge WHERE badge_id = %s AND student_id = earned.user_id)"
        f" AND EXISTS (SELECT {TAKES_PART} AND person.id = earned.user_id)"
        " AND EXISTS (SELECT FROM tms_organization WHERE id = %s AND achievements_enabled)",
        (achievement.pk, achievement.badge_id or 0, achievement.organization_id),
    )


def counts(achievement: Achievement) -> Sql:
    """One row (count, issuable), as in `Lacking`."""
    return (
        Sql("WITH lacking AS MATERIALIZED (")
        + lacking(achievement)
        + ") SELECT (SELECT count(*) FROM lacking), (SELECT count(*) FROM lacking JOIN tms_user ON id = user_id"
        + Sql(
            " WHERE email ~ %s AND EXISTS (SELECT FROM badges_badge badge JOIN badges_badgeprovider provider"
            " ON provider.id = provider_id WHERE badge.id = %s AND provider.is_enabled))",
            (PLAIN_ADDRESS, achievement.badge_id or 0),
        )
    )


def count_lacking(achievement: Achievement) -> Lacking:
    """How many lack its badge. One query, none where there is no badge or nobody can have earned it."""
    if achievement.badge_id is None or achievement.pk is None:
        return Lacking()
    statement = counts(achievement)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return Lacking(*cursor.fetchone())
