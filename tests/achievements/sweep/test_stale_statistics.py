"""What a sweep asks is read once, also of an achievement whose rows the planner's statistics know nothing of yet.

With a few thousand people a wrong plan costs nothing. With a hundred thousand it takes hours. So rows are counted, not seconds.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from achievements.conditions import counting
from achievements.conditions.events import EVERYBODY, People
from achievements.conditions.sql import Sql
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import earning, late_badges
from badges.models import IssuedBadge, Via
from courses.models import TrainingRecord
from organizations.models import User
from tests.achievements.sweep.ruled import ruled
from tests.factories import PAST, AchievementFactory, BadgeFactory, StudentFactory

PEOPLE = 3_000
A_FEW = 20  # a wrong plan needs thousands


@pytest.fixture
def achievement(world) -> Achievement:
    """Earned by everybody, each with the badge, since the statistics were made, when another one was earned."""
    former, achievement = (
        AchievementFactory.create(organization=world.academy, badge=BadgeFactory.create(organization=world.academy))
        for _ in range(2)
    )
    people = [StudentFactory.build(organization=world.academy) for _ in range(PEOPLE)]
    students = User.objects.bulk_create(people)
    TrainingRecord.objects.bulk_create(
        TrainingRecord(
            user=student, course=world.course, started_at=PAST, completed_at=PAST, source="import", source_id=student.pk
        )
        for student in students
    )
    give(former, students[:100])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    give(achievement, students)
    return achievement


def give(achievement: Achievement, students: list[User]) -> None:
    EarnedAchievement.objects.bulk_create(
        EarnedAchievement(achievement=achievement, user=student, nth=1, earned_at=PAST, version=1)
        for student in students
    )
    badge = achievement.badge
    assert badge
    IssuedBadge.objects.bulk_create(
        IssuedBadge(badge=badge, provider=badge.provider, student=student, issued_at=PAST, via=Via.ACHIEVEMENT)
        for student in students
    )


def touched(statement: Sql) -> float:
    """How many rows all steps of the plan read or compare, for each of the people."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.text}", statement.parameters)
        [found] = cursor.fetchone()
    plan = found if isinstance(found, list) else json.loads(found)
    rows = (
        (node["Actual Rows"] + node.get("Rows Removed by Join Filter", 0)) * node["Actual Loops"]
        for node in nodes_of(plan[0]["Plan"])
    )
    return float(sum(rows)) / PEOPLE


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes_of(child)


def test_who_has_newly_earned_it(achievement):
    assert touched(earning.new_earners(ruled(achievement).rule)) < A_FEW


def test_who_lacks_its_badge(achievement):
    members = People(organization_ids=[achievement.organization_id])

    assert touched(late_badges.counts(achievement, EVERYBODY)) < A_FEW
    assert touched(late_badges.counts(achievement, members)) < A_FEW
    assert touched(late_badges.ended(achievement, 30)) < A_FEW


def test_who_is_one_step_away(achievement):
    assert touched(counting.one_step_away(ruled(achievement).rule)) < A_FEW
