"""Compiles what a rule's conditions counted: which records and earned achievements made somebody earn it (N9).

It asks about few people, those just found, and so may look at each event on its own, which the search for earners among
everybody does not.
"""
# ruff: noqa: S608 - every piece of text is a constant of this module; what people write arrives as a parameter

from achievements.conditions.events import (
    Rule,
    events_of_all,
    is_outside,
    of_gathered,
    owner_takes_part,
    records_of,
)
from achievements.conditions.numbering import numbered, numbered_times, running_points
from achievements.conditions.sql import Sql, join
from achievements.conditions.terms import Achievements, Condition, Courses, Labs, Points

# A record is due since it was written, or since its course's tags or switch were changed, which is seldom: the newest of
# these moments is read once, and mostly nothing else.
_DUE_AT = """
greatest(recorded_at, CASE WHEN recorded_at < (SELECT max(switched_at) FROM courses_course)
    THEN (SELECT switched_at FROM courses_course WHERE courses_course.id = each.course_id) END)
"""

KEPT = 100  # ids of one condition at one time; the number of all is kept beside them


def counted(rule: Rule, found: str) -> Sql:
    """Rows (user_id, is_kept, nth, record_id, earned_id, due_at): each event that made somebody earn it for the n-th time.

    `found` names rows (achievement_id, user_id, nth, earned_at, is_outsider): whom it is about. What happened after the
    last of somebody's moments is left out early. The n-th time is made of the Count events after those of the times
    before. `due_at` is since when the event counts: since it was written, or its course was changed. Times that were
    not reached have rows, too: of what there is so far.
    """
    return join(" UNION ALL ", [_of_condition(one, rule, found) for one in rule.conditions])


def counted_alone(condition: Labs | Courses, rule: Rule, found: str) -> Sql:
    """Rows (user_id, earned_at, is_kept, record_id, due_at) as above, of a rule that has but this condition, once.

    They come in the order of users, so that they can be grouped as they are.
    """
    timed = _timed(condition, rule, _of_those_found(condition, rule, found))
    return _is_kept(condition) + " id AS record_id, due_at, earned_at FROM (" + timed + ") timed WHERE nth = 1"


def counted_at_once(condition: Labs | Courses, rule: Rule) -> Sql:
    """Rows (user_id, nth, earned_at, is_kept, record_id, due_at) as above, of everybody and of a rule that has but this
    condition. Those who have not met it n times have fewer than Count of them.
    """
    each = (
        Sql(f"SELECT user_id, item, moment, id, {_DUE_AT} AS due_at FROM (") + events_of_all(condition, rule) + ") each"
    )
    columns = " nth, moment AS earned_at, id AS record_id, due_at FROM ("
    needed = Sql(") timed WHERE nth <= %s AND ", (rule.times,)) + owner_takes_part(rule)
    return _is_kept(condition) + columns + _timed(condition, rule, each) + needed


def _of_those_found(condition: Labs | Courses, rule: Rule, found: str) -> Sql:
    """They take part, or would not have been found: only what counts for outsiders has to be asked.

    A join, not EXISTS: of few people the records are found by their index on people.
    """
    if rule.times == 1:
        last, group = "earned_at, is_outsider", ""
    else:
        last, group = "max(earned_at) AS earned_at, bool_or(is_outsider) AS is_outsider", " GROUP BY user_id"
    whom = Sql(
        f"(SELECT user_id, {last} FROM {found} WHERE achievement_id = %s{group}) AS found", (rule.achievement_id,)
    )
    join_each = ") AS each ON each.user_id = found.user_id AND each.moment <= found.earned_at"
    outside = Sql("")
    if rule.people.gathered_from is not None:  # with all that decides what counts for whom, and since when
        due_at, records = "recorded_at", of_gathered(condition, rule)
    else:
        due_at, records = _DUE_AT, records_of("courses_trainingrecord", condition, rule, Sql(""))
        outside = Sql(" AND (NOT found.is_outsider OR ") + is_outside("each", rule) + ")"
    columns = f"each.user_id, item, moment, id, earned_at, {due_at} AS due_at"
    return Sql(f"SELECT {columns} FROM ") + whom + " JOIN (" + records + join_each + outside


def _of_condition(condition: Condition, rule: Rule, found: str) -> Sql:
    if isinstance(condition, Labs | Courses):
        timed = _timed(condition, rule, _of_those_found(condition, rule, found)) + Sql(
            ") timed WHERE nth <= %s", (rule.times,)
        )
        columns = " nth, id AS record_id, NULL::bigint AS earned_id, due_at FROM ("
        return _is_kept(condition) + columns + timed
    among = Sql(f" AND user_id IN (SELECT user_id FROM {found} WHERE achievement_id = %s)", (rule.achievement_id,))
    if isinstance(condition, Points):
        return _points(condition, rule, among)
    return _achievements(condition, rule, among)


def _is_kept(condition: Labs | Courses) -> Sql:
    return Sql("SELECT user_id, mod(before, %s) < %s AS is_kept,", (condition.count, KEPT))


def _timed(condition: Labs | Courses, rule: Rule, found: Sql) -> Sql:
    """The records with `before`, how many are before each, and `nth`, numbered as the compiled condition does.

    Where one is enough, it is the first; most conditions are such, and that is planned in half the time.
    """
    if condition.count == rule.times == 1 and not condition.single_day:
        first = "SELECT DISTINCT ON (user_id) *, 0 AS before, 1 AS nth FROM ("
        return Sql(first) + found + ") each ORDER BY user_id, moment, id"
    each = numbered(condition, rule, found, with_records=True)
    counted = Sql("SELECT *, n - 1 AS before FROM (") + each + ") numbered"
    if condition.single_day:
        return _by_day(condition.count, counted)
    needed = Sql(" WHERE n <= %s", (condition.count * rule.times,))  # the numbering ends early
    return Sql("SELECT *, before / %s + 1 AS nth FROM (", (condition.count,)) + counted + needed + ") numbered"


def _by_day(count: int, counted: Sql) -> Sql:
    """Each day fills times of its own; they are put in the order in which they were filled."""
    filled = (
        Sql(
            "SELECT *, before / %s AS part, count(*) OVER part AS size, max(moment) OVER part AS filled_at FROM (",
            (count,),
        )
        + counted
        + Sql(") numbered WINDOW part AS (PARTITION BY user_id, day, before / %s)", (count,))
    )
    ranked = "SELECT *, dense_rank() OVER (PARTITION BY user_id ORDER BY filled_at, day, part) AS nth FROM ("
    return Sql(ranked) + filled + Sql(") filled WHERE size = %s", (count,))


def _points(condition: Points, rule: Rule, among: Sql) -> Sql:
    """What brought the total from one multiple of Points to the next; one award may belong to several times."""
    points = condition.points
    return (
        Sql(
            "SELECT user_id, row_number() OVER (PARTITION BY user_id, nth ORDER BY total) <= %s AS is_kept, nth,"
            " NULL::bigint AS record_id, id AS earned_id, created_at AS due_at FROM (",
            (KEPT,),
        )
        + running_points(rule, among)
        + Sql(
            ") running, generate_series((total - points) / %s + 1, least((total - 1) / %s + 1, %s)) AS nth",
            (points, points, rule.times),
        )
    )


def _achievements(condition: Achievements, rule: Rule, among: Sql) -> Sql:
    count = condition.count
    return (
        Sql(
            "SELECT user_id, mod(n - 1, %s) < %s AS is_kept, (n - 1) / %s + 1 AS nth, NULL::bigint AS record_id,"
            " id AS earned_id, created_at AS due_at FROM (",
            (count, KEPT, count),
        )
        + numbered_times(condition, among)
        + Sql(") earned WHERE n <= %s", (count * rule.times,))
    )
