"""A pytest plugin with the fixture `credly`."""

from collections.abc import Iterator

import pytest

from tests.credly.running import Credly, started


@pytest.fixture(scope="session")
def credly_process() -> Iterator[Credly]:
    """One stand-in for all tests of this process; take `credly` instead."""
    with started() as credly:
        yield credly


@pytest.fixture
def credly(credly_process: Credly, settings) -> Credly:
    """The stand-in for Credly, empty, and a host that providers may be at."""
    credly_process.reset()
    settings.PROVIDER_TEST_HOSTS = [credly_process.host]
    return credly_process
