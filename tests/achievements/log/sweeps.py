"""Full sweeps, hints and awards of the past."""

import datetime as dt

from achievements.models import EarnedAchievement
from operation.models import SweepHint
from tests.factories import EarnedAchievementFactory, SweepFactory, SweepHintFactory

SECOND = dt.timedelta(seconds=1)


def full_sweep(ended, took=SECOND, **values):
    return SweepFactory.create(started_at=ended - took, finished_at=ended, **values)


def hint(at):
    SweepHint.objects.filter(pk=SweepHintFactory.create().pk).update(created_at=at)


def award(at, delay, **values):
    earned = EarnedAchievementFactory.create(delay=delay, **values)
    EarnedAchievement.objects.filter(pk=earned.pk).update(created_at=at)
    return earned
