"""Who looks at the pages of a class, and a badge of its organization."""

import pytest

from tests.factories import BadgeFactory


@pytest.fixture
def as_(world, signed_in):
    """A client of the persona: as_("instructor")."""
    return lambda persona: signed_in(world.personas[persona])


@pytest.fixture
def badge(world):
    return BadgeFactory.create(organization=world.academy, name="Night Owl")
