"""What keeps an issued badge from its student, in words for the student and for who administers it."""

import pytest

from badges.held.holding_back import held_back
from badges.models import BadgeProvider
from tests.factories import PAST, IssuedBadgeFactory

REFUSED = {"delivery": "failed", "failure_code": "refused", "failure_message": "Issuer says no."}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "of_others", "own"),
    [
        ({}, "", ""),
        ({"status": "pending", "delivery": "pending"}, "The badge is on its way.", "The badge is on its way."),
        (
            {"status": "pending"},
            "The badge waits for the student to accept it.",
            "The badge waits for you to accept it.",
        ),
        ({"status": "rejected"}, "The student rejected the badge.", "You rejected the badge."),
        (
            {"status": "revoked", "revoked_at": PAST},
            "The badge was revoked on 2 Mar 2026.",
            "The badge was revoked on 2 Mar 2026.",
        ),
        ({"expires_at": PAST}, "The badge expired on 2 Mar 2026.", "The badge expired on 2 Mar 2026."),
        (
            REFUSED,
            "The badge was not issued: Issuer says no. Retry it.",
            "The badge could not be issued. Ask an administrator.",
        ),
        (
            REFUSED | {"status": "pending", "failure_code": "no_answer"},
            "The badge provider gave no answer. An administrator has to look whether the badge is there.",
            "The badge provider gave no answer. An administrator has to look whether the badge is there.",
        ),
    ],
)
def test_each_state_says_what_keeps_the_badge_back(fields, of_others, own):
    issued = IssuedBadgeFactory.create(**fields)

    assert (held_back(issued, is_own=False), held_back(issued, is_own=True)) == (of_others, own)


@pytest.mark.django_db
def test_a_badge_that_waits_for_a_paused_provider_says_so():
    issued = IssuedBadgeFactory.create(status="pending", delivery="pending", badge__provider__name="Forge")
    BadgeProvider.objects.update(paused_at=PAST)

    assert held_back(issued, is_own=True) == (
        f"The badge waits: Forge has been paused since 2 Mar 2026, 09:00. "
        f"An administrator of {issued.provider.organization} can resume it."
    )
