"""Numbers what a condition counts: the one place that says which event is the first, the second, the n-th.

Who meets a condition and when (earners), on what (evidence), and how far somebody is (counting) are readings of these
rows. Subject 40 sees the earned achievements that are there.
"""
# ruff: noqa: S608 - every piece of text is a constant of this module; what people write arrives as a parameter

from achievements.conditions.events import Rule
from achievements.conditions.sql import Sql
from achievements.conditions.terms import Achievements, Courses, Labs


def group_of(condition: Labs | Courses) -> str:
    """Within what the units are counted: SingleDay counts inside one calendar day of the organization's time zone."""
    return "user_id, day" if condition.single_day else "user_id"


def units(condition: Labs | Courses, rule: Rule, events: Sql, *, with_records: bool = False) -> Sql:
    """What Count counts of the events: (user_id, item, moment), with SingleDay also (day).

    Distinct keeps the first event of each lab or course; with SingleDay, of each in each day. `with_records` keeps all
    columns of the events, and takes the first by its id of several at one moment: that is slower.
    """
    if condition.single_day:
        columns = "*" if with_records else "user_id, item, moment"
        day = Sql(f"SELECT {columns}, (moment AT TIME ZONE %s)::date AS day FROM (", (rule.time_zone,))
        events = day + events + ") event"
    if not condition.distinct:
        return events
    columns = f"{group_of(condition)}, item"
    if with_records:
        first = f"SELECT DISTINCT ON ({columns}) * FROM ("
        return Sql(first) + events + f") each ORDER BY {columns}, moment, id"
    return Sql(f"SELECT {columns}, min(moment) AS moment FROM (") + events + f") each GROUP BY {columns}"


def numbered(condition: Labs | Courses, rule: Rule, events: Sql, *, with_records: bool = False) -> Sql:
    """The units with `n`, from 1, in the order of their moments, within the person or, with SingleDay, within the day."""
    columns, order = ("*", "moment, id") if with_records else ("user_id, moment", "moment")
    number = f"SELECT {columns}, row_number() OVER (PARTITION BY {group_of(condition)} ORDER BY {order}) AS n FROM ("
    return Sql(number) + units(condition, rule, events, with_records=with_records) + ") unit"


def running_points(rule: Rule, among: Sql) -> Sql:
    """(user_id, earned_at, points, total, id, created_at) of each time that another achievement gave points."""
    return (
        Sql(
            "SELECT user_id, earned_at, points, earned.id, earned.created_at, sum(points) OVER"
            " (PARTITION BY user_id ORDER BY earned_at, earned.id) AS total"
            " FROM achievements_earnedachievement earned"
            " JOIN achievements_achievement source ON source.id = earned.achievement_id"
            " WHERE earned.achievement_id <> %s AND points > 0",
            (rule.achievement_id,),
        )
        + among
    )


def numbered_times(condition: Achievements, among: Sql) -> Sql:
    """(user_id, achievement_id, earned_at, n, id, created_at) of each time that a listed achievement was earned."""
    return (
        Sql(
            "SELECT user_id, achievement_id, earned_at, id, created_at,"
            " row_number() OVER (PARTITION BY user_id, achievement_id ORDER BY earned_at, id) AS n"
            " FROM achievements_earnedachievement WHERE achievement_id = ANY(%s::bigint[])",
            (list(condition.achievement_ids),),
        )
        + among
    )
