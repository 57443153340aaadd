"""Which event is the first, the second, the n-th of a condition."""

import datetime as dt

import pytest
from django.db import connection

from achievements.conditions.events import Rule
from achievements.conditions.numbering import numbered, units
from achievements.conditions.sql import Sql
from achievements.conditions.terms import Courses

pytestmark = pytest.mark.django_db

ANA, BEN = 1, 2
# Each is (person, course, day, hour in UTC, id); in Paris, 23:30 of the first day is half past midnight of the second.
HAPPENED = [(ANA, 7, 1, 9, 11), (ANA, 7, 1, 9, 10), (ANA, 8, 1, 12, 12), (ANA, 8, 1, 23.5, 13), (BEN, 7, 2, 9, 14)]


def moment(day: int, hour: float) -> dt.datetime:
    return dt.datetime(2026, 3, day, tzinfo=dt.UTC) + dt.timedelta(hours=hour)


def happened() -> Sql:
    columns: list[list[object]] = [[], [], [], []]
    for person, course, day, hour, pk in HAPPENED:
        for column, value in zip(columns, (person, course, moment(day, hour), pk), strict=True):
            column.append(value)
    row = "SELECT * FROM unnest(%s::int[], %s::int[], %s::timestamptz[], %s::int[]) AS row (user_id, item, moment, id)"
    return Sql(row, tuple(columns))  # type: ignore[arg-type]


def rule(condition: Courses) -> Rule:
    return Rule(
        achievement_id=1,
        organization_id=1,
        root_id=1,
        conditions=(condition,),
        until=moment(9, 0),
        time_zone="Europe/Paris",
    )


def rows(statement: Sql, columns: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM ({statement.text}) AS row ORDER BY {columns}", statement.parameters)
        return list(cursor.fetchall())


@pytest.mark.parametrize(
    ("options", "counted"),
    [
        ({}, [(ANA, 10, 1), (ANA, 11, 2), (ANA, 12, 3), (ANA, 13, 4), (BEN, 14, 1)]),
        ({"distinct": True}, [(ANA, 10, 1), (ANA, 12, 2), (BEN, 14, 1)]),
        ({"single_day": True}, [(ANA, 10, 1), (ANA, 11, 2), (ANA, 12, 3), (ANA, 13, 1), (BEN, 14, 1)]),
        ({"single_day": True, "distinct": True}, [(ANA, 10, 1), (ANA, 12, 2), (ANA, 13, 1), (BEN, 14, 1)]),
    ],
)
def test_with_their_records_the_first_of_one_moment_is_the_one_that_was_written_first(options, counted):
    condition = Courses(**options)
    found = numbered(condition, rule(condition), happened(), with_records=True)

    assert rows(found, "user_id, id, n") == counted


@pytest.mark.parametrize("distinct", [False, True])
@pytest.mark.parametrize("single_day", [False, True])
def test_without_records_the_numbers_and_moments_are_the_same(distinct, single_day):
    condition = Courses(distinct=distinct, single_day=single_day)
    numbers = [
        rows(numbered(condition, rule(condition), happened(), with_records=kept), "user_id, moment, n")
        for kept in (True, False)
    ]
    each = rows(units(condition, rule(condition), happened()), "user_id, moment")

    assert numbers[0] == numbers[1]
    assert each == sorted((person, at) for person, at, _number in numbers[0])


@pytest.mark.parametrize(
    ("options", "of_units"),
    [
        ({"single_day": True}, ["user_id", "item", "moment", "day"]),
        ({"distinct": True}, ["user_id", "item", "moment"]),
        ({"single_day": True, "distinct": True}, ["user_id", "day", "item", "moment"]),
    ],
)
def test_without_records_no_more_is_sorted_than_must_be(options, of_units):
    condition = Courses(**options)

    assert names(units(condition, rule(condition), happened())) == of_units
    assert names(numbered(condition, rule(condition), happened())) == ["user_id", "moment", "n"]


def names(statement: Sql) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return [column.name for column in cursor.description]
