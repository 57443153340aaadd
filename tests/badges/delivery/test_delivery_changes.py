"""What somebody changes while a worker is about to send: with real threads and commits."""

import datetime as dt
import threading
import time

import pytest
from django.db import connection
from django.utils import timezone

from badges.catalogue.editing import save_badge
from badges.delivery import rounds, verdicts
from badges.held.revoking import revoke
from badges.models import Badge, BadgeProvider, IssuedBadge, ProviderPace
from badges.secrets import encrypt
from organizations.roles import install_roles
from tests.factories import BadgeFactory, BadgeTemplateFactory, IssuedBadgeFactory, StudentFactory

pytestmark = pytest.mark.django_db(transaction=True)

Delivery = IssuedBadge.Delivery


@pytest.fixture(autouse=True)
def _roles_come_back():
    """The flush after a test with real transactions takes the roles, which the other tests expect, with it."""
    yield
    install_roles()


@pytest.fixture(autouse=True)
def three_threads(settings):
    settings.DELIVERY_THREADS = 3


@pytest.fixture
def badge(credly):
    provider = credly.provider()
    return BadgeFactory.create(
        provider=provider,
        organization=provider.organization,
        provider_template_id=a_template(provider, credly.template()),
    )


def a_template(provider, external_id) -> str:
    """One that is known to refuse duplicates."""
    return BadgeTemplateFactory.create(provider=provider, external_id=external_id, read_at=timezone.now()).external_id


@pytest.fixture
def row(badge):
    return IssuedBadgeFactory.create(
        badge=badge, status="pending", delivery="pending", delivered_at=None, next_attempt_at=timezone.now()
    )


def while_it_waits_for_its_turn(row, change, *, wait: float = 1.5) -> None:
    """Deliver, and make the change between the claim and the turn."""
    ProviderPace.objects.create(provider=row.provider, next_at=timezone.now() + dt.timedelta(seconds=wait))

    deliver_and(row, change, once=IssuedBadge.objects.filter(pk=row.pk, sent_at__isnull=False).exists)


def deliver_and(row, change, *, once) -> None:
    run = threading.Thread(target=deliver_and_close)
    run.start()
    deadline = time.monotonic() + 60
    while not once():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    change()
    run.join()
    row.refresh_from_db()


def deliver_and_close() -> None:
    try:
        rounds.deliver_due(seconds=4)
    finally:
        connection.close()


def the(provider: BadgeProvider):
    return BadgeProvider.objects.filter(pk=provider.pk)


def test_nothing_leaves_after_the_provider_was_switched_off(credly, row):
    while_it_waits_for_its_turn(row, lambda: the(row.provider).update(is_enabled=False))

    assert (credly.requests(), row.delivery, row.sent_at, row.attempts) == ([], Delivery.PENDING, None, 0)


def test_nothing_leaves_after_the_provider_was_paused(credly, row):
    while_it_waits_for_its_turn(row, lambda: verdicts.pause(row.provider, "for a test"))

    assert (credly.requests(), row.delivery, row.sent_at, row.attempts) == ([], Delivery.PENDING, None, 0)


def test_a_badge_that_is_revoked_at_the_last_moment_is_not_sent(credly, row):
    while_it_waits_for_its_turn(row, lambda: revoke([row], by=StudentFactory.create(), reason="x", at=timezone.now()))

    assert (credly.requests("issue"), row.delivery) == ([], Delivery.CANCELLED)


def test_the_template_of_the_last_moment_is_the_one_that_is_sent(credly, row, badge):
    other = a_template(row.provider, credly.template("Another"))

    while_it_waits_for_its_turn(row, lambda: Badge.objects.filter(pk=badge.pk).update(provider_template_id=other))

    assert [one["badge_template"]["id"] for one in credly.badges()] == [other]
    assert (row.delivery, row.template_ref) == (Delivery.DELIVERED, other)


def test_a_badge_that_was_claimed_and_moves_to_another_provider_is_issued_there(credly, row, badge):
    badge.provider = BadgeFactory.create().provider
    IssuedBadge.objects.update(delivery="sending", claimed_at=timezone.now())

    save_badge(lambda: badge.save() or badge)
    rounds.deliver_due(seconds=2)

    row.refresh_from_db()
    assert (credly.requests(), row.provider, row.delivery) == ([], badge.provider, Delivery.DELIVERED)


def test_a_new_token_is_used_at_once(credly, row):
    credly.expire_token()
    credly.change_token(secret="another")

    while_it_waits_for_its_turn(row, lambda: the(row.provider).update(encrypted_token=encrypt("another")))

    assert (row.delivery, [one.status for one in credly.requests()]) == (Delivery.DELIVERED, [201])


def test_an_answer_to_the_former_token_does_not_pause_the_provider(credly, row):
    credly.expire_token()
    credly.change_token(secret="another")
    credly.fault("delay_before", seconds=1)

    def change():
        the(row.provider).update(encrypted_token=encrypt("another"))

    deliver_and(row, change, once=lambda: credly.requests("issue"))

    assert [one.status for one in credly.requests("issue")] == [401, 201]
    assert (row.delivery, the(row.provider).get().paused_at) == (Delivery.DELIVERED, None)


def test_what_was_sent_before_the_provider_was_switched_off_is_on_record(credly, row):
    credly.fault("delay_after", seconds=1)

    def change():
        the(row.provider).update(is_enabled=False)

    deliver_and(row, change, once=lambda: credly.requests("issue"))

    assert (row.delivery, len(credly.badges())) == (Delivery.DELIVERED, 1)
