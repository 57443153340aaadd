"""The page of one issued badge: what it says of a delivery, and how it follows one under way."""

import pytest
from django.urls import reverse

from badges.models import BadgeProvider
from badges.providers.opening import capabilities_of
from tests.factories import PAST, BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(world, signed_in):
    """The administrator of the umbrella, who manages the academy."""
    return signed_in(world.administrator)


@pytest.fixture
def outside_badge(world):
    account = {"provider_organization_id": "one", "api_url": "https://credly.example/v1"}
    provider = BadgeProviderFactory.create(organization=world.academy, kind=BadgeProvider.Kind.CREDLY, **account)
    return BadgeFactory.create(organization=world.academy, provider=provider, provider_template_id="one")


def page_of(row):
    return reverse("badges:issued_badge", args=[row.pk])


def test_a_badge_of_the_built_in_issuer_was_signed(world, client):
    row = IssuedBadgeFactory.create(badge__organization=world.academy)

    page = client.get(page_of(row)).text

    assert ("<dt>Signed</dt>" in page, "<dt>Last sent</dt>" in page, "Never" in page) == (True, False, True)


@pytest.mark.parametrize(
    ("code", "status", "expires"),
    [("template_unusable", "Not issued", "As its template says"), ("no_answer", "Pending", "As its template says")],
)
def test_a_badge_that_was_refused_is_not_issued(outside_badge, client, code, status, expires):
    row = IssuedBadgeFactory.create(
        badge=outside_badge, status="pending", delivery="failed", delivered_at=None, sent_at=PAST, failure_code=code
    )

    page = client.get(page_of(row)).text

    assert f">{status}</span>" in page
    assert expires in page
    assert "<dt>Last sent</dt>" in page


@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_only_a_template_says_how_long_a_badge_is_valid_that_was_not_sent_yet(world, client, kind):
    badge = BadgeFactory.create(
        organization=world.academy,
        provider__kind=kind,
        provider__organization=world.academy,
        provider_template_id="one",
    )
    row = IssuedBadgeFactory.create(badge=badge, status="pending", delivery="pending", delivered_at=None)

    page = client.get(page_of(row)).text

    assert ("As its template says" in page) == capabilities_of(badge.provider).has_templates


def test_the_page_follows_a_delivery_until_it_is_settled(outside_badge, client):
    row = IssuedBadgeFactory.create(badge=outside_badge, status="pending", delivery="pending", delivered_at=None)
    first = client.get(page_of(row))
    seen = {"seen": first.context["seen"]}

    again = client.get(page_of(row), seen, headers=HTMX)
    row.delivery = "delivered"
    row.save()
    settled = client.get(page_of(row), seen, headers=HTMX)

    assert 'hx-trigger="every 2s"' in first.text
    assert (again.status_code, again.content) == (204, b"")
    assert settled.status_code == 200
    assert 'role="status">Delivery: Delivered</p>' in settled.text
    assert "hx-trigger" not in settled.text.split('id="issued-badge"')[1].split(">")[0]


def test_a_retry_from_the_list_leads_to_what_was_retried(outside_badge, client):
    rows = IssuedBadgeFactory.create_batch(2, badge=outside_badge, status="pending", delivery="failed")
    back = reverse("badges:issued") + "?delivery=failed"

    response = client.post(reverse("badges:retry"), {"issued": [row.pk for row in rows], "next": back}, follow=True)

    ids = ",".join(str(row.pk) for row in rows)
    address = f"{reverse('badges:issued')}?ids={ids}"
    assert f'2 badges are on their way to their providers again. <a href="{address}">Show them</a>' in response.text
    assert [row.pk for row in client.get(address).context["listing"].page] == [row.pk for row in reversed(rows)]


@pytest.mark.parametrize("words", ["none", "0", "9" * 40, ",", "²"])
def test_ids_that_are_none_find_nothing(outside_badge, client, words):
    IssuedBadgeFactory.create(badge=outside_badge)

    assert client.get(reverse("badges:issued"), {"ids": words}).context["listing"].count == 0
