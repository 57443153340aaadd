import pytest

from tests.factories import AchievementFactory, BadgeFactory


@pytest.fixture
def achievement(world):
    """Complete any course; with a badge."""
    badge = BadgeFactory.create(organization=world.academy)
    return AchievementFactory.create(organization=world.academy, badge=badge, name="Finisher")
