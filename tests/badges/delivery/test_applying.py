import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from badges.delivery.applying import apply_state, apply_states
from badges.models import IssuedBadge, ProviderEvent
from badges.providers.base import RemoteBadge, RemoteState
from tests.factories import BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
EARLIER, LATER = NOW - dt.timedelta(hours=1), NOW + dt.timedelta(hours=1)
APPLIED, STALE, UNKNOWN = ProviderEvent.Result.APPLIED, ProviderEvent.Result.STALE, ProviderEvent.Result.UNKNOWN


@pytest.fixture
def issued(db) -> IssuedBadge:
    provider = BadgeProviderFactory.create(
        kind="credly", provider_organization_id="org", api_url="https://c.example/v1"
    )
    return IssuedBadgeFactory.create(
        badge=BadgeFactory.create(provider=provider, organization=provider.organization),
        external_id="badge-1",
        status="pending",
        accept_url="https://credly.example/accept",
        provider_changed_at=NOW,
    )


def told(state: str, **fields: Any) -> RemoteBadge:
    return replace(RemoteBadge("badge-1", RemoteState(state), changed_at=LATER), **fields)


def test_an_accepted_badge(issued):
    result = apply_state(issued.provider, told("accepted", public_url="https://credly.example/badges/1"), at=NOW)

    issued.refresh_from_db()
    assert result == APPLIED
    assert (issued.status, issued.status_changed_at, issued.provider_changed_at) == ("accepted", LATER, LATER)
    assert (issued.accept_url, issued.public_url) == ("", "https://credly.example/badges/1")


def test_a_rejected_badge(issued):
    apply_state(issued.provider, told("rejected"), at=NOW)

    issued.refresh_from_db()
    assert (issued.status, issued.revoked_at) == ("rejected", None)


def test_a_badge_that_the_provider_revoked(issued):
    IssuedBadge.objects.update(delivery="failed", next_attempt_at=NOW)

    apply_state(issued.provider, told("revoked", revocation_reason="Issued by mistake"), at=NOW)

    issued.refresh_from_db()
    assert (issued.status, issued.revoked_at, issued.revoked_by) == ("revoked", LATER, None)
    assert issued.revocation_reason == "Issued by mistake"
    assert (issued.delivery, issued.next_attempt_at) == ("delivered", None)


def test_a_revocation_without_a_reason_says_where_it_came_from(issued):
    apply_state(issued.provider, told("revoked"), at=NOW)

    issued.refresh_from_db()
    assert issued.revocation_reason == "Revoked at the provider."


def test_a_row_that_a_worker_has_stays_the_workers(issued):
    IssuedBadge.objects.update(delivery="sending", next_attempt_at=LATER)

    apply_state(issued.provider, told("revoked"), at=NOW)

    issued.refresh_from_db()
    assert (issued.status, issued.delivery, issued.next_attempt_at) == ("revoked", "sending", LATER)


def test_what_was_revoked_here_is_never_brought_back(issued):
    IssuedBadge.objects.update(status="revoked", revoked_at=EARLIER, revocation_reason="Ours", delivery="pending")

    results = [
        apply_state(issued.provider, told(state, changed_at=LATER), at=NOW)
        for state in ("accepted", "pending", "revoked")
    ]

    issued.refresh_from_db()
    assert results == [STALE] * 3
    assert (issued.status, issued.revocation_reason, issued.delivery) == ("revoked", "Ours", "pending")


@pytest.mark.parametrize(
    ("state", "changed_at", "expected"),
    [
        ("accepted", EARLIER, "pending"),
        ("accepted", NOW, "accepted"),
        ("accepted", None, "accepted"),
        ("accepted", LATER, "accepted"),
    ],
)
def test_only_what_is_newer_counts_and_of_one_moment_the_later_step(issued, state, changed_at, expected):
    apply_state(issued.provider, told(state, changed_at=changed_at), at=NOW)

    issued.refresh_from_db()
    assert issued.status == expected


@pytest.mark.parametrize("changed_at", [None, NOW])
def test_without_a_clock_nothing_goes_back(issued, changed_at):
    IssuedBadge.objects.update(status="accepted")

    result = apply_state(issued.provider, told("pending", changed_at=changed_at), at=NOW)

    issued.refresh_from_db()
    assert (result, issued.status) == (STALE, "accepted")


def test_the_same_again_is_no_news(issued):
    remote = told("accepted", public_url="https://credly.example/badges/1")
    apply_state(issued.provider, remote, at=NOW)

    assert apply_state(issued.provider, remote, at=LATER) == STALE


def test_a_badge_that_was_not_issued_here(issued):
    assert apply_state(issued.provider, told("accepted", external_id="other"), at=NOW) == UNKNOWN


def test_a_badge_without_an_id_is_nobodys(issued):
    IssuedBadge.objects.update(external_id="")

    assert apply_state(issued.provider, told("accepted", external_id=""), at=NOW) == UNKNOWN


def test_another_providers_badge_of_the_same_id_is_another_one(issued):
    other = BadgeProviderFactory.create()

    assert apply_state(other, told("accepted"), at=NOW) == UNKNOWN


def test_a_new_address_of_the_holder(issued):
    apply_state(issued.provider, told("pending", changed_at=NOW, recipient_email="new@example.test"), at=NOW)

    issued.refresh_from_db()
    assert issued.recipient_email == "new@example.test"


@pytest.mark.parametrize("address", ["", "no address", f"{'a' * 250}@example.test", "SAME"])
def test_an_address_that_makes_no_sense_or_is_the_same_is_not_taken(issued, address):
    stored = issued.recipient_email

    apply_state(issued.provider, told("accepted", recipient_email=address.replace("SAME", stored.upper())), at=NOW)

    issued.refresh_from_db()
    assert issued.recipient_email == stored


def test_an_old_snapshot_does_not_bring_an_old_address_back(issued):
    apply_state(issued.provider, told("pending", recipient_email="new@example.test"), at=NOW)

    apply_state(issued.provider, told("pending", changed_at=NOW, recipient_email="old@example.test"), at=NOW)

    issued.refresh_from_db()
    assert issued.recipient_email == "new@example.test"


def test_what_is_listed_now_counts_for_an_address_although_the_state_is_older(issued):
    IssuedBadge.objects.update(provider_changed_at=LATER)

    changed = apply_states(issued.provider, [told("pending", changed_at=NOW, recipient_email="n@example.test")], at=NOW)

    issued.refresh_from_db()
    assert (changed, issued.recipient_email, issued.provider_changed_at) == (1, "n@example.test", LATER)


def test_an_end_that_the_template_decided(issued):
    apply_state(issued.provider, told("pending", expires_at=LATER), at=NOW)

    issued.refresh_from_db()
    assert issued.expires_at == LATER


def test_a_page_without_news_costs_one_query(issued, django_assert_num_queries):
    known = [told("pending", accept_url=issued.accept_url, changed_at=NOW), told("accepted", external_id="unknown")]

    with django_assert_num_queries(1):
        assert apply_states(issued.provider, known, at=NOW) == 0
