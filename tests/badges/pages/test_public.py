"""The public pages of a badge as they are asked for: how often, from where, framed or not, and by oEmbed."""

import datetime as dt

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse

from badges.openbadges.credentials import sign
from organizations.models import User
from tests.badges.shown import ESCAPED, PAYLOAD, change, oembed, page_of, revoke
from tests.factories import PAST

pytestmark = pytest.mark.usefixtures("public_url")


@pytest.mark.django_db
def test_an_unknown_badge_is_not_found(client):
    public_id = "00000000-0000-4000-8000-000000000000"

    statuses = [
        client.get(reverse(f"badges:{name}", args=[public_id])).status_code
        for name in ("badge_page", "verify", "embed")
    ]

    assert statuses == [404, 404, 404]


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


@pytest.mark.parametrize("persona", ["visitor", "holder"])
def test_the_page_takes_the_same_queries_whatever_there_is(
    client, issued, signed_in, django_assert_num_queries, persona
):
    asking = client if persona == "visitor" else signed_in(issued.student)

    with django_assert_num_queries(
        3 if persona == "visitor" else 7
    ):  # count; the first look noted, or session, person, organization, 2 of permissions
        assert asking.get(page_of(issued)).status_code == 200


def test_the_holder_alone_is_offered_what_only_a_holder_can_use(client, issued, signed_in, world):
    change(issued, name_decided_at=PAST)
    offered = ["Add to LinkedIn profile", "E-mail signature", "Show it on a website", "Verify"]
    readers = {"nobody": client, "holder": signed_in(issued.student), "another": signed_in(world.instructor)}

    seen = {
        name: [words for words in offered if words in reader.get(page_of(issued)).text]
        for name, reader in readers.items()
    }

    assert seen == {"nobody": offered[2:], "holder": offered, "another": offered[2:]}


def test_the_holder_decides_and_shares_in_one_panel(issued, signed_in):
    holder = signed_in(issued.student)
    before = holder.get(page_of(issued)).text
    change(issued, name_decided_at=PAST)
    after = holder.get(page_of(issued)).text

    shown = ["Save and share", "Add to LinkedIn profile", "Post on LinkedIn", "Facebook", 'id="address"']
    assert [words in before for words in shown] == [True, False, False, False, False]
    assert [after.count(words) for words in shown] == [0, 1, 1, 1, 1]
    assert [text.count('class="card"') for text in (before, after)] == [1, 2]  # after the answer also Download


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


def test_who_verifies_too_often_is_asked_to_wait(client, issued, settings):
    sign(issued)
    settings.VERIFICATIONS_PER_MINUTE = 2
    cache.clear()

    with time_machine.travel(PAST, tick=False):
        answers = [client.get(page_of(issued, "verify")) for _time in range(3)]
        elsewhere = client.get(page_of(issued, "verify"), REMOTE_ADDR="192.0.2.7")
        page = client.get(page_of(issued))

    assert [answer.status_code for answer in [*answers, elsewhere, page]] == [200, 200, 429, 200, 200]
    assert answers[-1]["Retry-After"] == "60"
    assert "Try again in a minute." in answers[-1].text


def test_the_next_minute_is_another(client, issued, settings):
    sign(issued)
    settings.VERIFICATIONS_PER_MINUTE = 1
    cache.clear()

    statuses = []
    for minute in (0, 0, 1):
        with time_machine.travel(PAST + dt.timedelta(minutes=minute), tick=False):
            statuses.append(client.get(page_of(issued, "verify")).status_code)

    assert statuses == [200, 429, 200]


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


@pytest.mark.parametrize("name", ["badge_page", "verify", "embed"])
@pytest.mark.parametrize(("chosen", "spoken"), [("de", "de"), ("", "en")])
def test_the_page_speaks_the_language_that_its_holder_has_chosen(client, issued, name, chosen, spoken):
    User.objects.filter(pk=issued.student_id).update(language=chosen)

    response = client.get(page_of(issued, name))

    assert (f'<html lang="{spoken}"' in response.text, response["Content-Language"]) == (True, spoken)
