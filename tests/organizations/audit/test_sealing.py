"""A change of what is sealed shows, and old entries go only as a whole."""

import datetime as dt

import pytest
from django.utils import timezone

from organizations.audit import sealing
from organizations.audit.actions import Action
from organizations.audit.recording import record
from organizations.models import AuditEntry, AuditSeal
from tests.organizations.audit.meddling import meddle
from tms.clearing import clear_away

pytestmark = pytest.mark.django_db

NOW = timezone.now()
LONG_AGO = NOW - dt.timedelta(days=5000)


def broken() -> list[int]:
    return [one.seal.pk for one in sealing.verify(kept_since=NOW - dt.timedelta(days=730))]


def test_what_nobody_touched_holds(sealed):
    assert broken() == []
    assert [seal.count for seal in sealed] == [2, 2, 2]
    assert not AuditEntry.objects.filter(seal=None).exists()
    assert sealing.seal(at=NOW) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE organizations_auditentry SET actor_id = 7 WHERE seal_id = {seal}",
        "UPDATE organizations_auditentry SET after = '{{\"rows\": 9}}' WHERE seal_id = {seal}",
        "DELETE FROM organizations_auditentry WHERE id = (SELECT min(id) FROM organizations_auditentry WHERE seal_id = {seal})",
        "DELETE FROM organizations_auditentry WHERE seal_id = {seal}",
        "UPDATE organizations_auditentry SET seal_id = NULL WHERE seal_id = {seal}",
    ],
)
def test_a_change_shows_at_its_seal(sealed, statement):
    meddle(statement.format(seal=sealed[1].pk))

    assert broken() == [sealed[1].pk]


def test_a_seal_that_was_made_anew_shows_at_the_next(sealed):
    meddle(f"UPDATE organizations_auditentry SET actor_id = 7 WHERE seal_id = {sealed[1].pk}")
    entries = list(sealed[1].entries.order_by("pk"))
    AuditSeal.objects.filter(pk=sealed[1].pk).update(digest=sealing.digest_of(sealed[0], entries))

    assert broken() == [sealed[2].pk]


def test_what_was_sealed_long_ago_is_cleared_away_and_all_others_hold(sealed):
    AuditSeal.objects.filter(pk=sealed[0].pk).update(sealed_at=LONG_AGO)

    clear_away(at=NOW)

    assert AuditEntry.objects.count() == 4
    assert broken() == []


def test_a_line_of_the_log_tells_each_entry_and_the_digest(caplog, django_capture_on_commit_callbacks):
    record(Action.EXPORTED, words="someone@example.org", after={"rows": 3})

    with caplog.at_level("INFO", logger="audit"):
        made = sealing.seal(at=NOW)

    assert made is not None
    told, last = (record.facts for record in caplog.records)
    assert (told["audit_action"], told["audit_entry"]) == ("exported", AuditEntry.objects.get().pk)
    assert last == {"audit_seal": made.pk, "audit_digest": made.digest, "audit_entries": 1}
    assert "someone" not in caplog.text
