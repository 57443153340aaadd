"""Somebody who signs in."""

import pytest

from tests.factories import StudentFactory


@pytest.fixture
def student(db):
    return StudentFactory.create(username="ada", email="Ada@Example.test")
