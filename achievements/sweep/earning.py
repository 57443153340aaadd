"""Tells who has newly earned an achievement."""
# ruff: noqa: S608 - every piece of text is a constant; values arrive as parameters

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from achievements.conditions import earners as compiled
from achievements.conditions.events import Rule
from achievements.conditions.sql import Sql
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep.rules import RuledAchievement


@dataclass(frozen=True)
class Earner:
    """Somebody who has earned an achievement for the nth time and has no row for it yet."""

    user_id: int
    nth: int
    earned_at: datetime


def is_earned(rule: Rule) -> bool:
    """Whether anybody has a row of the achievement."""
    return EarnedAchievement.objects.filter(achievement_id=rule.achievement_id).exists()


def earners(rule: Rule) -> Sql:
    """Rows (achievement_id, user_id, nth, earned_at), whether they are written or not."""
    found = Sql("SELECT %s::bigint AS achievement_id, user_id, nth, earned_at FROM (", (rule.achievement_id,))
    return found + compiled.earners(rule) + ") earner"


def new_earners(rule: Rule) -> Sql:
    """Rows (achievement_id, user_id, nth, earned_at) that are not written yet.

    A full join cannot be done row by row. NOT EXISTS can, and is where the statistics know nothing of the achievement's
    rows yet: then all of them are read for each earner. That takes hours with a hundred thousand of them.
    """
    written = Sql(
        ") earner FULL JOIN (SELECT user_id, nth, true AS is_written FROM achievements_earnedachievement"
        " WHERE achievement_id = %s",
        (rule.achievement_id,),
    )
    return (
        Sql("SELECT earner.* FROM (")
        + earners(rule)
        + written
        + rule.people.among("user_id")
        + ") written USING (user_id, nth) WHERE is_written IS NULL"
    )


def new_of_few(found: Sql) -> Sql:
    """Those of few rows (achievement_id, user_id, nth …) that are not written yet.

    Each is looked up on its own, which OFFSET ensures: of many achievements together, a join for each takes longer to
    plan than all of it to run.
    """
    return (
        Sql("SELECT * FROM (")
        + found
        + ") new WHERE NOT EXISTS (SELECT FROM achievements_earnedachievement earned"
        + " WHERE earned.achievement_id = new.achievement_id AND earned.user_id = new.user_id"
        + " AND earned.nth = new.nth OFFSET 0)"
    )


def find_limited(ruled: RuledAchievement) -> list[Earner]:
    """Who wins a place of an achievement that students compete for, earliest first (S54, S55).

    Awards are never taken back: late records compete only for places that are still free.
    """
    achievement = ruled.achievement
    if achievement.frequency_type == Achievement.FrequencyType.PER_ACHIEVEMENT:
        given = achievement.earned.count()
        room = achievement.frequency - given
        return _earliest(ruled, room) if room > 0 else []
    return one_per_period(ruled)


def _earliest(ruled: RuledAchievement, room: int) -> list[Earner]:
    found = new_earners(ruled.rule) + Sql(" ORDER BY earned_at, user_id LIMIT %s", (room,))
    with connection.cursor() as cursor:
        cursor.execute(found.text, found.parameters)
        return sorted((Earner(*row[1:]) for row in cursor.fetchall()), key=lambda one: one.user_id)


def one_per_period(ruled: RuledAchievement) -> list[Earner]:
    """Any two winners are Frequency calendar days apart, in the time zone of the achievement's organization."""
    days, zone = ruled.achievement.frequency, ruled.rule.time_zone
    day = Sql("(earned_at AT TIME ZONE %s)::date", (zone,))
    taken = Sql("SELECT ") + day + " FROM achievements_earnedachievement WHERE achievement_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(taken.text, (*taken.parameters, ruled.achievement.pk))
        winners: list[date] = [row[0] for row in cursor.fetchall()]
        first_of_day = (
            Sql("SELECT DISTINCT ON (day) day, user_id, nth, earned_at FROM (SELECT *, ")
            + day
            + " AS day FROM ("
            + new_earners(ruled.rule)
            + ") new) dated ORDER BY day, earned_at, user_id"
        )
        cursor.execute(first_of_day.text, first_of_day.parameters)
        found = []
        for row in cursor.fetchall():
            if all(abs((row[0] - other).days) >= days for other in winners):
                winners.append(row[0])
                found.append(Earner(*row[1:]))
    return sorted(found, key=lambda one: one.user_id)
