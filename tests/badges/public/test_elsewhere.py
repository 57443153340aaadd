"""Badges that another issuer shows, and the lists from which students reach theirs."""

import pytest
from django.urls import reverse

from tests.badges.shown import change, oembed, page_of, pending_at_credly, revoke
from tests.factories import PAST, IssuedBadgeFactory

pytestmark = pytest.mark.usefixtures("public_url")


@pytest.fixture
def credly(world):
    return pending_at_credly(world)


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


def test_what_nobody_has_to_accept_any_more_is_not_on_its_way(signed_in, credly):
    change(credly, status="accepted")

    assert "An e-mail tells you how to accept it" not in signed_in(credly.student).get(page_of(credly)).text


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

    text = signed_in(world.administrator).get(reverse("achievements:user", args=[credly.student_id])).text

    assert "https://www.credly.com/badges/1/accept" not in text
    assert page_of(credly) not in text


def test_a_student_sees_what_was_revoked_and_not_given_again(signed_in, issued):
    revoke(issued)
    given_again = IssuedBadgeFactory.create(student=issued.student, status="revoked", revoked_at=PAST)
    held = IssuedBadgeFactory.create(student=issued.student, badge=given_again.badge)

    rewards = signed_in(issued.student).get(reverse("achievements:mine")).context["rewards"]

    assert (rewards.badges, rewards.lost) == ([held], [issued])
