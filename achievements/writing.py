"""Writes down those who were found, each with the evidence, and has their badges issued, in the caller's transaction."""
# ruff: noqa: S608 - every piece of text is a constant; values arrive as parameters

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from achievements.conditions.evidence import counted
from achievements.conditions.sql import Sql, join
from achievements.found import CHUNK, TABLE
from achievements.models import Achievement
from achievements.rules import Swept
from achievements.runs import Problem, Run, Written
from badges.issuing import AwardReport, Awards, issue_earned
from badges.models import Via

# What counted, gathered by a GROUP BY: whatever the planner thinks of a temporary table, it cannot choose a nested loop.
_EVIDENCE = """
SELECT achievement_id, user_id, nth, max(position) AS position, max(earned_at) AS earned_at, max(due_at) AS due_at,
    array_agg(DISTINCT record_id) FILTER (WHERE is_kept AND record_id IS NOT NULL) AS records,
    array_agg(DISTINCT earned_id) FILTER (WHERE is_kept AND earned_id IS NOT NULL) AS earned,
    count(is_kept) AS counted
FROM (
    SELECT achievement_id, user_id, nth, position, earned_at, NULL::boolean AS is_kept, NULL::bigint AS record_id,
        NULL::bigint AS earned_id, NULL::timestamptz AS due_at
    FROM chunk
    UNION ALL
    {events}) AS event
GROUP BY achievement_id, user_id, nth
HAVING max(position) IS NOT NULL
"""

_INSERT = """
INSERT INTO achievements_earnedachievement
    (achievement_id, user_id, nth, earned_at, version, evidence, created_at, lag, sweep_id)
SELECT achievement_id, user_id, nth, earned_at, version,
    jsonb_build_object('version', version, 'records', coalesce(records, '{{}}'), 'earned', coalesce(earned, '{{}}'),
        'counted', counted),
    %(award_now)s, greatest(%(award_now)s - greatest(due_at, due_since), interval '0'), %(award_sweep)s
FROM ({evidence}) AS found
JOIN unnest(%(award_achievements)s::bigint[], %(award_versions)s::integer[], %(award_since)s::timestamptz[])
    WITH ORDINALITY AS swept (achievement_id, version, due_since, place) USING (achievement_id)
ORDER BY place, user_id, nth
ON CONFLICT (achievement_id, user_id, nth) DO NOTHING
RETURNING achievement_id, user_id, nth, earned_at, evidence
"""

_SELECT = """
SELECT achievement.id AS source_id, achievement.name AS source_words,
    CASE WHEN nth = 1 THEN achievement.badge_id END AS badge_id,
    user_id AS student_id, earned_at AS at, evidence
FROM earned JOIN achievements_achievement achievement ON achievement.id = achievement_id
"""


def write(
    several: Sequence[Swept], *, after: int, up_to: int, run: Run, since: Mapping[int, datetime] | None = None
) -> list[Written]:
    """Write what the table of the found has for these achievements in positions `after` + 1 to `up_to`.

    Safe beside any other writer: what somebody else has written meanwhile is left out, and rows are inserted in the
    order of `several`, and of users. The first time earns the badge; later times earn points alone. An award was due
    since what it needed was recorded, or since the achievement was changed, or since its moment in `since`.
    """
    chunk = Sql(
        f"chunk AS MATERIALIZED (SELECT * FROM {TABLE} WHERE position > %(award_after)s AND position <= %(award_up_to)s"
        " AND achievement_id = ANY(%(award_achievements)s))"
    )
    events, named = _named(join(" UNION ALL ", [_events(swept) for swept in several]))
    insert = _INSERT.format(evidence=_EVIDENCE.format(events=events))
    parameters: dict[str, object] = {
        **named,
        "award_after": after,
        "award_up_to": up_to,
        "award_achievements": [swept.achievement.pk for swept in several],
        "award_versions": [swept.achievement.version for swept in several],
        "award_since": [_due_since(swept.achievement, since or {}) for swept in several],
        "award_now": run.now,
        "award_sweep": run.sweep.pk,
    }
    awards = Awards(_SELECT, parameters, ctes=[chunk.text, f"earned AS ({insert})"])
    return _written(several, issue_earned(awards, via=Via.ACHIEVEMENT))


def issue_missing(swept: Swept, *, after_user: int) -> tuple[Written, int | None]:
    """Issue the badge to the next CHUNK of those who earned it and never got it.

    An achievement may have got its badge later, or the provider or the address may be in order now. Starts behind the
    user `after_user`; also returns the user to go on behind, None at the end.
    """
    achievement = swept.achievement
    with connection.cursor() as cursor:
        cursor.execute(_MISSING, [achievement.pk, achievement.badge_id, after_user, CHUNK])
        user_ids = [user_id for (user_id,) in cursor.fetchall()]
    if not user_ids:
        return Written(achievement=achievement), None
    parameters = {"award_achievement": achievement.pk, "award_users": user_ids}
    [written] = _written([swept], issue_earned(Awards(_SELECT_MISSING, parameters), via=Via.ACHIEVEMENT))
    missing = Written(achievement=achievement, issued=written.issued, problems=written.problems)
    return missing, user_ids[-1] if len(user_ids) == CHUNK else None


_MISSING = """
SELECT user_id FROM achievements_earnedachievement earned
WHERE achievement_id = %s AND nth = 1
    AND NOT EXISTS (SELECT FROM badges_issuedbadge WHERE badge_id = %s AND student_id = earned.user_id)
    AND EXISTS (SELECT FROM tms_user WHERE id = earned.user_id AND is_active)
    AND user_id > %s
ORDER BY user_id LIMIT %s
"""

_SELECT_MISSING = """
SELECT achievement.id AS source_id, achievement.name AS source_words, achievement.badge_id,
    user_id AS student_id, earned_at AS at, evidence
FROM achievements_earnedachievement earned
JOIN achievements_achievement achievement ON achievement.id = earned.achievement_id
WHERE earned.achievement_id = %(award_achievement)s AND nth = 1 AND user_id = ANY(%(award_users)s)
"""


def _events(swept: Swept) -> Sql:
    """What counted for the people of the chunk."""
    pk = swept.achievement.pk
    among = Sql(" AND user_id IN (SELECT user_id FROM chunk WHERE achievement_id = %s)", (pk,))
    return (
        Sql(
            "SELECT %s::bigint, user_id, nth, NULL::bigint, NULL::timestamptz, is_kept, record_id, earned_id, due_at",
            (pk,),
        )
        + " FROM ("
        + counted(swept.rule, among)
        + ") AS counted"
    )


def _named(statement: Sql) -> tuple[str, dict[str, object]]:
    """The text with named placeholders instead of those that go by their order."""
    pieces = statement.text.split("%s")
    names = [f"award_{number}" for number in range(len(statement.parameters))]
    text = pieces[0] + "".join(f"%({name})s{piece}" for name, piece in zip(names, pieces[1:], strict=True))
    return text, dict(zip(names, statement.parameters, strict=True))


def _due_since(achievement: Achievement, since: Mapping[int, datetime]) -> datetime:
    return max(achievement.modified_at, since.get(achievement.pk, achievement.modified_at))


def _written(several: Sequence[Swept], report: AwardReport) -> list[Written]:
    problems: dict[int, list[Problem]] = {}
    for one in report.failed:
        problems.setdefault(one.source_id, []).append(Problem(one.code, one.message, one.student_id))
    return [
        Written(
            achievement=swept.achievement,
            earned=report.awards.get(swept.achievement.pk, 0),
            issued=report.issued.get(swept.achievement.pk, 0),
            problems=problems.get(swept.achievement.pk, []),
        )
        for swept in several
    ]
