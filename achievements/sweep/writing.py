"""Writes down those who were found, each with the evidence, and has their badges issued, in the caller's transaction."""
# ruff: noqa: S608 - every piece of text is a constant; values arrive as parameters

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from achievements.conditions.events import EVERYBODY, People
from achievements.conditions.evidence import counted, counted_alone, counted_at_once
from achievements.conditions.sql import Sql, join
from achievements.conditions.terms import Courses, Labs
from achievements.models import Achievement
from achievements.sweep.earning import is_earned
from achievements.sweep.found import CHUNK, LOOK, STEP, Tables
from achievements.sweep.late_badges import lacking
from achievements.sweep.rules import RuledAchievement
from achievements.sweep.runs import Problem, Run, Written
from badges.issuing import AwardReport, Awards, issue_earned
from badges.models import Via

# The evidence is put together as text, which takes half as long as jsonb_build_object.
# What counted is gathered by a GROUP BY: whatever the planner thinks of a temporary table, it cannot choose a nested loop.
_PROVE = """
CREATE TABLE {proven} AS
SELECT row_number() OVER (ORDER BY place, user_id, nth) AS position,
    achievement_id, user_id, nth, earned_at, version, greatest(due_at, due_since) AS due_at,
    ('{{"version": ' || version || ', "counted": ' || counted || ', "records": ['
        || coalesce(array_to_string(records, ', '), '') || '], "earned": ['
        || coalesce(array_to_string(earned, ', '), '') || ']}}')::jsonb AS evidence
FROM (
    SELECT achievement_id, user_id, nth, max(earned_at) AS earned_at, max(due_at) AS due_at,
        array_agg(DISTINCT record_id) FILTER (WHERE is_kept AND record_id IS NOT NULL) AS records,
        array_agg(DISTINCT earned_id) FILTER (WHERE is_kept AND earned_id IS NOT NULL) AS earned,
        count(is_kept) AS counted
    FROM (
        SELECT achievement_id, user_id, nth, earned_at, NULL::boolean AS is_kept, NULL::bigint AS record_id,
            NULL::bigint AS earned_id, NULL::timestamptz AS due_at
        FROM {found}
        UNION ALL
        {events}) AS event
    GROUP BY achievement_id, user_id, nth
    HAVING max(earned_at) IS NOT NULL) AS proven
JOIN unnest(%s::bigint[], %s::integer[], %s::timestamptz[]) WITH ORDINALITY
    AS ruled (achievement_id, version, due_since, place) USING (achievement_id)
"""

# Most achievements have one condition and are earned once. What counted comes in the order of users then.
_PROVE_ALONE = """
CREATE TABLE {proven} AS
SELECT row_number() OVER (ORDER BY {group}) AS position,
    achievement_id, user_id, {nth} AS nth, earned_at, version, greatest(due_at, due_since) AS due_at,
    ('{{"version": ' || version || ', "counted": ' || counted || ', "records": ['
        || array_to_string(records, ', ') || '], "earned": []}}')::jsonb AS evidence
FROM (
    SELECT {group}, max(earned_at) AS earned_at, max(due_at) AS due_at, count(*) AS counted,
        array_agg({distinct} record_id) FILTER (WHERE is_kept) AS records
    FROM ({events}) AS event
    GROUP BY {group}
    HAVING count(*) = {count}) AS proven,
    unnest(%s::bigint[], %s::integer[], %s::timestamptz[]) AS ruled (achievement_id, version, due_since)
"""

# When a student came to count is only looked up if it was later than the last record that the award needed.
_SWITCHED = """
CASE WHEN due_at < greatest((SELECT max(switched_at) FROM organizations_user), (SELECT max(switched_at) FROM organizations_organization))
    THEN (SELECT greatest(person.switched_at, organization.switched_at)
        FROM organizations_user person JOIN organizations_organization organization ON organization.id = organization_id
        WHERE person.id = user_id) END
"""

# What was disabled, or has other conditions now, is left to the look that its change asked for. So is what belongs to an
# organization that was switched off meanwhile.
_INSERT = """
earned AS (
    INSERT INTO achievements_earnedachievement
        (achievement_id, user_id, nth, earned_at, version, evidence, created_at, lag, sweep_id)
    SELECT achievement_id, user_id, nth, earned_at, version, evidence,
        %(award_now)s, greatest(%(award_now)s - greatest(due_at, earned_at, {switched}), interval '0'), %(award_sweep)s
    FROM {proven} WHERE position > %(award_after)s AND position <= %(award_up_to)s
        AND (achievement_id, version) IN (
            SELECT achievement.id, version FROM achievements_achievement achievement
            JOIN organizations_organization owner ON owner.id = organization_id WHERE is_enabled AND achievements_enabled)
    ORDER BY position
    ON CONFLICT (achievement_id, user_id, nth) DO NOTHING
    RETURNING achievement_id, user_id, nth, earned_at, evidence)
"""

_SELECT = """
SELECT achievement.id AS source_id, achievement.name AS source_words,
    CASE WHEN nth = 1 THEN achievement.badge_id END AS badge_id,
    user_id AS student_id, earned_at AS at, evidence
FROM earned JOIN achievements_achievement achievement ON achievement.id = achievement_id
"""


def prove(
    several: Sequence[RuledAchievement], people: People, since: Mapping[int, datetime], *, tables: Tables = STEP
) -> int:
    """Find out on what those in the tables earned these achievements; how many rows there are to write.

    `people` are those among whom they were found, but for what they compete for: its winners are from everybody.
    They are to be written in the order of `several`, and of users. An award was due since what it needed was recorded,
    or since a switch let it count: of the achievement, of its organization, of a course; or since its moment in `since`.
    None was due before it was earned: a record may have been written ahead of its time.
    """
    return _keep(several, _proof(several, people, tables), since, tables)


def prove_at_once(ruled: RuledAchievement) -> int | None:
    """Find all who have earned an achievement that nobody has yet, and on what; how many rows there are to write.

    None where that takes two steps: searching twice took a third longer than a person's SQL. Only the first of all of
    somebody's records is found sooner without what it is proven with.
    """
    condition, rule = _only_condition(ruled), ruled.rule
    if condition is None or (condition.is_any and condition.count == rule.times == 1) or is_earned(rule):
        return None
    events = counted_at_once(condition, rule)
    return _keep([ruled], _alone(condition, events, times=rule.times, tables=LOOK), {}, LOOK)


def put_off(since: Mapping[int, datetime]) -> None:
    """What the look has proven is due since its moment in `since`, if that is later."""
    with connection.cursor() as cursor:
        for achievement_id, moment in since.items():
            cursor.execute(
                f"UPDATE {LOOK.proven} SET due_at = greatest(due_at, %s) WHERE achievement_id = %s",
                [moment, achievement_id],
            )


def _keep(several: Sequence[RuledAchievement], statement: Sql, since: Mapping[int, datetime], tables: Tables) -> int:
    achievements = [ruled.achievement for ruled in several]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {tables.proven}")
        cursor.execute(
            statement.text,
            [
                *statement.parameters,
                [achievement.pk for achievement in achievements],
                [achievement.version for achievement in achievements],
                [_due_since(achievement, since) for achievement in achievements],
            ],
        )
        count: int = cursor.rowcount
        if count > CHUNK:
            cursor.execute(f"CREATE INDEX ON {tables.proven} (position)")
            cursor.execute(f"ANALYZE {tables.proven} (position)")
    return count


def write(
    several: Sequence[RuledAchievement], *, after: int, up_to: int, run: Run, tables: Tables = STEP
) -> list[Written]:
    """Write what was proven, from the row behind `after` to the row `up_to`.

    Safe beside any other writer: what somebody else has written meanwhile is left out, and rows are inserted in one
    order everywhere. The first time earns the badge; later times earn points alone.
    """
    parameters = {
        "award_after": after,
        "award_up_to": up_to,
        "award_now": run.now,
        "award_sweep": run.sweep.pk,
    }
    insert = _INSERT.format(proven=tables.proven, switched=_SWITCHED)
    return _written(several, issue_earned(Awards(_SELECT, parameters, ctes=[insert]), via=Via.ACHIEVEMENT))


def student_at(position: int) -> int:
    """Whose row of what the look has proven this is."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT user_id FROM {LOOK.proven} WHERE position = %s", [position])
        return int(cursor.fetchone()[0])


def issue_missing(ruled: RuledAchievement, people: People, *, after_user: int) -> tuple[Written, int | None]:
    """Issue the badge to the next CHUNK of those who earned it and never got it.

    An achievement may have got its badge later, or the provider or the address may be in order now. Who takes no part
    at present waits. Starts behind the user `after_user`; also returns the user to go on behind, None at the end.
    """
    achievement = ruled.achievement
    statement = lacking(achievement, people) + Sql(" AND user_id > %s ORDER BY user_id LIMIT %s", (after_user, CHUNK))
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        user_ids = [user_id for (user_id,) in cursor.fetchall()]
    if not user_ids:
        return Written(achievement=achievement), None
    parameters = {"award_achievement": achievement.pk, "award_users": user_ids}
    [written] = _written([ruled], issue_earned(Awards(_SELECT_MISSING, parameters), via=Via.ACHIEVEMENT))
    missing = Written(achievement=achievement, issued=written.issued, problems=written.problems)
    return missing, user_ids[-1] if len(user_ids) == CHUNK else None


_SELECT_MISSING = """
SELECT achievement.id AS source_id, achievement.name AS source_words, achievement.badge_id,
    user_id AS student_id, earned_at AS at, evidence
FROM achievements_earnedachievement earned
JOIN achievements_achievement achievement ON achievement.id = earned.achievement_id
WHERE earned.achievement_id = %(award_achievement)s AND nth = 1 AND user_id = ANY(%(award_users)s) AND is_enabled
"""


def _proof(several: Sequence[RuledAchievement], people: People, tables: Tables) -> Sql:
    [ruled, *others] = several
    condition = _only_condition(ruled)
    if people is EVERYBODY and not others and ruled.rule.times == 1 and condition is not None:
        return _alone(condition, counted_alone(condition, ruled.rule, tables.found), times=1, tables=tables)
    events = join(" UNION ALL ", [_events(ruled, people, tables) for ruled in several])
    return Sql(_PROVE.format(found=tables.found, proven=tables.proven, events=events.text), events.parameters)


def _alone(condition: Labs | Courses, events: Sql, *, times: int, tables: Tables) -> Sql:
    nth, group = ("1", "user_id") if times == 1 else ("nth", "user_id, nth")
    distinct = "" if condition.count == 1 else "DISTINCT"  # sorted, too
    return Sql(
        _PROVE_ALONE.format(
            proven=tables.proven, events=events.text, nth=nth, group=group, distinct=distinct, count=condition.count
        ),
        events.parameters,
    )


def _due_since(achievement: Achievement, since: Mapping[int, datetime]) -> datetime:
    moments = (achievement.modified_at, achievement.organization.switched_at, since.get(achievement.pk))
    return max(moment for moment in moments if moment is not None)


def _events(ruled: RuledAchievement, people: People, tables: Tables) -> Sql:
    """What counted for those who were found."""
    pk, rule = ruled.achievement.pk, ruled.rule if ruled.is_limited else ruled.rule_for(people)
    columns = "%s::bigint, user_id, nth, NULL::timestamptz, is_kept, record_id, earned_id, due_at"
    return Sql(f"SELECT {columns} FROM (", (pk,)) + counted(rule, tables.found) + ") AS counted"


def _only_condition(ruled: RuledAchievement) -> Labs | Courses | None:
    """The only condition, if it is about records."""
    [first, *others] = ruled.rule.conditions
    return first if not others and isinstance(first, Labs | Courses) else None


def _written(several: Sequence[RuledAchievement], report: AwardReport) -> list[Written]:
    problems: dict[int, list[Problem]] = {}
    for one in report.failed:
        problems.setdefault(one.source_id, []).append(Problem(one.code, one.message, one.student_id))
    return [
        Written(
            achievement=ruled.achievement,
            earned=report.awards.get(ruled.achievement.pk, 0),
            issued=report.issued.get(ruled.achievement.pk, 0),
            problems=problems.get(ruled.achievement.pk, []),
        )
        for ruled in several
    ]
