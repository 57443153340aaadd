import pytest

from tests.factories import AchievementFactory, TrainingRecordFactory


@pytest.fixture
def student(world):
    """Has completed a course."""
    TrainingRecordFactory.create(user=world.student, course=world.course)
    return world.student


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(name="Finisher", organization=world.academy)
