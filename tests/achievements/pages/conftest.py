import pytest

from tests.factories import AchievementFactory


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(name="Three Courses", organization=world.academy, points=10)
