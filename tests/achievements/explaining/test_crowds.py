"""How many of a crowd are named."""

import pytest

from achievements.explaining.crowds import SAMPLE, Crowd, sample_of


@pytest.mark.parametrize(
    ("asked", "size"), [(None, SAMPLE), ("", SAMPLE), ("100", 100), ("1000", 1000), ("99999", SAMPLE), ("x", SAMPLE)]
)
def test_only_what_is_offered_can_be_asked_for(asked, size):
    assert sample_of(asked) == size


def test_of_those_who_are_not_named_some_may_be(world):
    crowd = Crowd(30, 18, [world.student])

    assert (crowd.unnamed, crowd.further, crowd.hidden) == (29, 17, 12)
