"""The public page of a badge: what everybody may know, what only the holder, and nothing else."""

import datetime as dt
import re

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from badges.catalogue.thumbnails import address_of
from badges.delivery.letters import letter_about
from badges.models import Badge, IssuedBadge, Via
from badges.openbadges.credentials import sign
from badges.public.publishing import address_to_accept, publish, published
from badges.public.sharing import signature_html
from organizations.brands import styles_address
from organizations.models import User
from tests.badges.shown import ESCAPED, PAYLOAD, change, page_of, png, revoke, verdicts
from tests.factories import PAST, BrandFactory, OrganizationFactory

pytestmark = pytest.mark.usefixtures("public_url")


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
    assert "This page does not show the recipient’s name." in response.text
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

    assert "This page does not show the recipient’s name." in response.text


@pytest.mark.parametrize(
    ("via", "words", "sentence"),
    [
        (Via.ASSIGNMENT, "Cloud", "Issued for the course “Cloud”."),
        (Via.ACHIEVEMENT, "Ten Labs", "Earned by completing “Ten Labs”."),
        (Via.ADMIN, "by Ines", "Issued by the organization itself."),
        (Via.ROSTER, "", "Issued by the organization itself."),
    ],
)
def test_the_evidence_is_a_sentence(client, issued, via, words, sentence):
    change(issued, via=via, source_words=words)

    response = client.get(page_of(issued))

    assert response.context["badge"].provenance == sentence


def test_a_note_is_text_and_a_link_leads_to_the_web_alone(client, issued):
    change(issued, note="<b>Well</b> done\n\nTwice", link="https://work.example/a?b=1&c=2")

    text = client.get(page_of(issued)).text

    assert "<blockquote><p>&lt;b&gt;Well&lt;/b&gt; done</p>\n\n<p>Twice</p></blockquote>" in text
    address = "https://work.example/a?b=1&amp;c=2"
    assert f'<a href="{address}" rel="nofollow ugc noopener">{address}</a>' in text
    change(issued, note="", link="javascript:alert(1)")
    text = client.get(page_of(issued)).text
    assert ("blockquote" in text, "ugc" in text, "javascript:" in text) == (False, False, False)


def test_days_are_the_holder_s_and_name_their_zone_in_the_title(client, issued, world):
    world.academy.time_zone = "Asia/Tokyo"
    world.academy.save()
    change(issued, expires_at=dt.datetime(2099, 1, 31, 15, tzinfo=dt.UTC))

    response = client.get(page_of(issued))

    assert 'title="2 Mar 2026, 18:00 JST">2 Mar 2026</time>' in response.text
    assert 'title="1 Feb 2099, 00:00 JST">1 Feb 2099</time>' in response.text


def test_a_badge_has_one_day_wherever_it_is_shown(client, issued, world, signed_in):
    """That of its holder's organization, whosever the badge is: of one moment, all badges of a person are of one day."""
    world.academy.time_zone = "America/New_York"
    world.academy.save()
    below = OrganizationFactory.create(parent=world.academy, time_zone="Asia/Tokyo")
    User.objects.filter(pk=issued.student_id).update(organization=below)
    change(issued, issued_at=dt.datetime(2026, 11, 20, 17, tzinfo=dt.UTC))
    row = published().get(pk=issued.pk)
    student = signed_in(User.objects.get(pk=issued.student_id))
    administrator = signed_in(world.administrator)

    shown = [
        client.get(page_of(issued)).text,
        client.get(reverse("badges:embed", args=[issued.public_id])).text,
        letter_about(row, at=timezone.now()).body,
        student.get(reverse("achievements:mine")).text,
        student.get(reverse("home")).text,
        student.get(reverse("achievements:user", args=[issued.student_id])).text,
    ]
    held = administrator.get(reverse("achievements:user", args=[issued.student_id])).text

    assert [("21 Nov 2026" in text, ">20 Nov" in text) for text in shown] == [(True, False)] * 6
    assert ">21 Nov 2026</time>" in held


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


def test_the_skills_are_shown_and_lead_to_their_framework(client, issued):
    assert "Skills" not in client.get(page_of(issued)).text
    Badge.objects.update(
        skills=[
            {"name": "Net <works>", "framework": "ESCO", "code": "S5", "url": "https://esco.example/1"},
            {"name": "Care"},
        ]
    )

    page = client.get(page_of(issued)).text

    link = (
        '<a href="https://esco.example/1" title="esco.example" rel="noopener noreferrer nofollow">Net &lt;works&gt;</a>'
    )
    assert link in page
    assert "<span>Care</span>" in page
    assert "ESCO S5" in page


def test_the_page_is_in_the_house_of_the_badge_s_organization(client, issued, world, signed_in):
    plain = client.get(page_of(issued)).text
    BrandFactory.create(organization=world.umbrella, name="Umbrella Group", colour="#123456", logo="logos/x.png")
    BrandFactory.create(organization=world.outside, name="Reader's", colour="#654321")

    for name in ("badge_page", "verify"):
        page = signed_in(world.stranger).get(page_of(issued, name)).text
        head = page.partition('<header class="public-head">')[2].partition("</header>")[0]
        assert '<img class="brand-picture" src="/media/logos/x.png" alt="">' in head
        assert "<span>Umbrella Group</span>" in head
        assert styles_address("#123456") in page
        assert '<footer class="public-foot">Laurel</footer>' in page
        assert "Academy of Laurels" in page
        assert "Reader" not in page
        assert styles_address("#654321") not in page
    assert '<meta property="og:site_name" content="Umbrella Group">' in client.get(page_of(issued)).text
    assert '<span class="brand-tile"></span><span>Laurel</span>' in plain
    assert "public-foot" not in plain


def test_a_frame_on_another_site_has_the_brand_s_colour_and_logo(client, issued, world):
    plain = client.get(page_of(issued, "embed")).text
    BrandFactory.create(organization=world.academy, colour="#123456", logo="logos/x.png")

    frame = client.get(page_of(issued, "embed")).text

    assert styles_address("#123456") in frame
    assert '<img class="embed-logo" src="/media/logos/x.png" alt="">' in frame
    assert "embed-logo" not in plain


def test_a_brand_costs_a_public_page_no_query(client, issued, world, django_assert_num_queries):
    client.get(page_of(issued))  # the first look is noted
    with CaptureQueriesContext(connection) as without:
        client.get(page_of(issued))
    BrandFactory.create(organization=world.umbrella)

    with django_assert_num_queries(len(without)):
        client.get(page_of(issued))


def test_a_picture_is_shown_with_its_size(client, issued):
    issued.badge.image.save("defender.png", ContentFile(png(64, 48)))

    response = client.get(page_of(issued))

    picture = response.context["badge"].picture
    assert (picture.path, picture.width, picture.height) == (issued.badge.image.url, 64, 48)
    assert f'<meta property="og:image" content="https://laurel.test{issued.badge.image.url}">' in response.text
    assert '<meta property="og:image:height" content="48">' in response.text


@pytest.mark.parametrize("name", ["defender.png", "defender.svg", ""])
def test_a_frame_on_another_site_shows_a_small_picture(client, issued, name):
    if name:
        issued.badge.image.save(name, ContentFile(DRAWING if name.endswith("svg") else png(640, 480)))

    shown = re.findall(r'<img src="([^"]+)"', client.get(page_of(issued, "embed")).text)

    assert shown == [address_of(issued.badge.image, 192) if name else "/static/img/seal-small.webp"]
    if name:
        assert client.get(shown[0])["Content-Type"] == "image/webp"


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


def test_what_is_copied_is_escaped_as_html(client, issued):
    issued.badge.name = PAYLOAD
    issued.badge.save()

    context = client.get(page_of(issued)).context

    assert f'alt="{ESCAPED}"' in context["signature_html"].replace("&#39;", "&#x27;")
    assert f'title="{ESCAPED}"' in context["embed_html"].replace("&#39;", "&#x27;")


@pytest.mark.parametrize("until_it_begins", [dt.timedelta(seconds=1), dt.timedelta(hours=23)])
def test_a_badge_that_begins_later_is_not_valid_yet_wherever_its_state_is_shown(client, unsigned, until_it_begins):
    change(unsigned, issued_at=PAST + until_it_begins)
    unsigned.refresh_from_db()
    sign(unsigned)

    with time_machine.travel(PAST, tick=False):
        pages = {name: client.get(page_of(unsigned, name)).text for name in ("badge_page", "verify", "embed")}
        verified = client.get(page_of(unsigned, "verify"))

    assert verdicts(verified) == [True, True, False]
    assert "It is not valid yet." in pages["verify"]
    assert [name for name, page in pages.items() if "ot valid yet" not in page] == []
    assert [name for name, page in pages.items() if ">Valid<" in page] == []
    assert "linkedin.com" not in pages["badge_page"]


@pytest.mark.parametrize(
    ("fields", "state", "words"),
    [
        ({"delivery": "pending"}, "prepared", "This badge is being prepared."),
        ({"delivery": "sending"}, "prepared", "This badge is being prepared."),
        ({"delivery": "delivered"}, "prepared", "This badge is being prepared."),
        ({"delivery": "failed"}, "unsigned", "This badge could not be signed."),
        ({"delivery": "cancelled"}, "unsigned", "This badge could not be signed."),
        ({"delivery": "cancelled", "status": "revoked", "revoked_at": PAST}, "revoked", "This badge was revoked."),
        ({"delivery": "failed", "expires_at": PAST}, "expired", "This badge has expired."),
    ],
)
def test_a_badge_that_nobody_signed_is_not_shown_as_valid(client, unsigned, fields, state, words):
    change(unsigned, **fields)

    pages = [client.get(page_of(unsigned, name)) for name in ("badge_page", "verify", "embed")]

    assert [response.context["badge"].state for response in pages] == [state] * 3
    assert [words in response.text for response in pages] == [True, True, False]
    for response in pages:
        assert ("Valid" in response.text, "linkedin.com" in response.text) == (False, False)


@pytest.mark.parametrize(("status", "expected"), [("pending", "https://x.test/"), ("accepted", ""), ("rejected", "")])
def test_a_badge_is_accepted_only_while_it_waits(status, expected):
    assert address_to_accept(IssuedBadge(status=status, accept_url="https://x.test/")) == expected


@pytest.mark.parametrize(
    ("description", "criteria", "summary"),
    [
        ("Defends\n networks.", "Pass.", "Defends networks."),
        ("", "Pass.", "Pass."),
        ("", "", "A digital badge issued by Academy of Laurels."),
        ("a" * 301, "", "a" * 299 + "…"),
    ],
)
def test_a_line_for_previews_is_what_the_badge_says_of_itself(issued, description, criteria, summary):
    issued.badge.description, issued.badge.criteria = description, criteria
    issued.badge.save()

    assert publish(published().get(pk=issued.pk), at=PAST).summary == summary


def test_a_badge_begins_with_its_whole_second_as_its_credential_says(client, unsigned):
    change(unsigned, issued_at=PAST + dt.timedelta(microseconds=900_000))
    unsigned.refresh_from_db()
    sign(unsigned)

    with time_machine.travel(PAST + dt.timedelta(microseconds=100_000), tick=False):
        page, verified = client.get(page_of(unsigned)), client.get(page_of(unsigned, "verify"))

    assert (page.context["badge"].state, verdicts(verified)) == ("valid", [True, True, True])
