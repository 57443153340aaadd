"""What somebody changes while a worker is about to send: with real threads and commits.

The worker is kept until the change is made: no machine is too slow, or too quick.
"""

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from badges.catalogue.editing import save_badge
from badges.delivery import rounds, verdicts
from badges.held.revoking import revoke
from badges.models import Badge, BadgeProvider, IssuedBadge, ProviderPace
from badges.secrets import encrypt
from organizations.roles import install_roles
from tests.achievements.processes import holding_the_row_of, somebody_waits, wait_until
from tests.factories import BadgeFactory, BadgeTemplateFactory, IssuedBadgeFactory, StudentFactory

pytestmark = pytest.mark.django_db(transaction=True)

Delivery = IssuedBadge.Delivery


@pytest.fixture(autouse=True)
def _roles_come_back():
    """The flush after a test with real transactions takes the roles, which the other tests expect, with it."""
    yield
    install_roles()


# Seconds: longer than any test waits, so that nothing ends by itself.
FOREVER = 600


@pytest.fixture(autouse=True)
def three_threads(settings):
    settings.DELIVERY_THREADS = 3
    settings.PROVIDER_READ_TIMEOUT = settings.PROVIDER_TOTAL_TIMEOUT = FOREVER


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


def while_it_waits_for_its_turn(row, change: Callable[[], object]) -> None:
    """Deliver, and make the change between the claim and the turn, which nobody can take meanwhile."""
    pace = ProviderPace.objects.create(provider=row.provider, next_at=timezone.now())
    run = threading.Thread(target=deliver_and_close)
    with holding_the_row_of(pace):
        run.start()
        wait_until(somebody_waits)
        assert IssuedBadge.objects.filter(pk=row.pk, delivery="sending", sent_at=None).exists()
        change()
    run.join()
    row.refresh_from_db()


def while_it_waits_for_an_answer(credly, row, change: Callable[[], object]) -> None:
    """Deliver, and make the change between the first request and the answer to it."""
    credly.fault("stuck")
    run = threading.Thread(target=deliver_and_close)
    run.start()
    try:
        wait_until(lambda: credly.requests("issue"))
        change()
    finally:
        credly.let_go()
        run.join()
    row.refresh_from_db()


def deliver_and_close() -> None:
    try:
        rounds.deliver_due(seconds=FOREVER)
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
    rounds.deliver_due(seconds=FOREVER)

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

    while_it_waits_for_an_answer(credly, row, lambda: the(row.provider).update(encrypted_token=encrypt("another")))

    assert [one.status for one in credly.requests("issue")] == [401, 201]
    assert (row.delivery, the(row.provider).get().paused_at) == (Delivery.DELIVERED, None)


def test_what_was_sent_before_the_provider_was_switched_off_is_on_record(credly, row):
    while_it_waits_for_an_answer(credly, row, lambda: the(row.provider).update(is_enabled=False))

    assert (row.delivery, len(credly.badges())) == (Delivery.DELIVERED, 1)
