import datetime as dt

from achievements import sweep
from achievements.models import EarnedAchievement
from badges.models import IssuedBadge
from tests.factories import PAST, AchievementFactory, BadgeFactory, TrainingRecordFactory
from tms.models import SweepHint

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def test_award_everybody_awards_history(world):
    badge = BadgeFactory.create(organization=world.academy)
    achievement = AchievementFactory.create(organization=world.academy, badge=badge, points=10)
    TrainingRecordFactory.create(user=world.student, course=world.course)

    done = sweep.award_everybody(at=NOW)

    assert (done.achievements, done.earned, done.issued, done.failed) == (1, 1, 1, 0)
    earned = EarnedAchievement.objects.get()
    assert (earned.achievement, earned.user, earned.nth) == (achievement, world.student, 1)
    assert earned.earned_at == PAST + dt.timedelta(hours=1)
    issued = IssuedBadge.objects.get()
    assert (issued.badge, issued.student, issued.issued_at) == (badge, world.student, earned.earned_at)


def test_award_everybody_twice_awards_once(world):
    AchievementFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=world.student, course=world.course)
    sweep.award_everybody(at=NOW)

    again = sweep.award_everybody(at=NOW)

    assert (again.earned, EarnedAchievement.objects.count()) == (0, 1)


def test_drain(world, django_assert_num_queries):
    AchievementFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=world.student, course=world.course)
    SweepHint.objects.create(student_id=world.student.pk)
    done = sweep.drain(at=NOW)
    assert done is not None
    assert done.earned == 1
    with django_assert_num_queries(3):
        assert sweep.drain(at=NOW) is None
