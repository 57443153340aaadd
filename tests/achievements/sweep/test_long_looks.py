"""Completions while everybody of a large organization is looked at: their badges come between the pieces of the look.

LONG_LOOK_PEOPLE sets how many people there are (20,000).
"""

import datetime as dt
import os
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from achievements.definitions.editing import save_achievement
from achievements.models import Achievement, EarnedAchievement
from badges.models import IssuedBadge
from courses.models import TrainingRecord
from courses.records import Attempt, record
from operation.models import SweepHint
from organizations.editing import change_organization
from organizations.models import Organization
from tests.achievements.processes import finish, wait_until
from tests.achievements.sweeping import drain
from tests.factories import AchievementFactory, BadgeFactory, CourseFactory, OrganizationFactory, StudentFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("roles_come_back"),
    pytest.mark.xdist_group("processes"),
]

PEOPLE = int(os.environ.get("LONG_LOOK_PEOPLE", "20000"))
ACHIEVEMENTS = 3
AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def large() -> Organization:
    """All its people have completed a course, for which each of its achievements awards a badge; it is switched off."""
    organization = OrganizationFactory.create(approval_limit=None, achievements_enabled=False)
    course = CourseFactory.create(organization=organization)
    for _ in range(ACHIEVEMENTS):
        AchievementFactory.create(organization=organization, badge=BadgeFactory.create(organization=organization))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO organizations_user (username, email, organization_id, earner_id, password, first_name, last_name,"
            " is_superuser, is_staff, is_active, date_joined, participates_in_achievements, is_contract_instructor)"
            " SELECT 's' || i, 's' || i || '@example.test', %s, gen_random_uuid(), '', 'Sam', 'Student',"
            " false, false, true, now(), true, false FROM generate_series(1, %s) i",
            [organization.pk, PEOPLE],
        )
        cursor.execute(
            "INSERT INTO courses_trainingrecord"
            " (user_id, course_id, started_at, completed_at, minutes_spent, source, source_id)"
            " SELECT id, %s, %s, %s, 0, 'import', id FROM organizations_user",
            [course.pk, AT, AT],
        )
        cursor.execute("ANALYZE organizations_user, courses_trainingrecord")
    return organization


def switch_on(large: Organization) -> None:
    large.achievements_enabled = True
    change_organization(large, changed=["achievements_enabled"])


def edit(large: Organization) -> None:
    Organization.objects.filter(pk=large.pk).update(achievements_enabled=True)
    with transaction.atomic():
        for achievement in Achievement.objects.filter(organization=large):
            achievement.frequency = 2
            save_achievement(achievement, by=None, at=AT)


@pytest.mark.parametrize("cause", [switch_on, edit])
def test_completions_are_badges_before_the_look_at_everybody_has_ended(
    large, start, cause: Callable[[Organization], None]
):
    other = OrganizationFactory.create(approval_limit=None)
    badge = BadgeFactory.create(organization=other)
    AchievementFactory.create(organization=other, badge=badge)
    course = CourseFactory.create(organization=other)
    students = StudentFactory.create_batch(ACHIEVEMENTS, organization=other)
    cause(large)
    began = time.monotonic()
    process = start(drain)
    took = []
    for student in students:
        # Each time a third of the look is left, or more: all that comes between two of its pieces is earlier.
        wait_until(EarnedAchievement.objects.filter(achievement__organization=large).exists)
        completed = time.monotonic()
        complete(student.pk, course.pk)
        wait_until(IssuedBadge.objects.filter(badge=badge, student=student).exists)
        took.append(time.monotonic() - completed)
        assert SweepHint.objects.filter(student_id=None).exists(), "the look at everybody has ended before"
    finish(process)

    assert IssuedBadge.objects.count() == ACHIEVEMENTS * PEOPLE + len(students)
    seconds = ", ".join(f"{one:.1f}" for one in took)
    print(f"\n{PEOPLE:,} people: badges after {seconds} s, within a look of {time.monotonic() - began:.1f} s")


def complete(student_id: int, course_id: int) -> None:
    with transaction.atomic():
        record(
            Attempt(
                user_id=student_id,
                source=TrainingRecord.Source.IMPORT,
                source_id=f"late {student_id}",
                started_at=AT,
                completed_at=AT,
                course_id=course_id,
            )
        )
