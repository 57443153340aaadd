import datetime as dt

import pytest
from django.db import connection

from achievements.models import Achievement, Hold
from achievements.sweep import late_badges, late_issuing, sweeper
from badges.models import IssuedBadge
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.achievements.processes import holding_the_row_of
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    EarnedAchievementFactory,
    HoldFactory,
    StudentFactory,
    TrainingRecordFactory,
)

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def earned(world) -> Achievement:
    """Three students earned it before it had its badge."""
    made = AchievementFactory.create(organization=world.academy, badge=BadgeFactory.create(organization=world.academy))
    for student in StudentFactory.create_batch(3, organization=world.academy):
        EarnedAchievementFactory.create(achievement=made, user=student)
    return made


def test_a_late_badge_that_fails_spoils_no_drain(world, earned, monkeypatch):
    first = earned.earned.earliest("user_id").user
    other = AchievementFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=first, course=world.course)
    SweepHint.objects.create(student_id=first.pk, is_of_account=True)

    def fail(*_args, **_options):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr(late_issuing, "issue_missing", fail)

    sweeper.drain(at=NOW)

    assert other.earned.count() == 1
    assert SweepHint.objects.count() == 0


def test_looking_for_late_badges_in_vain_spoils_no_drain(world, earned, monkeypatch):
    other = AchievementFactory.create(organization=world.academy)
    student = earned.earned.earliest("user_id").user
    TrainingRecordFactory.create(user=student, course=world.course)
    SweepHint.objects.create(student_id=student.pk, is_of_account=True)
    monkeypatch.setattr(late_badges, "_LACKED", "SELECT 1 / 0 FROM organizations_user WHERE email <> %s")

    sweeper.drain(at=NOW)

    assert other.earned.count() == 1
    assert not IssuedBadge.objects.filter(badge=earned.badge).exists()
    assert SweepHint.objects.count() == 0


def limit_to(world, number):
    Organization.objects.filter(pk=world.academy.pk).update(approval_limit=number)


def ask_for_the_first(earned):
    SweepHint.objects.create(student_id=earned.earned.earliest("user_id").user_id, is_of_account=True)


def test_a_drain_counts_the_late_badges_of_its_own_students_alone(world, earned):
    limit_to(world, 1)
    ask_for_the_first(earned)

    sweeper.drain(at=NOW)

    assert IssuedBadge.objects.count() == 1
    assert not Hold.objects.exists()


def test_late_badges_wait_with_whatever_of_their_achievement_awaits_approval(world, earned):
    limit_to(world, 5)
    HoldFactory.create(achievement=earned, version=earned.version, count=7)
    ask_for_the_first(earned)

    done = sweeper.drain(at=NOW)

    assert not IssuedBadge.objects.exists()
    assert list(Hold.objects.values_list("count", "decision")) == [(7, "waiting")]
    assert done is None


def test_late_badges_beyond_the_limit_are_held_and_counted(world, earned):
    limit_to(world, 1)
    SweepHint.objects.bulk_create(
        SweepHint(student_id=pk, is_of_account=True) for pk in earned.earned.values_list("user_id", flat=True)
    )

    done = sweeper.drain(at=NOW)

    assert not IssuedBadge.objects.exists()
    assert list(Hold.objects.values_list("count", "decision")) == [(3, "waiting")]
    assert done is not None
    assert (done.held, done.issued) == (3, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("roles_come_back")
@pytest.mark.xdist_group("processes")
def test_who_earns_it_now_does_not_wait_for_a_late_badge_that_is_held_up(world, earned):
    students = list(earned.earned.order_by("user_id").values_list("user_id", flat=True))
    new = StudentFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=new, course=world.course)
    with holding_the_row_of(User.objects.get(pk=students[0])):
        sweeper.award_everybody(at=NOW)

        assert (earned.earned.count(), IssuedBadge.objects.get().student_id) == (len(students) + 1, new.pk)

    sweeper.award_everybody(at=NOW)

    assert IssuedBadge.objects.count() == len(students) + 1
