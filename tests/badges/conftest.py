"""What the tests of badges share: a badge of the academy, an issuance of it, providers, and what the world sees."""

import pytest

from badges.models import BadgeProvider, Via
from tests.badges.shown import built_in
from tests.credly.running import Credly
from tests.factories import (
    BadgeFactory,
    BadgeProviderFactory,
    IssuanceBatchFactory,
    IssuanceItemFactory,
)


@pytest.fixture
def badge(world):
    return BadgeFactory.create(name="Diver", organization=world.academy)


@pytest.fixture
def automatic(world):
    """A badge that nobody issues by hand."""
    return BadgeFactory.create(name="Diver", organization=world.academy, manual_issuance=False)


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


@pytest.fixture
def provider(world, credly: Credly) -> BadgeProvider:
    return credly.provider(organization=world.academy, name="IPC-Credly")


@pytest.fixture
def issuer(world) -> BadgeProvider:
    return BadgeProviderFactory.create(organization=world.academy, name="Ours")


@pytest.fixture
def outside_badge(world):
    """A badge that its students have to accept at Credly."""
    provider = BadgeProviderFactory.create(
        organization=world.academy, kind="credly", api_url="https://api.credly.example/v1", provider_organization_id="x"
    )
    return BadgeFactory.create(name="Owl", organization=world.academy, provider=provider, provider_template_id="t")
