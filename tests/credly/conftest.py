"""Who speaks to the stand-in, and one template there."""

import pytest

from tests.credly.speaking import Speaker


@pytest.fixture
def speaker(credly):
    with Speaker(credly) as speaker:
        yield speaker


@pytest.fixture
def template(credly):
    return credly.template()
