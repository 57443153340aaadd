"""Who decides about the public page of a badge."""

import pytest
from django.urls import reverse

from badges.models import BadgeProvider
from badges.public.consent import decide
from tests.badges.shown import decision, sharing_of


def test_the_holder_decides(signed_in, issued):
    response = signed_in(issued.student).post(sharing_of(issued), {"is_name_public": "on", "is_listed": "on"})

    assert response.status_code == 302
    assert response["Location"] == reverse("badges:badge_page", args=[issued.public_id])
    assert decision(issued) == (True, True)


def test_the_panel_shows_what_was_decided(signed_in, issued):
    decide(issued, is_name_public=True, is_listed=False)

    response = signed_in(issued.student).get(reverse("badges:badge_page", args=[issued.public_id]))

    values = {field.name: field.value() for field in response.context["consent"]}
    assert values == {"is_name_public": True, "is_listed": False}


@pytest.mark.parametrize("persona", ["administrator", "instructor", "stranger"])
def test_nobody_else_is_offered_the_panel(signed_in, world, issued, persona):
    response = signed_in(getattr(world, persona)).get(reverse("badges:badge_page", args=[issued.public_id]))

    assert response.status_code == 200
    assert sharing_of(issued) not in response.text


@pytest.mark.parametrize(("persona", "status"), [("administrator", 403), ("instructor", 404), ("stranger", 404)])
def test_nobody_else_decides(signed_in, world, issued, persona, status):
    response = signed_in(getattr(world, persona)).post(sharing_of(issued), {"is_name_public": "on"})

    assert response.status_code == status
    assert decision(issued) == (False, False)


def test_a_visitor_is_asked_to_sign_in(client, issued):
    response = client.post(sharing_of(issued), {"is_name_public": "on"})

    assert response["Location"].startswith("/sign-in/")
    assert decision(issued) == (False, False)


def test_there_is_nothing_to_decide_where_another_issuer_shows_it(signed_in, issued):
    BadgeProvider.objects.update(kind="credly", provider_organization_id="1", api_url="https://api.credly.com/v1")

    response = signed_in(issued.student).post(sharing_of(issued), {"is_name_public": "on"})

    assert response.status_code == 404
