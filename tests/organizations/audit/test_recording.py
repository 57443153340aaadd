"""What leaves no row is noted with who acts, and in whose scope."""

import pytest

from organizations.audit.acting import acting
from organizations.audit.actions import Action
from organizations.audit.recording import record
from organizations.models import AuditEntry
from tests.factories import AdministratorFactory, OrganizationFactory, StudentFactory
from tests.organizations.audit.test_acting import request_of

pytestmark = pytest.mark.django_db


def test_it_belongs_to_the_organization_of_the_person_or_else_of_whoever_acts():
    administrator = AdministratorFactory.create()
    student = StudentFactory.create(organization=OrganizationFactory.create())
    with acting(request_of(administrator)):
        record(Action.EXPORTED, words="x" * 300, after={"rows": 3})
        record(Action.SESSIONS_ENDED, person=student)

    own, of_student = AuditEntry.objects.filter(kind="").order_by("pk")
    assert (own.organization, own.actor, own.words, own.after) == (
        administrator.organization,
        administrator,
        "x" * 255,
        {"rows": 3},
    )
    assert (of_student.organization, of_student.actor, of_student.person) == (
        student.organization,
        administrator,
        student,
    )


def test_a_command_records_nobody():
    record(Action.EXPORTED)

    entry = AuditEntry.objects.get(kind="")
    assert (entry.actor_id, entry.organization_id, entry.address, entry.request_id) == (None, None, None, "")
