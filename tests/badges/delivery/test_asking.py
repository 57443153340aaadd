"""What a claimed badge's provider is asked before anything is sent, and what counts as its answer."""

import pytest
from django.db import DatabaseError
from django.utils import timezone

from badges.delivery.asking import ask, is_to_be_sent
from badges.delivery.claims import Claim, claim
from badges.delivery.pacing import NoTurnError, at_work
from badges.delivery.recording import Failed, NotIssued, Postponed, Unlisted
from badges.models import BadgeProvider, IssuedBadge
from badges.providers.base import TemplateUnusable, Unauthorized
from badges.secrets import UnreadableSecretError
from tests.factories import BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory, StudentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def outside() -> BadgeProvider:
    """Nobody is there: whatever is asked of it is not sent."""
    return BadgeProviderFactory.create(kind="credly", provider_organization_id="o", api_url="http://127.0.0.1:1/v1")


def claimed(provider: BadgeProvider, *, template="welding", **fields) -> Claim:
    badge = BadgeFactory.create(provider=provider, organization=provider.organization, provider_template_id=template)
    fields = {"status": "pending", "delivery": "pending", "delivered_at": None} | fields
    IssuedBadgeFactory.create(badge=badge, next_attempt_at=timezone.now(), **fields)
    found = claim(provider.pk)
    assert found is not None
    return found


def answer_to(claimed: Claim):
    with at_work(claimed.issued.provider) as opened:
        return ask(lambda: opened, claimed)


def failing(error: Exception):
    def opened():
        raise error

    return opened


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (NoTurnError(), Postponed()),
        (
            UnreadableSecretError(),
            Unauthorized("A stored secret cannot be read: it was encrypted with a key that is gone."),
        ),
        (ValueError(), Unlisted("The product failed at this badge; it is tried again.")),
    ],
)
def test_what_keeps_us_from_asking_is_an_answer(outside, error, answer):
    assert ask(failing(error), claimed(outside)) == answer


@pytest.mark.parametrize(
    ("before", "answer"),
    [
        (2, Unlisted("The product failed at this badge; it is tried again.")),
        (3, Failed("defect", "The product failed at this badge; its log says why.")),
    ],
)
def test_a_defect_of_ours_is_told_to_a_person_after_three_attempts(outside, before, answer):
    assert ask(failing(ValueError()), claimed(outside, attempts=before)) == answer


def test_what_the_database_refuses_is_the_callers(outside):
    with pytest.raises(DatabaseError):
        ask(failing(DatabaseError()), claimed(outside))


def test_a_closed_account_and_a_missing_template_are_known_without_asking(outside):
    closed = claimed(outside, student=StudentFactory.create(is_active=False))
    empty = claimed(outside, template="")

    assert [answer_to(closed), answer_to(empty)] == [
        Failed("student_inactive", "The student's account was closed before the badge was sent."),
        TemplateUnusable("The badge has no badge provider template id."),
    ]
    assert not IssuedBadge.objects.filter(sent_at__isnull=False).exists()


def test_a_badge_that_was_revoked_before_it_was_sent_was_never_issued(outside):
    assert answer_to(claimed(outside, status="revoked", revoked_at=timezone.now())) == NotIssued()


@pytest.mark.parametrize(
    ("fields", "is_so"),
    [
        ({}, True),
        ({"attempts": 1}, False),
        ({"sent_at": timezone.now()}, False),
        ({"status": "revoked", "revoked_at": timezone.now()}, False),
        ({"template": ""}, True),
    ],
)
def test_only_what_is_held_and_was_never_tried_is_left_to_be_signed(fields, is_so):
    one = claimed(BadgeProviderFactory.create(), **fields)

    with at_work(one.issued.provider) as opened:
        assert is_to_be_sent(opened, one) is is_so
