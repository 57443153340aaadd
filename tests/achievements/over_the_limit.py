"""What the tests of the approval limit share: who earned something where the limit is 2, and what is held."""

import datetime as dt

from achievements.models import Achievement, EarnedAchievement, Hold
from badges.models import IssuedBadge
from organizations.models import Organization
from tests.factories import AchievementFactory, BadgeFactory, StudentFactory, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
LIMIT = 2


def over_the_limit(world) -> Achievement:
    """Complete any course; three students of an organization whose approval limit is 2 have."""
    Organization.objects.filter(pk=world.academy.pk).update(approval_limit=LIMIT)
    badge = BadgeFactory.create(organization=world.academy)
    made = AchievementFactory.create(organization=world.academy, badge=badge)
    earn(world, LIMIT + 1)
    return made


def earn(world, students: int) -> list[int]:
    made = StudentFactory.create_batch(students, organization=world.academy)
    for student in made:
        TrainingRecordFactory.create(user=student, course=world.course)
    return [student.pk for student in made]


def written() -> tuple[int, int]:
    return EarnedAchievement.objects.count(), IssuedBadge.objects.count()


def holds() -> list[tuple[int, int, str]]:
    return list(Hold.objects.order_by("pk").values_list("version", "count", "decision"))
