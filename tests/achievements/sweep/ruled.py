"""What the tests of the sweep do again and again."""

import datetime as dt

from achievements.models import Achievement, Sweep
from achievements.sweep.rules import RuledAchievement, load
from tests.factories import PAST, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
EARNED_AT = PAST + dt.timedelta(hours=1)


def ruled(achievement: Achievement) -> RuledAchievement:
    """As a sweep knows it now."""
    [one] = load([achievement.pk], at=NOW).ruled
    return one


def complete(student, course, **more):
    return TrainingRecordFactory.create(user=student, course=course, **more)


def outcome(done: Sweep) -> dict[str, int]:
    return {name: getattr(done, name) for name in ("achievements", "skipped", "earned", "issued", "failed")}
