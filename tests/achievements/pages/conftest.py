import pytest

from tests.factories import AchievementFactory, HoldFactory


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(name="Three Courses", organization=world.academy, points=10)


@pytest.fixture
def hold(world):
    return HoldFactory.create(achievement__name="Finisher", achievement__organization=world.academy)
