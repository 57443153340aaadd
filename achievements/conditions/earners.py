"""Compiles conditions to one SQL statement that finds who meets them, when, and for which time.

Each condition becomes one CTE `met_i (user_id, nth, moment)`: the n-th time takes n × Count of its events. The statement
joins them: an achievement is earned for the n-th time at the latest of the n-th moments.
"""
# ruff: noqa: S608 - every piece of text is a constant of this module; what people write arrives as a parameter

from achievements.conditions.events import Audience, Rule, among, events_of_all, owner_takes_part
from achievements.conditions.numbering import numbered, numbered_times, running_points
from achievements.conditions.sql import Sql, join
from achievements.conditions.terms import Achievements, Condition, Courses, Labs, Points


def earners(rule: Rule) -> Sql:
    """Rows (user_id, nth, earned_at), nth from 1 to `times`, of everybody of `people` who meets all conditions.

    Whether a row was earned before is not asked. Conditions of Subject 40 see the earned achievements that are there.
    The achievement's own organization must take part, too (S81, S85); for those gathered `achievements.sweep.gathering`
    asks that.
    """
    met = [_met(condition, rule) for condition in rule.conditions]
    ctes = join(", ", [Sql(f"met_{i} AS (") + one + ")" for i, one in enumerate(met)])
    joined = "met_0" + "".join(f" JOIN met_{i} USING (user_id, nth)" for i in range(1, len(met)))
    latest = f"greatest({', '.join(f'met_{i}.moment' for i in range(len(met)))})"
    found = Sql("(WITH ") + ctes + f" SELECT user_id, nth, {latest} AS earned_at FROM {joined}"
    if rule.people.gathered_from is not None:
        return found + ")"
    return found + " WHERE " + owner_takes_part(rule) + ")"


def _met(condition: Condition, rule: Rule) -> Sql:
    """(user_id, nth, moment) of one condition."""
    if isinstance(condition, Points):
        return _points(condition, rule, among(rule, Audience.MEMBERS))
    if isinstance(condition, Achievements):
        return _achievements(condition, rule, among(rule, Audience.MEMBERS))
    return _nth(condition, rule, events_of_all(condition, rule))


def _nth(condition: Labs | Courses, rule: Rule, found: Sql) -> Sql:
    """The moments of the Count-th, 2 × Count-th … unit of the events found.

    SingleDay counts each day on its own: every Count units of one day are one time.
    """
    if condition.count == 1 and rule.times == 1:
        return Sql("SELECT user_id, 1::bigint AS nth, min(moment) AS moment FROM (") + found + ") event GROUP BY 1"
    each = numbered(condition, rule, found)
    if rule.times == 1:
        return _first(condition, each)
    if condition.single_day:
        return _nth_of_days(condition.count, rule.times, each)
    filled = Sql(" WHERE n <= %s AND mod(n, %s) = 0", (condition.count * rule.times, condition.count))
    return Sql("SELECT user_id, n / %s AS nth, moment FROM (", (condition.count,)) + each + ") numbered" + filled


def _first(condition: Labs | Courses, each: Sql) -> Sql:
    """The numbering ends early where only one number is asked for."""
    filled = each + Sql(") numbered WHERE n = %s", (condition.count,))
    if condition.single_day:
        return Sql("SELECT user_id, 1::bigint AS nth, min(moment) AS moment FROM (") + filled + " GROUP BY 1"
    return Sql("SELECT user_id, 1::bigint AS nth, moment FROM (") + filled


def _nth_of_days(count: int, times: int, each: Sql) -> Sql:
    filled = Sql("SELECT user_id, moment FROM (") + each + Sql(") numbered WHERE mod(n, %s) = 0", (count,))
    ranked = "SELECT user_id, moment, row_number() OVER (PARTITION BY user_id ORDER BY moment) AS nth FROM ("
    return (
        Sql("SELECT user_id, nth, moment FROM (") + ranked + filled + Sql(") filled) ranked WHERE nth <= %s", (times,))
    )


def _points(condition: Points, rule: Rule, among: Sql) -> Sql:
    """The n-th moment is when the running sum of the other achievements' points reaches n × Points.

    The LIMIT takes nothing away: without it the planner expects a thousand times of each award, and reads all that was
    earned before, to leave it out, even for a few people.
    """
    crossed = Sql(
        ") running CROSS JOIN LATERAL (SELECT nth FROM generate_series((total - points) / %s + 1, least(total / %s, %s))"
        " AS nth LIMIT %s) AS crossed",
        (condition.points, condition.points, rule.times, rule.times),
    )
    return Sql("SELECT user_id, nth, earned_at AS moment FROM (") + running_points(rule, among) + crossed


def _achievements(condition: Achievements, rule: Rule, among: Sql) -> Sql:
    """The n-th moment is when the last of the listed achievements was earned for the n × Count-th time."""
    count = condition.count
    return (
        Sql("SELECT user_id, n / %s AS nth, max(earned_at) AS moment FROM (", (count,))
        + numbered_times(condition, among)
        + Sql(") earned WHERE n <= %s AND mod(n, %s) = 0 GROUP BY 1, 2", (count * rule.times, count))
        + Sql(" HAVING count(*) = %s", (len(condition.achievement_ids),))
    )
