"""The public page of a badge: what everybody may know, what only the holder, and nothing else."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from badges.models import Via
from badges.public.sharing import signature_html
from tests.badges.shown import ESCAPED, PAYLOAD, built_in, change, page_of, png, revoke
from tests.factories import PAST


@pytest.fixture(autouse=True)
def public_url(settings):
    settings.PUBLIC_URL = "https://laurel.test"


@pytest.fixture
def issued(world):
    return built_in(world)


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


DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 6"><circle r="4"/></svg>'


def test_svg_is_for_pages_and_its_pixels_for_where_svg_is_not_shown(client, issued):
    issued.badge.image.save("defender.svg", ContentFile(DRAWING))
    beside = f"{issued.badge.image.url.removesuffix('.svg')}-drawn.png"

    response = client.get(page_of(issued))

    badge = response.context["badge"]
    assert (badge.picture.path, badge.preview.path) == (issued.badge.image.url, beside)
    assert (badge.preview.width, badge.preview.height) == (512, 342)
    assert f'<meta property="og:image" content="https://laurel.test{beside}">' in response.text
    assert f'src="https://laurel.test{beside}"' in signature_html(badge)
    picture = client.get(beside)
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")


def test_a_drawing_that_cannot_be_drawn_is_a_seal_where_svg_is_not_shown(client, issued):
    issued.badge.image.save("defender.svg", ContentFile(b"<svg"))

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

    with django_assert_num_queries(
        2 if persona == "visitor" else 7
    ):  # count; session, person, organization, 2 of permissions
        assert asking.get(page_of(issued)).status_code == 200
