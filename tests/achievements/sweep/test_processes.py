"""Sweeps as real processes against the test database: killed, at once, and beside sessions that commit late.

SWEEP_ROUNDS sets how often each experiment is repeated.
"""

import datetime as dt
import os
import random
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection, connections

from achievements.models import Achievement, EarnedAchievement, Sweep
from achievements.sweep.found import CHUNK
from badges.models import IssuedBadge
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.achievements.processes import (
    another_session,
    blocking_the_award,
    environment,
    finish,
    kill,
    somebody_waits,
    wait_until,
)
from tests.achievements.sweeping import award_everybody, award_if_due, drain
from tests.factories import AchievementFactory, BadgeFactory, CourseFactory, OrganizationFactory, TrainingRecordFactory
from tests.starting import start

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("roles_come_back"),
    pytest.mark.xdist_group("processes"),
]

ROUNDS = int(os.environ.get("SWEEP_ROUNDS", "1"))
ROOT = Path(__file__).resolve().parents[3]
STUDENTS = 12_000  # more than one chunk
AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


@pytest.fixture
def achievements() -> list[Achievement]:
    """Two achievements with a badge each, both earned by completing any course, in an organization of STUDENTS."""
    organization = OrganizationFactory.create(approval_limit=None)
    badges = BadgeFactory.create_batch(2, organization=organization)
    made = [AchievementFactory.create(organization=organization, badge=badge, points=5) for badge in badges]
    course = CourseFactory.create(organization=organization)
    fill(organization, STUDENTS)
    complete(course.pk, source="first")
    return made


def fill(organization: Organization, students: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO organizations_user (username, email, organization_id, earner_id, password, first_name, last_name,"
            " is_superuser, is_staff, is_active, date_joined, participates_in_achievements, is_contract_instructor)"
            " SELECT 's' || i, 's' || i || '@example.test', %s, gen_random_uuid(), '', 'Sam', 'Student',"
            " false, false, true, now(), true, false FROM generate_series(1, %s) i",
            [organization.pk, students],
        )
        cursor.execute("ANALYZE organizations_user")


def complete(course_id: int, *, source: str) -> None:
    """Every user completes the course."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO courses_trainingrecord"
            " (user_id, course_id, started_at, completed_at, minutes_spent, source, source_id)"
            " SELECT id, %s, %s, %s, 0, 'import', %s || id FROM organizations_user",
            [course_id, AT, AT, source],
        )
        cursor.execute("ANALYZE courses_trainingrecord")


def hint(students: int) -> None:
    """Queue the first so many users."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO operation_sweephint (student_id, created_at) SELECT id, now() FROM organizations_user ORDER BY id LIMIT %s",
            [students],
        )


def rows() -> dict[str, int]:
    return {"earned": EarnedAchievement.objects.count(), "issued": IssuedBadge.objects.count()}


def logged(field: str) -> list[int]:
    """A column of the log of sweeps, finished ones."""
    return list(Sweep.objects.filter(finished_at__isnull=False).values_list(field, flat=True))


def start_over() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE badges_issuedbadge, achievements_earnedachievement CASCADE")


@pytest.mark.parametrize("number", range(ROUNDS))
def test_two_sweeps_at_once(achievements, start, number):
    finish(start(award_everybody), start(award_everybody))

    assert rows() == {"earned": 2 * STUDENTS, "issued": 2 * STUDENTS}
    assert set(logged("failed")) == {0}


def test_sweep_killed_in_the_middle_is_made_good_by_the_next(achievements, start):
    last = User.objects.latest("pk").pk
    for number in range(ROUNDS + 1):
        start_over()
        somewhere_in_the_second_chunk = random.randint(last - (STUDENTS - CHUNK) + 1, last)
        session = blocking_the_award(achievements[number % 2].pk, somewhere_in_the_second_chunk)
        process = start(award_everybody)
        wait_until(somebody_waits)
        kill(process, blocked_by=session)
        left = rows()
        # What is written is written with its badges or not at all.
        assert left["earned"] == left["issued"] >= CHUNK

        finish(start(award_everybody))

        assert rows() == {"earned": 2 * STUDENTS, "issued": 2 * STUDENTS}


@pytest.mark.parametrize("number", range(ROUNDS))
def test_record_committed_while_a_sweep_runs_is_found_by_the_next(achievements, start, number):
    course_id = CourseFactory.create(organization=achievements[0].organization).pk
    late = User.objects.create(username="late", email="late@example.test", organization=achievements[0].organization)
    with another_session() as other:
        other.execute(
            "INSERT INTO courses_trainingrecord"
            " (user_id, course_id, started_at, completed_at, minutes_spent, source, source_id)"
            " VALUES (%s, %s, %s, %s, 0, 'import', 'late')",
            [late.pk, course_id, AT, AT],
        )
        finish(start(award_everybody))
        assert EarnedAchievement.objects.filter(user=late).count() == 0

    finish(start(award_everybody))

    assert EarnedAchievement.objects.filter(user=late).count() == 2
    assert rows() == {"earned": 2 * STUDENTS + 2, "issued": 2 * STUDENTS + 2}


@pytest.mark.parametrize("number", range(ROUNDS))
def test_drains_at_once_share_the_queue(achievements, start, number):
    hint(STUDENTS)

    finish(start(drain), start(drain))

    assert (rows(), SweepHint.objects.count()) == ({"earned": 2 * STUDENTS, "issued": 2 * STUDENTS}, 0)


def test_killed_drain_gives_its_hints_back(achievements, start):
    hinted = 4_000
    hint(hinted)
    process = start(drain)
    wait_until(EarnedAchievement.objects.exists)
    kill(process)
    earners = EarnedAchievement.objects.values("user_id").distinct().count()

    # Somebody who has earned nothing yet is still in the queue.
    assert earners + SweepHint.objects.count() == hinted
    finish(start(drain))

    assert rows() == {"earned": 2 * hinted, "issued": 2 * hinted}


def test_killed_drain_leaves_the_hint_of_an_achievement(achievements, start):
    SweepHint.objects.create(achievement_id=achievements[0].pk)
    session = blocking_the_award(achievements[0].pk, User.objects.latest("pk").pk)
    process = start(drain)
    wait_until(somebody_waits)
    kill(process, blocked_by=session)

    assert list(SweepHint.objects.values_list("achievement_id", flat=True)) == [achievements[0].pk]
    assert rows() == {"earned": CHUNK, "issued": CHUNK}
    finish(start(drain))

    assert (rows(), SweepHint.objects.count()) == ({"earned": STUDENTS, "issued": STUDENTS}, 0)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_sweep_beside_drains_and_instructors_meets_no_deadlock(achievements, start, number):
    pks = list(User.objects.values_list("pk", flat=True))
    hint(6_000)
    by_hand = threading.Thread(target=issue_by_hand, args=(achievements, pks[:500]))

    processes = [start(award_everybody), start(drain), start(drain)]
    by_hand.start()
    finish(*processes)
    by_hand.join()
    finish(start(award_if_due))

    assert rows() == {"earned": 2 * STUDENTS, "issued": 2 * STUDENTS}
    assert set(logged("failed")) == {0}


def issue_by_hand(achievements, user_ids) -> None:
    """Pairs in the order of students, which is not the order of the sweep, a few at a time."""
    badges = [one.badge for one in achievements]
    try:
        for pk in user_ids[::10]:
            IssuedBadge.objects.bulk_create(
                [
                    IssuedBadge(
                        badge=badge,
                        provider_id=badge.provider_id,
                        student_id=pk,
                        issued_at=AT,
                        recipient_email="x@example.test",
                    )
                    for badge in badges
                ],
                ignore_conflicts=True,
            )
    finally:
        connections.close_all()


def test_what_a_cut_connection_leaves_the_next_sweep_does(achievements, start):
    process = start(award_everybody)
    wait_until(EarnedAchievement.objects.exists)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'tms'"
        )
    process.join(timeout=300)

    finish(start(award_if_due))

    assert rows() == {"earned": 2 * STUDENTS, "issued": 2 * STUDENTS}


def test_polling_command_needs_no_broker(achievements):
    with start(
        [sys.executable, "manage.py", "sweep", "--poll", "0.2"], cwd=ROOT, env=os.environ | environment()
    ) as process:
        try:
            wait_until(lambda: rows() == {"earned": 2 * STUDENTS, "issued": 2 * STUDENTS})
            newcomer = User.objects.create(
                username="new", email="new@example.test", organization=achievements[0].organization
            )
            TrainingRecordFactory.create(user=newcomer)
            SweepHint.objects.create(student_id=newcomer.pk)

            wait_until(lambda: EarnedAchievement.objects.filter(user=newcomer).count() == 2)
        finally:
            process.kill()

    assert IssuedBadge.objects.filter(student=newcomer).count() == 2
