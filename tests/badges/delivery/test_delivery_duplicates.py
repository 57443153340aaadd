"""Who gets no second badge: whatever the template allows, whatever our database has forgotten, and whoever's clock is wrong."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from badges.delivery import rounds
from badges.delivery.asking import CLOCK_SKEW, ask
from badges.delivery.claims import LATELY, claim
from badges.delivery.pacing import at_work
from badges.delivery.recording import Adopted
from badges.held.revoking import revoke
from badges.models import BadgeTemplate, IssuedBadge
from tests.factories import BadgeFactory, BadgeTemplateFactory, IssuedBadgeFactory, StudentFactory

Delivery = IssuedBadge.Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def one_thread(settings):
    """The tests' own: another one would not see what a test's transaction wrote."""
    settings.DELIVERY_THREADS = 1


@pytest.fixture
def provider(credly):
    return credly.provider()


@pytest.fixture
def badge(credly, provider):
    """Its template was never read."""
    return BadgeFactory.create(
        provider=provider, organization=provider.organization, provider_template_id=credly.template()
    )


def waiting(badge, **fields):
    fields = {"status": "pending", "delivery": "pending", "delivered_at": None} | fields
    return IssuedBadgeFactory.create(badge=badge, next_attempt_at=timezone.now(), **fields)


def deliver(row):
    IssuedBadge.objects.filter(pk=row.pk).update(next_attempt_at=timezone.now())
    rounds.deliver_due()
    row.refresh_from_db()
    return row


def forgotten(row):
    """The same badge issued again, by a database that does not know of the first time."""
    student = row.student
    row.delete()
    return waiting(row.badge, student=student)


def calls(credly) -> list[str]:
    return [request.call for request in credly.requests()]


def read(badge, *, allows_duplicates=False, ago=dt.timedelta(0)) -> BadgeTemplate:
    return BadgeTemplateFactory.create(
        provider=badge.provider,
        external_id=badge.provider_template_id,
        allows_duplicates=allows_duplicates,
        read_at=timezone.now() - ago,
    )


# Before the first attempt


def test_a_template_that_was_never_read_is_read_once_for_all_who_wait(credly, badge):
    for _student in range(3):
        waiting(badge)

    rounds.deliver_due()

    assert calls(credly) == ["template", "issue", "issue", "issue"]
    assert BadgeTemplate.objects.get().external_id == badge.provider_template_id


def test_a_template_that_is_known_to_refuse_duplicates_costs_one_request_for_each_badge(credly, badge):
    read(badge)
    for _student in range(3):
        waiting(badge)

    rounds.deliver_due()

    assert calls(credly) == ["issue"] * 3


def test_a_template_that_was_loosened_and_never_read_gives_no_second_badge(credly, badge):
    credly.change_template(badge.provider_template_id, allow_duplicate_badges=True)
    row = forgotten(deliver(waiting(badge)))
    BadgeTemplate.objects.all().delete()

    deliver(row)

    assert (row.delivery, len(credly.badges())) == (Delivery.DELIVERED, 1)
    assert calls(credly) == ["template", "list", "list", "issue", "template", "list"]


def test_a_template_that_was_loosened_since_it_was_read_gives_no_second_badge(credly, badge):
    read(badge, ago=LATELY)
    credly.change_template(badge.provider_template_id, allow_duplicate_badges=True)
    row = forgotten(deliver(waiting(badge)))

    deliver(row)

    assert (row.delivery, len(credly.badges())) == (Delivery.DELIVERED, 1)
    assert BadgeTemplate.objects.get().allows_duplicates


def test_a_template_that_may_not_be_read_has_its_badges_looked_for(credly, badge):
    credly.fault("refusal", call="template", status=403, message="Forbidden", times=9)
    row = forgotten(deliver(waiting(badge)))

    deliver(row)

    assert (row.delivery, len(credly.badges())) == (Delivery.DELIVERED, 1)
    assert calls(credly)[-2:] == ["template", "list"]


@pytest.mark.parametrize("fault", ["close_before", "rate_limited", "server_error"])
def test_a_template_that_cannot_be_read_just_now_is_waited_for(credly, badge, fault):
    credly.fault(fault, call="template", retry_after=9)

    row = deliver(waiting(badge))

    assert (row.delivery, row.sent_at, calls(credly)) == (Delivery.PENDING, None, ["template"])


def test_a_template_that_is_gone_fails_what_waits_for_it(credly, badge):
    credly.delete_template(badge.provider_template_id)

    row = deliver(waiting(badge))

    assert (row.delivery, row.failure_code) == (Delivery.FAILED, "template_unusable")


def test_a_provider_that_refuses_no_duplicates_is_always_asked_first(credly, badge, provider):
    """As Open Badge Factory may be."""
    read(badge)
    deliver(waiting(badge))
    row = forgotten(IssuedBadge.objects.get())
    claimed = claim(provider.pk)
    assert claimed is not None

    with at_work(provider) as opened:
        opened.capabilities = replace(opened.capabilities, refuses_duplicates=False)
        answer = ask(lambda: opened, claimed)

    assert (claimed.issued, isinstance(answer, Adopted)) == (row, True)
    assert calls(credly) == ["issue", "list"]


# Clocks


@pytest.mark.parametrize("ahead", [-7200, 7200])
def test_a_revocation_finds_what_a_provider_with_another_clock_has_made(credly, badge, settings, ahead):
    settings.DELIVERY_SETTLE = 0
    read(badge)
    credly.clock(ahead=ahead)
    credly.fault("close_after")
    row = deliver(waiting(badge))
    revoke([row], by=StudentFactory.create(), reason="A mistake", at=timezone.now())

    deliver(row)

    assert (row.delivery, [one["state"] for one in credly.badges()]) == (Delivery.DELIVERED, ["revoked"])


def test_a_revocation_finds_a_held_badge_of_ours_however_old_it_seems(credly, badge):
    read(badge)
    credly.fault("close_after")
    row = deliver(waiting(badge))
    credly.change_badge(credly.badges()[0]["id"], age=86_400)
    revoke([row], by=StudentFactory.create(), reason="A mistake", at=timezone.now())

    deliver(row)

    assert (row.delivery, credly.badges()[0]["state"]) == (Delivery.DELIVERED, "revoked")


@pytest.mark.parametrize(("minutes", "is_ours"), [(4, True), (6, False)])
@pytest.mark.parametrize("ahead", [-7200, 0, 7200])
def test_what_was_rejected_meanwhile_is_told_from_what_was_long_before_by_the_providers_clock(
    credly, badge, ahead, minutes, is_ours
):
    assert dt.timedelta(minutes=4) < CLOCK_SKEW < dt.timedelta(minutes=6)
    credly.duplicates_count(["pending", "accepted"])
    read(badge)
    credly.clock(ahead=ahead)
    credly.fault("close_after")
    row = deliver(waiting(badge))
    held = credly.badges()[0]["id"]
    credly.set_state(held, "rejected")
    credly.change_badge(held, age=60 * minutes)

    deliver(row)

    assert (row.external_id == held, len(credly.badges())) == (is_ours, 1 if is_ours else 2)
