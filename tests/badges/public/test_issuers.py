"""The page of an issuer: for people in a browser, in the organization's brand; machines get what they always got."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from PIL import Image

from badges.models import IssuedBadge
from badges.openbadges import addresses
from badges.openbadges.credentials import sign
from badges.public.issuers import public_issuer
from tests.badges.shown import ESCAPED, PAYLOAD, page_of, revoke
from tests.factories import BadgeFactory, BrandFactory, IssuedBadgeFactory

pytestmark = pytest.mark.usefixtures("public_url")

BROWSERS = {
    "chromium": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "firefox": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
}
MACHINES = {
    "none": None,
    "curl": "*/*",
    "jsonld.js": "application/ld+json;profile=http://www.w3.org/ns/json-ld#context, application/ld+json, application/json",
    "pyld": "application/ld+json;profile=http://www.w3.org/ns/json-ld#context, application/ld+json;q=0.5, text/html;q=0.1",
    "axios": "application/json, text/plain, */*",
    "java": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
    "credential": "application/vc+ld+json",
    "picture": "image/png",
    "nonsense": ";;q=,,/",
}


def get(client, issued, accept=BROWSERS["firefox"]):
    address = reverse("badges:issuer", args=[issued.provider.public_id])
    return client.get(address, headers={} if accept is None else {"Accept": accept})


@pytest.mark.parametrize("accept", BROWSERS.values(), ids=BROWSERS)
def test_a_browser_gets_a_page(client, issued, accept):
    page = get(client, issued, accept)

    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert set(page["Cache-Control"].split(", ")) == {"no-cache", "private"}
    assert "Accept" in page["Vary"]
    assert page["X-Robots-Tag"] == "noindex"
    assert "Academy of Laurels" in page.text
    assert addresses.did(issued.provider) in page.text


@pytest.mark.parametrize("accept", MACHINES.values(), ids=MACHINES)
def test_a_machine_gets_the_profile_as_before(client, issued, accept):
    answer = get(client, issued, accept)

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/ld+json")
    assert (answer["Access-Control-Allow-Origin"], "Accept" in answer["Vary"]) == ("*", True)
    assert answer.json()["id"] == addresses.did(issued.provider)


def test_the_page_is_in_the_organizations_brand(client, issued, world):
    BrandFactory.create(organization=world.umbrella, name="Northern Lights")

    page = get(client, issued)

    assert "Northern Lights" in page.text
    assert page.context["brand"].styles in page.text


def test_it_lists_what_is_held_of_its_own_organization_alone(client, issued, world):
    for name, organization in (("Of another customer", world.umbrella), ("Revoked", world.academy)):
        badge = BadgeFactory.create(name=name, organization=organization, provider=issued.provider)
        other = IssuedBadgeFactory.create(badge=badge, student=world.student)
        sign(other)
    revoke(IssuedBadge.objects.get(badge__name="Revoked"))
    BadgeFactory.create(name="Never given", organization=world.academy, provider=issued.provider)

    page = get(client, issued)

    assert [badge.name for badge in page.context["issuer"].badges] == ["Network Defender"]


def test_it_takes_two_queries_and_ends_a_long_list(issued, world, django_assert_num_queries):
    badge = BadgeFactory.create(name="Sailor", organization=world.academy, provider=issued.provider)
    sign(IssuedBadgeFactory.create(badge=badge, student=world.student))

    with django_assert_num_queries(2):
        issuer = public_issuer(issued.provider.public_id, most=1)

    assert ([badge.name for badge in issuer.badges], issuer.is_more) == (["Network Defender"], True)


def test_nobodys_words_become_markup(client, issued):
    type(issued.provider).objects.update(name=PAYLOAD, website="javascript:alert(1)")

    page = get(client, issued).text

    assert ESCAPED in page
    assert PAYLOAD not in page
    assert "javascript:" not in page


def test_the_page_of_a_badge_leads_there(client, issued):
    assert (
        f'<a href="{reverse("badges:issuer", args=[issued.provider.public_id])}">' in client.get(page_of(issued)).text
    )


def test_a_logo_stands_there(client, issued, world):
    output = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(output, format="PNG")
    name = default_storage.save("logos/of-an-issuer.png", ContentFile(output.getvalue()))
    BrandFactory.create(organization=world.academy, logo=name)

    assert f'<img src="{default_storage.url(name)}" alt="">' in get(client, issued).text


@pytest.mark.django_db
def test_another_kind_and_an_unknown_one_are_not_found(client, provider):
    unknown = "00000000-0000-4000-8000-000000000000"

    statuses = [
        client.get(reverse("badges:issuer", args=[public_id]), headers={"Accept": BROWSERS["firefox"]}).status_code
        for public_id in (provider.public_id, unknown)
    ]

    assert statuses == [404, 404]
