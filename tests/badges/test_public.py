"""The public page of a badge: what everybody may know, what only the holder, and nothing else."""

import datetime as dt
import io
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from PIL import Image

from badges.models import BadgeProvider, IssuedBadge, Via
from badges.openbadges.credentials import sign
from tests.factories import PAST, BadgeFactory, IssuedBadgeFactory, StudentFactory

PAYLOAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&gt;&lt;img src=x onerror=alert(2)&gt;"


@pytest.fixture(autouse=True)
def public_url(settings):
    settings.PUBLIC_URL = "https://laurel.test"


@pytest.fixture
def issued(world):
    badge = BadgeFactory.create(
        name="Network Defender",
        description="Defends networks.",
        criteria="Pass the exam.",
        organization=world.academy,
        provider__name="Academy of Laurels",
        provider__website="https://academy.test/",
    )
    student = StudentFactory.create(organization=world.academy, first_name="Zoë", last_name="Ångström")
    return IssuedBadgeFactory.create(
        badge=badge, student=student, via=Via.ROSTER, source_words="Securing Networks", issued_by=world.instructor
    )


@pytest.fixture
def credly(world):
    """An issued badge of a Credly provider, pending."""
    provider = BadgeProvider.objects.create(
        name="Credly",
        organization=world.academy,
        kind=BadgeProvider.Kind.CREDLY,
        provider_organization_id="1",
        api_url="https://api.credly.com/v1",
    )
    badge = BadgeFactory.create(organization=world.academy, provider=provider)
    return IssuedBadgeFactory.create(badge=badge, student=world.student, status=IssuedBadge.Status.PENDING)


def png(width, height):
    output = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(output, format="PNG")
    return output.getvalue()


def page_of(issued, name="badge_page"):
    return reverse(f"badges:{name}", args=[issued.public_id])


def change(issued, **values):
    IssuedBadge.objects.filter(pk=issued.pk).update(**values)


def revoke(issued, reason=""):
    change(issued, status="revoked", revoked_at=PAST, revocation_reason=reason)


@pytest.mark.django_db
def test_an_unknown_badge_is_not_found(client):
    public_id = "00000000-0000-4000-8000-000000000000"

    statuses = [
        client.get(reverse(f"badges:{name}", args=[public_id])).status_code
        for name in ("badge_page", "verify", "embed")
    ]

    assert statuses == [404, 404, 404]


def test_everybody_sees_the_badge_and_not_whose_it_is(client, issued, world):
    response = client.get(page_of(issued))

    badge = response.context["badge"]
    assert (badge.name, badge.description, badge.criteria) == (
        "Network Defender",
        "Defends networks.",
        "Pass the exam.",
    )
    assert (badge.issuer, badge.issuer_website, badge.holder) == ("Academy of Laurels", "https://academy.test/", "")
    assert badge.provenance == "Issued to a participant of the class “Securing Networks”."
    assert "The holder keeps the name private." in response.text
    for name in ("Zoë", "Ångström", issued.student.email, world.instructor.last_name):
        assert name not in response.text


def test_the_name_is_shown_with_consent(client, issued):
    change(issued, is_name_public=True)

    response = client.get(page_of(issued))

    assert "Awarded to <strong>Zoë Ångström</strong>" in response.text


def test_a_user_name_is_no_name_to_show(client, issued):
    change(issued, is_name_public=True)
    issued.student.first_name = issued.student.last_name = ""
    issued.student.save()

    response = client.get(page_of(issued))

    assert "The holder keeps the name private." in response.text


@pytest.mark.parametrize(
    ("via", "words", "sentence"),
    [
        (Via.ASSIGNMENT, "Cloud", "Issued for the course “Cloud”."),
        (Via.ACHIEVEMENT, "Ten Labs", "Earned by meeting every condition of the achievement “Ten Labs”."),
        (Via.ADMIN, "by Ines", "Issued by the organization itself."),
        (Via.ROSTER, "", "Issued by the organization itself."),
    ],
)
def test_the_evidence_is_a_sentence(client, issued, via, words, sentence):
    change(issued, via=via, source_words=words)

    response = client.get(page_of(issued))

    assert response.context["badge"].provenance == sentence


def test_times_are_the_organization_s_and_name_their_zone(client, issued, world):
    world.academy.time_zone = "Asia/Tokyo"
    world.academy.save()
    change(issued, expires_at=dt.datetime(2099, 1, 31, 15, tzinfo=dt.UTC))

    response = client.get(page_of(issued))

    assert ">2 Mar 2026, 18:00 JST</time>" in response.text
    assert ">1 Feb 2099, 00:00 JST</time>" in response.text


def test_a_valid_badge_has_no_banner(client, issued):
    response = client.get(page_of(issued))

    assert (response.status_code, response.context["badge"].state) == (200, "valid")
    assert "message error" not in response.text


def test_an_expired_badge_says_so_and_is_not_shared_any_more(client, issued):
    change(issued, expires_at=PAST + dt.timedelta(days=1))

    response = client.get(page_of(issued))

    assert response.status_code == 200
    assert "This badge has expired." in response.text
    assert "linkedin.com" not in response.text


def test_a_revoked_badge_says_so_and_keeps_the_reason_to_itself(client, issued):
    revoke(issued, reason="Cheated")

    response = client.get(page_of(issued))

    assert response.status_code == 200
    assert "This badge was revoked." in response.text
    assert "Cheated" not in response.text
    assert "linkedin.com" not in response.text


def test_the_holder_reads_the_reason_of_a_revocation(signed_in, issued):
    revoke(issued, reason="Cheated")

    response = signed_in(issued.student).get(page_of(issued))

    assert "Reason of the revocation: Cheated" in response.text


def test_the_page_can_be_a_preview_elsewhere(client, issued):
    response = client.get(page_of(issued))

    page = f"https://laurel.test{page_of(issued)}"
    assert f'<meta property="og:url" content="{page}">' in response.text
    assert '<meta property="og:title" content="Network Defender">' in response.text
    assert '<meta property="og:description" content="Defends networks.">' in response.text
    assert '<meta property="og:image" content="https://laurel.test/static/img/seal.png">' in response.text
    assert '<meta property="og:image:width" content="512">' in response.text
    assert f'<link rel="canonical" href="{page}">' in response.text


def test_a_picture_is_shown_with_its_size(client, issued):
    issued.badge.image.save("defender.png", ContentFile(png(64, 48)))

    response = client.get(page_of(issued))

    picture = response.context["badge"].picture
    assert (picture.path, picture.width, picture.height) == (issued.badge.image.url, 64, 48)
    assert f'<meta property="og:image" content="https://laurel.test{issued.badge.image.url}">' in response.text
    assert '<meta property="og:image:height" content="48">' in response.text


@pytest.mark.parametrize("name", ["badges/gone.png", "badges/no-picture.png"])
def test_a_picture_that_is_missing_or_none_is_a_seal(client, issued, name):
    if "no-picture" in name:
        issued.badge.image.storage.save(name, ContentFile(b"no picture"))
    issued.badge.image.name = name
    issued.badge.save()

    response = client.get(page_of(issued))

    assert response.context["badge"].picture.path == "/static/img/seal.png"


def test_svg_is_for_pages_and_a_seal_for_where_svg_is_not_shown(client, issued):
    issued.badge.image.save("defender.svg", ContentFile(b"<svg/>"))

    badge = client.get(page_of(issued)).context["badge"]

    assert (badge.picture.path, badge.preview.path) == (issued.badge.image.url, "/static/img/seal.png")


@pytest.mark.parametrize("is_listed", [True, False])
def test_search_engines_find_what_the_holder_lets_them_find(client, issued, is_listed):
    change(issued, is_listed=is_listed)

    response = client.get(page_of(issued))

    assert ('<meta name="robots" content="noindex">' not in response.text) is is_listed
    assert (response.get("X-Robots-Tag") is None) is is_listed


@pytest.mark.parametrize("name", ["badge_page", "verify"])
def test_a_page_that_may_change_at_any_moment_is_asked_for_each_time(client, issued, name):
    response = client.get(page_of(issued, name))

    assert set(response["Cache-Control"].split(", ")) == {"no-cache", "private"}


def test_nobody_s_words_become_markup(client, issued, signed_in):
    issued.badge.name = issued.badge.description = issued.badge.criteria = PAYLOAD
    issued.badge.save()
    issued.provider.name = PAYLOAD
    issued.provider.website = "javascript:alert(3)"
    issued.provider.save()
    issued.student.last_name = PAYLOAD
    issued.student.save()
    change(issued, is_name_public=True, source_words=PAYLOAD, revocation_reason=PAYLOAD)

    for text in (
        signed_in(issued.student).get(page_of(issued)).text,
        client.get(page_of(issued, "verify")).text,
        client.get(page_of(issued, "embed")).text,
    ):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "javascript:" not in text
        assert ESCAPED in text


def test_what_is_copied_is_escaped_as_html(client, issued):
    issued.badge.name = PAYLOAD
    issued.badge.save()

    context = client.get(page_of(issued)).context

    assert f'alt="{ESCAPED}"' in context["signature_html"].replace("&#39;", "&#x27;")
    assert f'title="{ESCAPED}"' in context["embed_html"].replace("&#39;", "&#x27;")


@pytest.mark.parametrize("persona", ["visitor", "holder"])
def test_the_page_takes_the_same_queries_whatever_there_is(
    client, issued, signed_in, django_assert_num_queries, persona
):
    asking = client if persona == "visitor" else signed_in(issued.student)

    with django_assert_num_queries(1 if persona == "visitor" else 6):  # session, person, organization, 2 of permissions
        assert asking.get(page_of(issued)).status_code == 200


# --- sharing


def test_linkedin_is_told_everything_it_asks_for(client, issued):
    change(issued, expires_at=dt.datetime(2099, 12, 31, tzinfo=dt.UTC))

    address = client.get(page_of(issued)).context["linkedin_profile"]

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

    assert "name=A%20%26%20B%20%3D%20100%20%25%20%2B%20%E2%80%9C%C3%B6%E2%80%9D%3F%23&" in context["linkedin_profile"]
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


def test_the_frame_alone_may_be_framed_and_can_do_nothing(client, issued):
    response = client.get(page_of(issued, "embed"))

    policy = set(response["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "frame-ancestors *",
        "base-uri 'none'",
        "form-action 'none'",
    }
    assert "X-Frame-Options" not in response
    assert response["X-Robots-Tag"] == "noindex"
    assert "sign-in" not in response.text
    assert "<form" not in response.text
    assert "<script" not in response.text


def test_other_public_pages_may_not_be_framed(client, issued):
    for name in ("badge_page", "verify"):
        response = client.get(page_of(issued, name))

        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert response["X-Frame-Options"] == "DENY"


def test_the_frame_is_kept_for_a_minute_and_then_shows_a_revocation(client, issued):
    revoke(issued)

    response = client.get(page_of(issued, "embed"))

    assert response["Cache-Control"] == "public, max-age=60"
    assert ">Revoked</span>" in response.text


def oembed(client, issued, **query):
    url = f"https://laurel.test{page_of(issued)}"
    return client.get(reverse("badges:oembed"), {"url": url, **query})


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


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"format": "xml"}, 501),
        ({"maxwidth": "wide"}, 400),
        ({"maxwidth": "0"}, 400),
        ({"maxheight": "-5"}, 400),
        ({"url": ""}, 404),
        ({"url": "https://laurel.test/b/00000000-0000-4000-8000-000000000000/"}, 404),
        ({"url": "https://laurel.test/sign-in/"}, 404),
        ({"url": "https://laurel.test/nowhere/"}, 404),
        ({"url": "https://laurel.test.evil.test/b/x/"}, 404),
        ({"url": "https://evil.test/"}, 404),
        ({"url": "https://laurel.test/[/"}, 404),
    ],
)
def test_oembed_says_what_it_cannot_do(client, issued, query, status):
    assert oembed(client, issued, **query).status_code == status


def test_oembed_of_markup_is_safe_to_insert(client, issued):
    issued.badge.name = PAYLOAD
    issued.badge.save()

    response = oembed(client, issued)

    assert "<script>" not in response.json()["html"]
    assert json.loads(response.content)["title"] == PAYLOAD


# --- verification


def verdicts(response):
    return [check.is_good for check in response.context["checks"]]


def test_verify_says_that_a_badge_is_good(client, issued):
    sign(issued)

    response = client.get(page_of(issued, "verify"))

    assert verdicts(response) == [True, True, True]


def test_verify_finds_a_revoked_badge(client, issued):
    sign(issued)
    revoke(issued)

    response = client.get(page_of(issued, "verify"))

    assert verdicts(response) == [True, False, True]
    assert "This badge was revoked." in response.text


def test_verify_finds_an_expired_badge(client, issued):
    change(issued, expires_at=PAST + dt.timedelta(days=1))
    issued.refresh_from_db()
    sign(issued)

    response = client.get(page_of(issued, "verify"))

    assert verdicts(response) == [True, True, False]


def test_verify_finds_what_was_changed(client, issued):
    credential = sign(issued)
    credential.document = credential.document.replace("Network Defender", "Network Emperor")
    credential.save()

    response = client.get(page_of(issued, "verify"))

    assert verdicts(response) == [False]


def test_verify_waits_for_the_signature(client, issued):
    response = client.get(page_of(issued, "verify"))

    assert "The badge is not signed yet" in response.text
    assert "data-verify" not in client.get(page_of(issued)).text


def test_verify_answers_the_button_with_the_lines_alone(client, issued):
    sign(issued)

    response = client.get(page_of(issued, "verify"), headers={"HX-Request": "true"})

    assert "<html" not in response.text
    assert response.text.count('<li class="good">') == 3
    assert "HX-Request" in response["Vary"]


def test_a_signed_badge_is_verified_and_downloaded_from_its_page(client, issued):
    sign(issued)

    text = client.get(page_of(issued)).text

    for name in ("verify", "baked_png", "baked_svg", "credential", "token"):
        assert f'href="{page_of(issued, name)}"' in text


# --- badges of other issuers


def test_a_visitor_finds_nothing_about_a_badge_that_is_not_public(client, credly):
    change(credly, accept_url="https://www.credly.com/badges/1/accept")

    assert client.get(page_of(credly)).status_code == 404


def test_the_holder_is_led_to_where_it_is_accepted(signed_in, credly):
    change(credly, accept_url="https://www.credly.com/badges/1/accept")

    response = signed_in(credly.student).get(page_of(credly))

    assert 'href="https://www.credly.com/badges/1/accept"' in response.text
    assert "Accept at www.credly.com" in response.text


def test_everybody_is_led_to_where_it_is_shown(client, credly):
    change(credly, status="accepted", public_url="https://www.credly.com/badges/1")

    response = client.get(page_of(credly))

    assert response.status_code == 200
    assert 'href="https://www.credly.com/badges/1"' in response.text
    assert "Go to www.credly.com" in response.text
    assert response["X-Robots-Tag"] == "noindex"


def test_a_visitor_is_not_led_to_where_it_is_accepted(client, credly):
    change(credly, accept_url="https://www.credly.com/accept", public_url="https://www.credly.com/badges/1")

    response = client.get(page_of(credly))

    assert "https://www.credly.com/accept" not in response.text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "The badge is on its way."),
        ({"status": "rejected"}, "The badge was rejected"),
        ({"status": "revoked", "revoked_at": PAST, "revocation_reason": "A mistake"}, "A mistake"),
        ({"accept_url": "javascript:alert(1)"}, "The badge is on its way."),
        ({"public_url": "https://[/"}, "The badge is on its way."),
    ],
)
def test_the_holder_reads_where_it_stands(signed_in, credly, values, words):
    change(credly, **values)

    response = signed_in(credly.student).get(page_of(credly))

    assert words in response.text
    assert "javascript:" not in response.text


@pytest.mark.parametrize("name", ["verify", "embed"])
def test_there_is_no_page_of_ours_for_what_another_issuer_signs(signed_in, credly, name):
    change(credly, status="accepted", public_url="https://www.credly.com/badges/1")

    assert signed_in(credly.student).get(page_of(credly, name)).status_code == 404
    assert oembed(signed_in(credly.student), credly).status_code == 404


# --- the student's lists


def test_a_student_s_badges_lead_to_their_pages(signed_in, credly, issued):
    change(issued, student=credly.student)
    change(credly, accept_url="https://www.credly.com/badges/1/accept")
    client = signed_in(credly.student)

    for path in ("/", reverse("achievements:mine")):
        text = client.get(path).text

        assert f'href="{page_of(issued)}"' in text
        assert f'href="{page_of(credly)}"' in text
        assert 'href="https://www.credly.com/badges/1/accept"' in text


def test_an_administrator_is_not_offered_what_only_the_student_may_accept(signed_in, world, credly):
    change(credly, accept_url="https://www.credly.com/badges/1/accept")

    text = signed_in(world.administrator).get(reverse("achievements:of", args=[credly.student_id])).text

    assert "https://www.credly.com/badges/1/accept" not in text
    assert page_of(credly) not in text


def test_a_student_sees_what_was_revoked_and_not_given_again(signed_in, issued):
    revoke(issued)
    given_again = IssuedBadgeFactory.create(student=issued.student, status="revoked", revoked_at=PAST)
    held = IssuedBadgeFactory.create(student=issued.student, badge=given_again.badge)

    rewards = signed_in(issued.student).get(reverse("achievements:mine")).context["rewards"]

    assert (rewards.badges, rewards.revoked) == ([held], [issued])
