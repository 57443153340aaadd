"""The Verify button: what it finds in good badges and in others."""

import datetime as dt

import pytest
import time_machine
from django.core.cache import cache

from badges.models import IssuerKey
from badges.openbadges.credentials import sign
from tests.badges.shown import built_in, change, page_of, revoke
from tests.factories import PAST


@pytest.fixture(autouse=True)
def public_url(settings):
    settings.PUBLIC_URL = "https://laurel.test"


@pytest.fixture
def issued(world):
    return built_in(world, is_signed=False)


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


@pytest.mark.parametrize("until_it_begins", [dt.timedelta(seconds=1), dt.timedelta(hours=23)])
def test_a_badge_that_begins_later_is_not_valid_yet_wherever_its_state_is_shown(client, issued, until_it_begins):
    change(issued, issued_at=PAST + until_it_begins)
    issued.refresh_from_db()
    sign(issued)

    with time_machine.travel(PAST, tick=False):
        pages = {name: client.get(page_of(issued, name)).text for name in ("badge_page", "verify", "embed")}
        verified = client.get(page_of(issued, "verify"))

    assert verdicts(verified) == [True, True, False]
    assert "It is not valid yet." in pages["verify"]
    assert [name for name, page in pages.items() if "ot valid yet" not in page] == []
    assert [name for name, page in pages.items() if ">Valid<" in page] == []
    assert "linkedin.com" not in pages["badge_page"]


def test_a_badge_begins_with_its_whole_second_as_its_credential_says(client, issued):
    change(issued, issued_at=PAST + dt.timedelta(microseconds=900_000))
    issued.refresh_from_db()
    sign(issued)

    with time_machine.travel(PAST + dt.timedelta(microseconds=100_000), tick=False):
        page, verified = client.get(page_of(issued)), client.get(page_of(issued, "verify"))

    assert (page.context["badge"].state, verdicts(verified)) == ("valid", [True, True, True])


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
def test_a_badge_that_nobody_signed_is_not_shown_as_valid(client, issued, fields, state, words):
    change(issued, **fields)

    pages = [client.get(page_of(issued, name)) for name in ("badge_page", "verify", "embed")]

    assert [response.context["badge"].state for response in pages] == [state] * 3
    assert [words in response.text for response in pages] == [True, True, False]
    for response in pages:
        assert ("Valid" in response.text, "linkedin.com" in response.text) == (False, False)


def test_a_key_that_is_not_listed_any_more_is_found_at_once(client, issued):
    sign(issued)
    before = verdicts(client.get(page_of(issued, "verify")))
    IssuerKey.objects.all().delete()

    response = client.get(page_of(issued, "verify"))

    assert (before, verdicts(response)) == ([True, True, True], [False])


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
