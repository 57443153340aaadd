"""The command that tells whether anybody has changed the audit."""

import io

import pytest
from django.core.management import CommandError, call_command

from tests.organizations.audit.meddling import meddle

pytestmark = pytest.mark.django_db


def test_the_command_ends_well_or_names_the_seal(sealed):
    said, wrong = io.StringIO(), io.StringIO()
    call_command("verify_audit", stdout=said)
    assert said.getvalue() == f"All 3 seals hold. The last: {sealed[2].digest}\n"

    meddle(f"DELETE FROM organizations_auditentry WHERE seal_id = {sealed[0].pk}")
    with pytest.raises(CommandError, match="The audit was changed"):
        call_command("verify_audit", stderr=wrong)
    assert f"Seal {sealed[0].pk} of" in wrong.getvalue()
    assert "it had 2 entries, 0 are there" in wrong.getvalue()


def test_without_a_seal_the_command_says_so():
    said = io.StringIO()

    call_command("verify_audit", stdout=said)

    assert said.getvalue() == "Nothing is sealed yet.\n"
