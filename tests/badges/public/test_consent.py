"""What the holder decides about the public page, and what follows for the credential."""

import json

import pytest
from cryptography.fernet import Fernet
from django.urls import reverse

from badges.models import Credential, IssuedBadge
from badges.openbadges.credentials import sign
from badges.public.consent import decide
from organizations.models import User
from tests.badges.shown import decision, sharing_of
from tests.racing import at_once

DOCUMENTS = ("credential", "token", "baked_png", "baked_svg")


@pytest.fixture
def issued(unsigned):
    return unsigned


@pytest.fixture
def key_is_lost(issued, settings):
    """The holder is named in a signed badge whose issuer's key cannot be read any more; what it could be read with."""
    sign(issued)
    decide(issued, is_name_public=True, is_listed=True)
    before = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    return before


def names_in(issued):
    document = json.loads(Credential.objects.get(issued_badge=issued).document)
    identifiers = document["credentialSubject"]["identifier"]
    return [one["identityHash"] for one in identifiers if one["identityType"] == "name"]


def test_the_holder_takes_it_back(signed_in, issued):
    sign(issued)
    decide(issued, is_name_public=True, is_listed=True)

    signed_in(issued.student).post(sharing_of(issued), {"is_name_public": "no"})

    assert decision(issued) == (False, False)
    assert names_in(issued) == []


def test_the_name_goes_into_the_credential_with_the_same_id_and_place(issued):
    before = sign(issued)

    decide(issued, is_name_public=True, is_listed=False)

    after = Credential.objects.get(issued_badge=issued)
    assert names_in(issued) == ["Zoë Ångström"]
    assert json.loads(after.document)["id"] == json.loads(before.document)["id"]
    assert (after.status_list_id, after.status_index) == (before.status_list_id, before.status_index)


def test_search_engines_are_no_reason_to_sign_again(issued):
    before = sign(issued)

    decide(issued, is_name_public=False, is_listed=True)

    assert Credential.objects.get(issued_badge=issued).document == before.document


def test_an_unsigned_badge_is_not_signed_by_a_decision(issued):
    decide(issued, is_name_public=True, is_listed=True)

    assert not Credential.objects.filter(issued_badge=issued).exists()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_name_is_taken_back_though_nothing_can_be_signed(signed_in, client, issued, key_is_lost, name):
    response = signed_in(issued.student).post(sharing_of(issued), {"is_name_public": "no"}, follow=True)

    assert decision(issued) == (False, False)
    assert "Downloads are unavailable until we can sign them without your name." in response.text
    assert "Ångström" not in client.get(reverse("badges:badge_page", args=[issued.public_id])).text
    answer = client.get(reverse(f"badges:{name}", args=[issued.public_id]))
    assert (answer.status_code, answer.text) == (
        503,
        "What this document says has changed, and it cannot be signed again just now. Ask again later.",
    )
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/plain; charset=utf-8", "no-cache")


def test_there_is_nothing_to_verify_while_the_name_waits_to_be_taken_out(client, issued, key_is_lost):
    decide(issued, is_name_public=False, is_listed=False)

    response = client.get(reverse("badges:verify", args=[issued.public_id]))

    assert (response.status_code, response.context["checks"]) == (200, [])


def test_whoever_asks_first_has_it_signed_once_the_key_can_be_read(client, issued, key_is_lost, settings):
    decide(issued, is_name_public=False, is_listed=False)
    settings.ENCRYPTION_KEYS = key_is_lost

    answer = client.get(reverse("badges:credential", args=[issued.public_id]))

    assert (answer.status_code, "Ångström" in answer.text, names_in(issued)) == (200, False, [])


def test_a_document_without_the_name_is_given_out_though_the_holder_would_show_it(client, issued, settings):
    sign(issued)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    is_settled = decide(issued, is_name_public=True, is_listed=False)

    answer = client.get(reverse("badges:credential", args=[issued.public_id]))
    assert (is_settled, answer.status_code, "Ångström" in answer.text) == (True, 200, False)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_new_name_is_signed_when_somebody_asks(client, issued, name):
    sign(issued)
    decide(issued, is_name_public=True, is_listed=False)
    User.objects.filter(pk=issued.student_id).update(last_name="Öberg")

    client.get(reverse(f"badges:{name}", args=[issued.public_id]))

    assert names_in(issued) == ["Zoë Öberg"]


def test_a_new_name_of_a_holder_who_is_not_named_changes_nothing(client, issued):
    before = sign(issued)
    User.objects.filter(pk=issued.student_id).update(last_name="Öberg")

    answer = client.get(reverse("badges:credential", args=[issued.public_id]))

    assert answer.text == before.document


@pytest.mark.django_db(transaction=True)
def test_a_decision_at_the_moment_of_the_first_signature_is_kept(world, issued, client):
    read_before = IssuedBadge.objects.get(pk=issued.pk)

    at_once(lambda: decide(issued, is_name_public=True, is_listed=False), lambda: sign(read_before))

    client.get(reverse("badges:credential", args=[issued.public_id]))
    assert names_in(issued) == ["Zoë Ångström"]


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_the_one_that_is_kept_is_handed_out(world, issued, client):
    sign(issued)

    at_once(
        lambda: decide(issued, is_name_public=True, is_listed=False),
        lambda: decide(issued, is_name_public=False, is_listed=False),
    )

    client.get(reverse("badges:credential", args=[issued.public_id]))
    is_name_public, _is_listed = decision(issued)
    assert names_in(issued) == (["Zoë Ångström"] if is_name_public else [])
