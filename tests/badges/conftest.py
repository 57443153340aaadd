"""A badge of the academy, one issuance of it, and the administrator who sees both."""

import pytest

from badges.models import Via
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
