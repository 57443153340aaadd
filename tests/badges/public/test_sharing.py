"""How a badge is shown elsewhere: links, snippets, the frame for other sites, oEmbed."""

import datetime as dt
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from badges.public.sharing import ways_elsewhere
from tests.badges.shown import PAYLOAD, change, oembed, page_of, png
from tests.factories import PAST

pytestmark = pytest.mark.usefixtures("public_url")


def test_linkedin_is_told_everything_it_asks_for(signed_in, issued):
    change(issued, expires_at=dt.datetime(2099, 12, 31, tzinfo=dt.UTC))

    change(issued, name_decided_at=PAST)
    address = signed_in(issued.student).get(reverse("badges:share_at", args=[issued.public_id, "profile"]))["Location"]

    assert address.startswith("https://www.linkedin.com/profile/add?")
    assert parse_qs(urlsplit(address).query) == {
        "startTask": ["CERTIFICATION_NAME"],
        "name": ["Network Defender"],
        "organizationName": ["Academy of Laurels"],
        "issueYear": ["2026"],
        "issueMonth": ["3"],
        "expirationYear": ["2099"],
        "expirationMonth": ["12"],
        "certUrl": [f"https://laurel.test{page_of(issued)}"],
        "certId": [str(issued.public_id)],
    }


def test_names_are_encoded_in_links(client, issued):
    issued.badge.name = "A & B = 100 % + “ö”?#"
    issued.badge.save()

    context = client.get(page_of(issued)).context

    profile = ways_elsewhere(context["badge"])["profile"]
    assert "name=A%20%26%20B%20%3D%20100%20%25%20%2B%20%E2%80%9C%C3%B6%E2%80%9D%3F%23&" in profile
    page = f"https%3A%2F%2Flaurel.test%2Fb%2F{issued.public_id}%2F"
    words = "A%20%26%20B%20%3D%20100%20%25%20%2B%20%E2%80%9C%C3%B6%E2%80%9D%3F%23%2C%20a%20badge%20issued%20by%20Academy%20of%20Laurels"
    assert [(link.name, link.address) for link in context["share_links"]] == [
        ("LinkedIn", f"https://www.linkedin.com/sharing/share-offsite/?url={page}"),
        ("Facebook", f"https://www.facebook.com/sharer/sharer.php?u={page}"),
        ("X", f"https://x.com/intent/post?text={words}&url={page}"),
        ("E-mail", f"mailto:?subject={words}&body={words}%0D%0A%0D%0A{page}%0D%0A"),
    ]


def test_the_signature_is_a_picture_that_leads_to_the_page(client, issued):
    issued.badge.image.save("defender.png", ContentFile(png(200, 100)))

    context = client.get(page_of(issued)).context

    page = f"https://laurel.test{page_of(issued)}"
    assert context["signature_html"] == (
        f'<a href="{page}"><img src="https://laurel.test{issued.badge.image.url}" alt="Network Defender"'
        ' width="96" height="48" border="0"></a>'
    )
    assert context["signature_text"] == f"Network Defender · Academy of Laurels\n{page}"


# --- the frame for other sites, and oEmbed


def test_oembed_describes_the_frame(client, issued):
    response = oembed(client, issued, format="json")

    embed = f"https://laurel.test{page_of(issued, 'embed')}"
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response.json() == {
        "version": "1.0",
        "type": "rich",
        "title": "Network Defender",
        "author_name": "Academy of Laurels",
        "author_url": "https://academy.test/",
        "provider_name": "Laurel",
        "provider_url": "https://laurel.test/",
        "cache_age": 60,
        "html": f'<iframe src="{embed}" width="420" height="160" title="Network Defender" loading="lazy"'
        ' style="border:0;max-width:100%"></iframe>',
        "width": 420,
        "height": 160,
    }


def test_the_page_leads_to_its_oembed(client, issued):
    address = client.get(page_of(issued)).context["oembed"]

    found = client.get(address.removeprefix("https://laurel.test"))

    assert found.json()["title"] == "Network Defender"


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        ({"maxwidth": 300}, (300, 160)),
        ({"maxheight": 100}, (420, 100)),
        ({"maxwidth": 4000, "maxheight": 4000}, (420, 160)),
        ({"maxwidth": 200, "maxheight": 80}, (200, 80)),
    ],
)
def test_oembed_keeps_to_the_limits(client, issued, limits, size):
    answer = oembed(client, issued, **limits).json()

    assert (answer["width"], answer["height"]) == size
    assert f'width="{size[0]}" height="{size[1]}"' in answer["html"]


def test_a_thumbnail_is_named_where_it_fits(client, issued):
    issued.badge.image.save("defender.png", ContentFile(png(64, 48)))

    fitting, too_large = oembed(client, issued).json(), oembed(client, issued, maxwidth=50).json()

    thumbnail = (fitting["thumbnail_url"], fitting["thumbnail_width"], fitting["thumbnail_height"])
    assert thumbnail == (f"https://laurel.test{issued.badge.image.url}", 64, 48)
    assert [key for key in too_large if key.startswith("thumb")] == []


def test_oembed_of_markup_is_safe_to_insert(client, issued):
    issued.badge.name = PAYLOAD
    issued.badge.save()

    response = oembed(client, issued)

    assert "<script>" not in response.json()["html"]
    assert json.loads(response.content)["title"] == PAYLOAD
