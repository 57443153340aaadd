"""Worlds from fixed seeds, with an achievement of every wording of a condition, to ask compiled statements one by one."""

import itertools
from collections.abc import Iterator
from typing import Any

from django.db import connection

from achievements.conditions.sql import Sql
from achievements.models import Achievement
from organizations.models import User
from tests.achievements import oracle
from tests.achievements.random_worlds import NOW, build

SEEDS = range(2)
PEOPLE = 5  # of a world
OPTIONS: list[dict[str, Any]] = [
    {"Count": 1},
    {"Count": 1, "Complete": True},
    {"Count": 2},
    {"Count": 2, "Distinct": True},
    {"Count": 2, "SingleDay": True},
    {"Count": 2, "SingleDay": True, "Distinct": True, "Complete": True},
    {"Count": 3, "MinMinutesSpent": 10},
    {"Count": 1, "SingleDay": True},
    {"Count": 1, "Distinct": True, "MinMinutesSpent": 11},
]
OBJECTS: list[dict[str, Any]] = [
    {"Subject": 0},
    {"Subject": 0, "LabProfileIds": [0, 1]},
    {"Subject": 0, "Passed": True},
    {"Subject": 10},
    {"Subject": 10, "CourseIds": [1, 2]},
    {"Subject": 20, "CourseTagIds": [0]},
    {"Subject": 20, "CourseTagIds": [1, 2], "CourseIds": [0, 1]},
]
SOURCES: list[dict[str, Any]] = [{"Subject": 0, "Count": 1}, {"Subject": 10, "Count": 1, "Complete": True}]
DEPENDENTS: list[dict[str, Any]] = [
    {"Subject": 40, "Points": 3},
    {"Subject": 40, "Points": 5},
    {"Subject": 40, "AchievementIds": [0, 1], "Count": 1},
    {"Subject": 40, "AchievementIds": [1], "Count": 2},
]
TIMES = [1, 3, 2]
REACHES: list[dict[str, Any]] = [
    {"organization": 0, "is_global": False},
    {"organization": 0, "is_global": True},
    {"organization": 1, "is_global": False},
    {"organization": 1, "is_global": True, "reaches_all_trees": True},
]


def drawn(*conditions: dict[str, Any], frequency: int = 1, points: int = 0, **reach: Any) -> dict[str, Any]:
    """One achievement for `build`."""
    alone = {"organization": 0, "is_global": False, "reaches_all_trees": False, "frequency_type": "per_user"}
    return alone | {"conditions": list(conditions), "frequency": frequency, "points": points} | reach


def every_wording() -> list[dict[str, Any]]:
    """Two that give points, then each object with each options, each of these with each reach and frequency in turn; then
    what has several conditions, and what follows others.
    """
    on_records = [
        drawn(objects | options, frequency=TIMES[(i + j) % len(TIMES)], **REACHES[(i + j) % len(REACHES)])
        for (i, objects), (j, options) in itertools.product(enumerate(OBJECTS), enumerate(OPTIONS))
    ]
    both = [drawn(OBJECTS[i] | OPTIONS[0], OBJECTS[3 - i] | OPTIONS[2], frequency=2) for i in range(2)]
    three = drawn(OBJECTS[0] | OPTIONS[2], OBJECTS[1] | OPTIONS[0], OBJECTS[3] | OPTIONS[0], frequency=2)
    sources = [drawn(one, frequency=3, points=points) for one, points in zip(SOURCES, [2, 3], strict=True)]
    dependents = [drawn(one, frequency=times, **REACHES[times % 2]) for one in DEPENDENTS for times in (1, 2)]
    return [*sources, *on_records, *both, three, *dependents]


def worlds() -> Iterator[oracle.Facts]:
    """The rows of each world, as the oracle has read them."""
    for seed in SEEDS:
        build(seed, every_wording())
        yield oracle.Facts(NOW)


def of(facts: oracle.Facts) -> list[Achievement]:
    """The achievements of this world alone: those of earlier ones are there, too."""
    return sorted(facts.achievements, key=lambda one: one.pk)[-len(every_wording()) :]


def trained(facts: oracle.Facts) -> list[User]:
    """The people of this world, all of whom have been trained, in their order: those of earlier worlds are there, too."""
    return [user for user in facts.users if facts.records[user.pk]][-PEOPLE:]


def rows(statement: Sql) -> list[tuple[Any, ...]]:
    """What the statement finds, sorted."""
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return sorted(cursor.fetchall())
