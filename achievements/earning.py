"""Finds who has newly earned an achievement, and writes it down with the badges, in the caller's transaction."""
# ruff: noqa: S608 - every piece of text is a constant; values arrive as parameters

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from achievements.conditions import sql
from achievements.conditions.sql import Sql
from achievements.models import Achievement, EarnedAchievement
from achievements.rules import Swept
from achievements.runs import Problem, Run, Written
from badges.issuing import MAX_AWARDS, Award, Source, issue_earned
from badges.models import IssuedBadge, Via

CHUNK = MAX_AWARDS


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


def find_in_chunks(rule: sql.Rule) -> Generator[list[Found]]:
    """New earners in the order of users, CHUNK at a time from one evaluation; the last chunk is smaller, maybe empty."""
    for rows in _in_chunks(new_earners(rule) + " ORDER BY user_id, nth"):
        yield [Found(*row[1:]) for row in rows]


def find_users_in_chunks(rules: Sequence[sql.Rule]) -> Generator[list[int]]:
    """Ids of all who have newly earned any of several achievements, in order, chunks as in `find_in_chunks`."""
    union = sql.join(" UNION ALL ", [new_earners(rule) for rule in rules])
    for rows in _in_chunks(Sql("SELECT DISTINCT user_id FROM (") + union + ") new ORDER BY user_id"):
        yield [user_id for (user_id,) in rows]


def find_together(rules: Sequence[sql.Rule]) -> dict[int, list[Found]]:
    """New earners of several achievements by achievement id, in the order of users, in one statement."""
    union = sql.join(" UNION ALL ", [new_earners(rule) for rule in rules]) + " ORDER BY 1, 2, 3"
    found: dict[int, list[Found]] = {}
    with connection.cursor() as cursor:
        cursor.execute(union.text, union.parameters)
        for achievement_id, *row in cursor.fetchall():
            found.setdefault(achievement_id, []).append(Found(*row))
    return found


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


_INSERT = """
INSERT INTO achievements_earnedachievement
    (achievement_id, user_id, nth, earned_at, version, evidence, created_at, sweep_id)
SELECT %s, user_id, nth, earned_at, %s, '{}', %s, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS found (user_id, nth, earned_at)
ORDER BY user_id, nth
ON CONFLICT (achievement_id, user_id, nth) DO NOTHING
RETURNING user_id, nth, earned_at
"""


def write(swept: Swept, found: Sequence[Found], *, run: Run) -> Written:
    """Write earned achievements and issue their badges, at most CHUNK rows, in the caller's transaction.

    Safe beside any other writer: what somebody else has written meanwhile is left out, and rows are inserted in one
    order everywhere. The first time earns the badge; later times earn points alone.
    """
    achievement = swept.achievement
    if not found:
        return Written(achievement=achievement)
    rows = ([one.user_id for one in found], [one.nth for one in found], [one.earned_at for one in found])
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [achievement.pk, achievement.version, run.now, run.sweep.pk, *rows])
        new = [Found(*row) for row in cursor.fetchall()]
    return _issue(achievement, [(one.user_id, one.earned_at) for one in new if one.nth == 1], earned=len(new))


def issue_missing(achievement: Achievement, *, after_user: int) -> tuple[Written, int | None]:
    """Issue the badge to the next CHUNK of those who earned it and never got it, in the caller's transaction.

    An achievement may have got its badge later, or the provider or the address may be in order now. Starts behind the
    user `after_user`; also returns the user to go on behind, None at the end.
    """
    rows = list(_without_badge(achievement).filter(user_id__gt=after_user).order_by("user_id")[:CHUNK])
    return _issue(achievement, rows, earned=0), rows[-1][0] if len(rows) == CHUNK else None


def _without_badge(achievement: Achievement) -> "QuerySet[EarnedAchievement, tuple[int, datetime]]":
    issued = IssuedBadge.objects.filter(badge=achievement.badge).values("student_id")
    earned = EarnedAchievement.objects.filter(achievement=achievement, nth=1, user__is_active=True)
    return earned.exclude(user_id__in=issued).values_list("user_id", "earned_at")


def _issue(achievement: Achievement, earners: Sequence[tuple[int, datetime]], *, earned: int) -> Written:
    if achievement.badge is None or not earners:
        return Written(achievement=achievement, earned=earned)
    evidence = {"version": achievement.version}
    awards = [Award(student_id=user_id, at=earned_at, evidence=evidence) for user_id, earned_at in earners]
    source = Source(via=Via.ACHIEVEMENT, id=achievement.pk, words=achievement.name)
    report = issue_earned(badge=achievement.badge, awards=awards, source=source)
    problems = [Problem(one.code, one.message, one.student_id) for one in report.failed]
    return Written(achievement=achievement, earned=earned, issued=len(report.issued), problems=problems)


def _in_chunks(select: Sql) -> Generator[list[tuple[Any, ...]]]:
    """Rows of one evaluation. Close the generator on the way out of a failure (contextlib.closing).

    The caller may commit between chunks: a cursor WITH HOLD outlives its transaction, and keeps on the server what
    would not fit into a worker's memory.
    """
    with connection.cursor() as cursor:
        declare = Sql("DECLARE found NO SCROLL CURSOR WITH HOLD FOR ") + select
        cursor.execute(declare.text, declare.parameters)
        is_last = False
        try:
            while not is_last:
                cursor.execute(f"FETCH {CHUNK} FROM found")
                rows = cursor.fetchall()
                is_last = len(rows) < CHUNK
                if is_last:
                    cursor.execute("CLOSE found")
                yield rows
        except GeneratorExit:
            if not is_last:
                _close_after_a_failure(cursor)
            raise


def _close_after_a_failure(cursor: CursorWrapper) -> None:
    """A rolled back transaction took the cursor that it had opened with it, and a lost connection every one."""
    with contextlib.suppress(InterfaceError, OperationalError):
        cursor.execute("SELECT FROM pg_cursors WHERE name = 'found'")
        if cursor.fetchone() is not None:
            cursor.execute("CLOSE found")


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
