"""Accounts with user names from before the rules, and an audit that is sealed."""

import pytest
from django.utils import timezone

from organizations.audit import sealing
from organizations.audit.actions import Action
from organizations.audit.recording import record
from organizations.models import AuditSeal, User
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


@pytest.fixture
def sealed() -> list[AuditSeal]:
    """Three seals of two entries."""
    made = []
    for number in range(3):
        record(Action.EXPORTED, words=f"list {number}", after={"rows": number, "query": "Ä"})
        record(Action.REFUSED)
        seal = sealing.seal(at=timezone.now())
        assert seal is not None
        made.append(seal)
    return made
