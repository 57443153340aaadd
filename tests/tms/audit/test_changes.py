"""What an entry tells of columns, in words."""

import pytest

from organizations.models import AuditEntry
from tests.factories import BadgeProviderFactory, OrganizationFactory
from tms.audit.changes import put_changes

pytestmark = pytest.mark.django_db


def told(kind: str, before: dict[str, object], after: dict[str, object]) -> list[str]:
    entry = AuditEntry(kind=kind, before=before, after=after)
    put_changes([entry])
    return [str(change) for change in entry.changes]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "before", "after", "words"),
    [
        ("badges.badge", {"name": "A"}, {"name": "B"}, "Name: A → B"),
        ("badges.badge", {}, {"name": "B"}, "Name: B"),
        ("badges.badge", {"name": "A"}, {}, "Name: A → –"),
        ("badges.badge", {"manual_issuance": False}, {"manual_issuance": True}, "Enable Manual Issuance: no → yes"),
        ("badges.badge", {}, {"skills": [{"name": "Go"}]}, 'Skills: [{"name": "Go"}]'),
        ("organizations.user", {"password": "…"}, {"password": "…"}, "Password"),
        ("achievements.achievement", {}, {"frequency_type": "per_day"}, "Frequency type: Per Day"),
        ("of.nothing", {}, {"some_column": 3}, "Some column: 3"),
        ("", {}, {"rows": 1200}, "Rows: 1200"),
    ],
    ids=["changed", "added", "taken away", "switch", "list", "secret", "choice", "unknown", "number"],
)
def test_a_change_in_words(kind, before, after, words):
    assert told(kind, before, after) == [words]


def test_a_row_that_is_named_by_its_number_is_told_by_its_name():
    provider = BadgeProviderFactory.create(name="Acme")
    below = OrganizationFactory.create(name="Academy")

    assert told("badges.badge", {"provider_id": provider.pk}, {"provider_id": 0}) == ["Badge provider: Acme → 0"]
    assert told("badges.badge", {}, {"organization_id": below.pk}) == ["Organization: Academy"]


def test_moments_are_told_in_the_readers_time():
    assert told("classes.class", {}, {"starts_at": "2026-03-02T09:00:00+00:00"}) == ["Starts: 03/02/2026 9 a.m."]
