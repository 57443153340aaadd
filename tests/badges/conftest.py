"""A badge of the academy, one issuance of it, and the administrator who sees both; a badge that the world sees."""

import pytest

from badges.models import Via
from tests.badges.shown import built_in
from tests.factories import (
    BadgeFactory,
    IssuanceBatchFactory,
    IssuanceItemFactory,
)


@pytest.fixture
def badge(world):
    return BadgeFactory.create(name="Diver", organization=world.academy)


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


@pytest.fixture
def batch(world, badge):
    batch = IssuanceBatchFactory.create(organization=world.academy, issued_by=world.instructor, via=Via.ASSIGNMENT)
    IssuanceItemFactory.create(batch=batch, badge=badge, student=world.student)
    return batch


@pytest.fixture
def public_url(settings):
    settings.PUBLIC_URL = "https://laurel.test"


@pytest.fixture
def issued(world):
    """A signed badge as the world sees it."""
    return built_in(world)


@pytest.fixture
def unsigned(world):
    """The same before anything is signed."""
    return built_in(world, is_signed=False)
