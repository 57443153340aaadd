"""Keeps who was found in a temporary table: what a sweep finds and writes does not have to leave the database.

The tables belong to the session, so that a look at everybody may commit between the chunks that it writes. Steps come
between these, and have tables of their own.
"""
# ruff: noqa: S608 - every piece of text is a constant; values arrive as parameters

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from achievements.conditions.events import Rule, is_at_home, takes_outsiders
from achievements.conditions.sql import Sql, join
from achievements.sweep.earning import Earner, earners, new_earners, new_of_few

CHUNK = 10_000  # rows in one transaction of a full sweep


@dataclass(frozen=True)
class Tables:
    """Names of the tables of who was found, and of what that is proven with."""

    found: str
    proven: str


STEP = Tables("pg_temp.step_found", "pg_temp.step_proven")
LOOK = Tables("pg_temp.look_found", "pg_temp.look_proven")

_CYCLE = "pg_temp.sweep_cycle"
_PEOPLE = (
    "JOIN organizations_user person ON person.id = new.user_id"
    " JOIN organizations_organization organization ON organization.id = person.organization_id"
)
_COLUMNS = "achievement_id, user_id, nth, earned_at, is_outsider"


def keep_all_new(rule: Rule) -> int:
    """Begin the table of the look with all who have newly earned one achievement; how many there are.

    CREATE TABLE AS, since neither a cursor nor an INSERT could search with several processes.
    """
    found = Sql(f"CREATE TABLE {LOOK.found} AS ") + _with_audience(rule, new_earners(rule))
    end(LOOK)
    with connection.cursor() as cursor:
        cursor.execute(found.text, found.parameters)
        count: int = cursor.rowcount
        if count:
            cursor.execute(f"ANALYZE {LOOK.found}")
    return count


def begin() -> None:
    """Begin the table of the step with nobody."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DROP TABLE IF EXISTS {STEP.found}; CREATE TABLE {STEP.found}"
            " (achievement_id bigint, user_id bigint, nth bigint, earned_at timestamptz, is_outsider boolean)"
        )


def add_new(rules: Sequence[Rule]) -> None:
    """Add those who have newly earned any of these, in one statement."""
    _insert(join(" UNION ALL ", [_with_audience(rule, new_earners(rule)) for rule in rules]))


def add_new_of_few(rules: Sequence[Rule]) -> None:
    """The same where the rules look at few people."""
    _insert(new_of_few(join(" UNION ALL ", [_with_audience(rule, earners(rule)) for rule in rules])))


def _insert(rows: Sql) -> None:
    found = Sql(f"INSERT INTO {STEP.found} ({_COLUMNS}) ") + rows
    with connection.cursor() as cursor:
        cursor.execute(found.text, found.parameters)


def add(rule: Rule, found: Sequence[Earner]) -> None:
    """Add these, who have earned the achievement of the rule."""
    columns = ([one.user_id for one in found], [one.nth for one in found], [one.earned_at for one in found])
    values = Sql(
        "SELECT %s::bigint AS achievement_id, *"
        " FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS row (user_id, nth, earned_at)",
        (rule.achievement_id, *columns),
    )
    _insert(_with_audience(rule, values))


def _with_audience(rule: Rule, found: Sql) -> Sql:
    """The rows found, and whether each is about an outsider, for whom not every record counts.

    Of those gathered that need not be asked: each of their records says whether it counts.
    """
    columns = "new.achievement_id, new.user_id, new.nth, new.earned_at"
    if rule.people.gathered_from is not None or not takes_outsiders(rule):
        return Sql(f"SELECT {columns}, false AS is_outsider FROM (") + found + ") AS new"
    is_outsider = Sql("NOT ") + is_at_home(rule) + " AS is_outsider"
    return Sql(f"SELECT {columns}, ") + is_outsider + " FROM (" + found + f") AS new {_PEOPLE}"


def remove(achievement_ids: Sequence[int]) -> None:
    """Take out all who were found for these achievements."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {STEP.found} WHERE achievement_id = ANY(%s)", [list(achievement_ids)])


def leave_to_steps(tables: Tables, *, at: datetime) -> int:
    """Take out whoever is in the queue, by a hint that is due by then; how many rows that were."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {tables.found} WHERE user_id IN"
            " (SELECT student_id FROM operation_sweephint WHERE due_at IS NULL OR due_at <= %s)",
            [at],
        )
        return int(cursor.rowcount)


def keep_earliest() -> None:
    """Leave of each person only what was earned first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {STEP.found} AS found USING (SELECT user_id, min(earned_at) AS earned_at FROM {STEP.found} GROUP BY 1)"
            " AS earliest WHERE earliest.user_id = found.user_id AND earliest.earned_at < found.earned_at"
        )


def counts() -> dict[int, int]:
    """How many rows there are, by achievement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT achievement_id, count(*) FROM {STEP.found} GROUP BY 1")
        return dict(cursor.fetchall())


def people(achievement_ids: Sequence[int] | None = None) -> list[int]:
    """The ids of those in the table, or of those who were found for these achievements."""
    those = "TRUE" if achievement_ids is None else "achievement_id = ANY(%s)"
    parameters = [] if achievement_ids is None else [list(achievement_ids)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT user_id FROM {STEP.found} WHERE {those} ORDER BY 1", parameters)
        return [user_id for (user_id,) in cursor.fetchall()]


def set_people_aside() -> None:
    """Remember who is in the table, beside the table: it can be used for something else then."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.sweep_cycle")
        cursor.execute(f"CREATE TEMPORARY TABLE sweep_cycle AS SELECT DISTINCT user_id FROM {STEP.found} ORDER BY 1")


def people_set_aside(after: int) -> list[int]:
    """The ids of the next CHUNK of the people set aside, in order, behind the user `after`."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT user_id FROM {_CYCLE} WHERE user_id > %s ORDER BY user_id LIMIT %s",
            [after, CHUNK],
        )
        return [user_id for (user_id,) in cursor.fetchall()]


def end(tables: Tables) -> None:
    """Forget who was found; nothing if there is nobody."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {tables.found}")
