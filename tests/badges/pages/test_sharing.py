"""Who decides about the public page of a badge."""

import pytest
from django.urls import reverse

from badges.models import BadgeProvider
from badges.public.consent import decide
from tests.badges.shown import change, decision, sharing_of
from tests.factories import PAST


def test_the_holder_decides(signed_in, issued):
    response = signed_in(issued.student).post(sharing_of(issued), {"is_name_public": "yes", "is_listed": "on"})

    assert response.status_code == 302
    assert response["Location"] == reverse("badges:badge_page", args=[issued.public_id])
    assert decision(issued) == (True, True)


def test_the_panel_shows_what_was_decided(signed_in, issued):
    decide(issued, is_name_public=True, is_listed=False)

    response = signed_in(issued.student).get(reverse("badges:badge_page", args=[issued.public_id]))

    values = {field.name: field.value() for field in response.context["consent"]}
    assert values == {"is_name_public": "yes", "is_listed": False}


def test_neither_answer_is_chosen_beforehand_and_nothing_is_shared_before(signed_in, issued):
    response = signed_in(issued.student).get(reverse("badges:badge_page", args=[issued.public_id]))

    assert response.context["consent"]["is_name_public"].value() == ""
    assert "checked" not in response.text
    assert [words in response.text for words in ("Before you share", 'id="share"', 'id="download"')] == [
        True,
        False,
        False,
    ]


def test_without_an_answer_nothing_is_decided(signed_in, issued):
    response = signed_in(issued.student).post(sharing_of(issued), {"is_listed": "on"}, follow=True)

    assert "Choose whether to show your name." in response.text
    assert decision(issued) == (False, False)


@pytest.mark.parametrize("persona", ["administrator", "instructor", "stranger"])
def test_nobody_else_is_offered_the_panel(signed_in, world, issued, persona):
    response = signed_in(getattr(world, persona)).get(reverse("badges:badge_page", args=[issued.public_id]))

    assert response.status_code == 200
    assert sharing_of(issued) not in response.text


@pytest.mark.parametrize(("persona", "status"), [("administrator", 403), ("instructor", 404), ("stranger", 404)])
def test_nobody_else_decides(signed_in, world, issued, persona, status):
    response = signed_in(getattr(world, persona)).post(sharing_of(issued), {"is_name_public": "yes"})

    assert response.status_code == status
    assert decision(issued) == (False, False)


def test_a_visitor_is_asked_to_sign_in(client, issued):
    response = client.post(sharing_of(issued), {"is_name_public": "yes"})

    assert response["Location"].startswith("/sign-in/")
    assert decision(issued) == (False, False)


def test_there_is_nothing_to_decide_where_another_issuer_shows_it(signed_in, issued):
    BadgeProvider.objects.update(kind="credly", provider_organization_id="1", api_url="https://api.credly.com/v1")

    response = signed_in(issued.student).post(sharing_of(issued), {"is_name_public": "yes"})

    assert response.status_code == 404


def sheet_of(issued):
    return reverse("badges:share", args=[issued.public_id])


def test_the_sheet_asks_first_and_shares_nothing_before(signed_in, issued):
    text = signed_in(issued.student).get(sheet_of(issued)).text

    assert "Before you share: show your name?" in text
    assert "checked" not in text
    assert [words in text for words in ("share-address", "/share/profile/", "badge.png")] == [False, False, False]


@pytest.mark.parametrize(
    ("answer", "shown"), [("yes", "Visitors see your name."), ("no", "Visitors do not see your name.")]
)
def test_the_ways_to_share_follow_the_answer(signed_in, issued, answer, shown):
    client = signed_in(issued.student)

    response = client.post(sheet_of(issued), {"is_name_public": answer}, follow=True)

    assert response.redirect_chain == [(sheet_of(issued), 302)]
    assert [words in response.text for words in (shown, "share-address", "/share/profile/", "badge.png")] == [True] * 4
    assert decision(issued) == (answer == "yes", False)


def test_a_later_change_is_one_press_and_leaves_search_engines_alone(signed_in, issued):
    decide(issued, is_name_public=True, is_listed=True)

    signed_in(issued.student).post(sheet_of(issued), {"is_name_public": "no"})

    assert decision(issued) == (False, True)


def test_a_dialog_has_the_ways_at_once(signed_in, issued):
    headers = {"HX-Request": "true", "HX-Target": "dialog"}

    response = signed_in(issued.student).post(sheet_of(issued), {"is_name_public": "no"}, headers=headers)

    assert (response.status_code, "share-address" in response.text, "<html" in response.text) == (200, True, False)


def test_an_answer_that_is_none_asks_again(signed_in, issued):
    response = signed_in(issued.student).post(sheet_of(issued), {"is_name_public": "perhaps"})

    assert (response.status_code, "Before you share" in response.text) == (200, True)
    assert decision(issued) == (False, False)


def test_who_showed_the_name_before_anybody_asked_has_answered(signed_in, issued):
    change(issued, is_name_public=True, name_decided_at=None)

    assert "Visitors see your name." in signed_in(issued.student).get(sheet_of(issued)).text


def test_what_is_no_longer_valid_is_not_shared(signed_in, issued):
    change(issued, expires_at=PAST)

    text = signed_in(issued.student).get(sheet_of(issued)).text

    assert ("This badge has expired." in text, "share-address" in text) == (True, False)


@pytest.mark.parametrize(("persona", "status"), [("administrator", 403), ("instructor", 404), ("stranger", 404)])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_else_shares_it(signed_in, world, issued, persona, status, method):
    response = getattr(signed_in(getattr(world, persona)), method)(sheet_of(issued), {"is_name_public": "yes"})

    assert response.status_code == status
    assert decision(issued) == (False, False)


def test_what_another_issuer_shows_is_shared_there(signed_in, issued):
    BadgeProvider.objects.update(kind="credly", provider_organization_id="1", api_url="https://api.credly.com/v1")

    assert signed_in(issued.student).get(sheet_of(issued)).status_code == 404
