"""The Verify button: what it finds in good badges and in others."""

import datetime as dt

import pytest

from badges.models import IssuerKey
from badges.openbadges.credentials import sign
from tests.badges.shown import change, page_of, revoke, verdicts
from tests.factories import PAST

pytestmark = pytest.mark.usefixtures("public_url")


@pytest.fixture
def issued(unsigned):
    return unsigned


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

    assert "There is no signed badge to check" in response.text
    assert "data-verify" not in client.get(page_of(issued)).text


def test_a_key_that_is_not_listed_any_more_is_found_at_once(client, issued):
    sign(issued)
    before = verdicts(client.get(page_of(issued, "verify")))
    IssuerKey.objects.all().delete()

    response = client.get(page_of(issued, "verify"))

    assert (before, verdicts(response)) == ([True, True, True], [False])
