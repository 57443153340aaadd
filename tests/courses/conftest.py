"""An assignment, a badge, their administrator; and a learning path of three courses and an exam."""

import pytest

from tests.factories import (
    BadgeFactory,
    CourseAssignmentFactory,
    CourseFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
)


@pytest.fixture
def path(world):
    """Three courses: Zero, One, Two, in this order; and an exam."""
    exam = LabFactory.create(organization=world.academy, is_exam=True, passing_score=70)
    path = LearningPathFactory.create(organization=world.academy, exam=exam)
    for position, name in enumerate(["Zero", "One", "Two"], start=1):
        course = CourseFactory.create(name=name, organization=world.academy)
        LearningPathCourseFactory.create(learning_path=path, course=course, position=position)
    return path


@pytest.fixture
def assignment(world):
    return CourseAssignmentFactory.create(student=world.student, course=world.course)


@pytest.fixture
def badge(world):
    return BadgeFactory.create(name="Diver", organization=world.academy)


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)
