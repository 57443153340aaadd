"""Whose seconds hold for whom, and what that costs."""

import pytest

from organizations.undo_times import UndoTime, inherited_by, undo_time_of
from tests.factories import OrganizationFactory


@pytest.fixture(autouse=True)
def _of_the_installation(settings):
    settings.UNDO_SECONDS = 10


def test_the_nearest_that_says_so_decides_also_with_nothing(world):
    below = OrganizationFactory.create(parent=OrganizationFactory.create(parent=world.academy))
    assert undo_time_of(below) == UndoTime(10, None)
    world.umbrella.undo_seconds = 45
    world.umbrella.save()
    assert undo_time_of(below) == UndoTime(45, world.umbrella)
    world.academy.undo_seconds = 0
    world.academy.save()

    assert undo_time_of(below) == UndoTime(0, world.academy)
    assert undo_time_of(world.academy) == UndoTime(0, world.academy)
    assert inherited_by(world.academy) == UndoTime(45, world.umbrella)
    assert undo_time_of(world.outside) == UndoTime(10, None)


def test_it_is_one_query_and_none_for_its_own_or_a_root(world, django_assert_num_queries):
    with django_assert_num_queries(1):
        undo_time_of(world.academy)
    world.academy.undo_seconds = 3
    with django_assert_num_queries(0):
        undo_time_of(world.academy)
        undo_time_of(world.umbrella)
