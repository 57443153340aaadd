"""Badges that did not arrive, for many reasons."""

from badges.models import BadgeProvider
from tests.factories import (
    PAST,
    BadgeFactory,
    BadgeProviderFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    StudentFactory,
)


def earned_by(world, achievement, **fields):
    student = StudentFactory.create(organization=world.academy, **fields)
    return EarnedAchievementFactory.create(achievement=achievement, user=student)


def failed(badge, **fields):
    fields = {"failure_code": "refused", "failure_message": "No such earner.", "failed_at": PAST, **fields}
    return IssuedBadgeFactory.create(badge=badge, delivery="failed", delivered_at=None, **fields)


def credly(world, **fields):
    provider = BadgeProviderFactory.create(
        organization=world.academy,
        kind=BadgeProvider.Kind.CREDLY,
        api_url="https://api.credly.example/v1",
    )
    return BadgeFactory.create(organization=world.academy, provider=provider, **fields)
