"""Tells who has newly earned an achievement."""
# ruff: noqa: S608 - every piece of text is a constant; values arrive as parameters

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from achievements.conditions import sql
from achievements.conditions.sql import Sql
from achievements.models import Achievement
from achievements.rules import Swept


@dataclass(frozen=True)
class Found:
    """Somebody who has earned an achievement for the nth time and has no row for it yet."""

    user_id: int
    nth: int
    earned_at: datetime


def new_earners(rule: sql.Rule) -> Sql:
    """Rows (achievement_id, user_id, nth, earned_at) that are not written yet."""
    return (
        Sql("SELECT %s::bigint AS achievement_id, user_id, nth, earned_at FROM (", (rule.achievement_id,))
        + sql.earners(rule)
        + Sql(
            ") earner WHERE NOT EXISTS (SELECT FROM achievements_earnedachievement earned"
            " WHERE earned.achievement_id = %s AND earned.user_id = earner.user_id AND earned.nth = earner.nth)",
            (rule.achievement_id,),
        )
    )


def find_limited(swept: Swept) -> list[Found]:
    """Who wins a place of an achievement that students compete for, earliest first (S54, S55).

    Takes a lock on the achievement's row until the transaction ends, so that no place is given twice. What was given
    stays given: a record that arrives late wins a place that is still free, or none.
    """
    achievement = swept.achievement
    # NO KEY: two allocations wait for each other, a mere reference to the achievement does not wait.
    Achievement.objects.select_for_update(no_key=True, of=("self",)).only("pk").get(pk=achievement.pk)
    if achievement.frequency_type == Achievement.FrequencyType.PER_ACHIEVEMENT:
        room = achievement.frequency - achievement.earned.count()
        return _earliest(swept, room) if room > 0 else []
    return one_per_period(swept)


def _earliest(swept: Swept, room: int) -> list[Found]:
    found = new_earners(swept.rule) + Sql(" ORDER BY earned_at, user_id LIMIT %s", (room,))
    with connection.cursor() as cursor:
        cursor.execute(found.text, found.parameters)
        return sorted((Found(*row[1:]) for row in cursor.fetchall()), key=lambda one: one.user_id)


def one_per_period(swept: Swept) -> list[Found]:
    """Any two winners are Frequency calendar days apart, in the time zone of the achievement's organization."""
    days, zone = swept.achievement.frequency, swept.rule.time_zone
    day = Sql("(earned_at AT TIME ZONE %s)::date", (zone,))
    first_of_day = (
        Sql("SELECT DISTINCT ON (day) day, user_id, nth, earned_at FROM (SELECT *, ")
        + day
        + " AS day FROM ("
        + new_earners(swept.rule)
        + ") new) dated ORDER BY day, earned_at, user_id"
    )
    taken = Sql("SELECT ") + day + " FROM achievements_earnedachievement WHERE achievement_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(taken.text, (*taken.parameters, swept.achievement.pk))
        winners: list[date] = [row[0] for row in cursor.fetchall()]
        cursor.execute(first_of_day.text, first_of_day.parameters)
        found = []
        for row in cursor.fetchall():
            if all(abs((row[0] - other).days) >= days for other in winners):
                winners.append(row[0])
                found.append(Found(*row[1:]))
    return sorted(found, key=lambda one: one.user_id)
