"""Accounts with user names from before the rules."""

import pytest

from organizations.models import User
from tests.factories import StudentFactory
from tests.old_names import NAMES, migrate, without_rules


@pytest.fixture
def accounts(world) -> dict[str, User]:
    without_rules()
    made = {
        name: StudentFactory.create(username=name, email=email, organization=world.academy)
        for name, email in NAMES.items()
    }
    migrate()
    return made
