"""The tables of achievements."""

from achievements.models.achievements import (
    Achievement,
    AchievementChange,
    AchievementQuerySet,
    EarnedAchievement,
    EarnedAchievementQuerySet,
    Hold,
)
from achievements.models.course_badges import awards_for_completing
from achievements.models.sweeps import Sweep, SweepPart, SweepProblem, SweepQuerySet
from achievements.models.undelivered import UndeliveredBadge

__all__ = [
    "Achievement",
    "AchievementChange",
    "AchievementQuerySet",
    "EarnedAchievement",
    "EarnedAchievementQuerySet",
    "Hold",
    "Sweep",
    "SweepPart",
    "SweepProblem",
    "SweepQuerySet",
    "UndeliveredBadge",
    "awards_for_completing",
]
