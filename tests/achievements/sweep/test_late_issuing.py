import datetime as dt

import pytest
from django.db import connection

from achievements.models import Achievement
from achievements.sweep import late_issuing, sweeper
from badges.models import IssuedBadge
from operation.models import SweepHint
from organizations.models import User
from tests.achievements.processes import holding_the_row_of
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    EarnedAchievementFactory,
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
    SweepHint.objects.create(student_id=first.pk)

    def fail(*_args, **_options):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    monkeypatch.setattr(late_issuing, "issue_missing", fail)

    sweeper.drain(at=NOW)

    assert other.earned.count() == 1
    assert SweepHint.objects.count() == 0


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
