"""Taking badges back, and giving them out anew."""

import pytest
from django.utils import timezone

from badges.delivery import rounds
from badges.held.revoking import NotPendingError, readdress, resend, revoke
from badges.models import BadgeLetter, BadgeProvider, IssuanceItem, IssuedBadge
from badges.providers.opening import capabilities_of
from organizations.roles import install_roles
from tests.factories import (
    AdministratorFactory,
    BadgeFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    StudentFactory,
)
from tests.racing import at_once

Delivery = IssuedBadge.Delivery
Status = IssuedBadge.Status


@pytest.fixture(autouse=True)
def one_thread(settings):
    settings.DELIVERY_THREADS = 1


@pytest.fixture
def badge(db, credly):
    provider = credly.provider()
    return BadgeFactory.create(
        provider=provider, organization=provider.organization, provider_template_id=credly.template()
    )


def at_the_provider(badge, **fields):
    """A badge that waits at the provider for its holder."""
    row = IssuedBadgeFactory.create(
        badge=badge, status=Status.PENDING, delivery=Delivery.PENDING, next_attempt_at=timezone.now(), **fields
    )
    return rounds.deliver_now(row.pk, patience=60)


def test_a_revoked_badge_keeps_who_when_and_why(db):
    row, administrator, now = IssuedBadgeFactory.create(), AdministratorFactory.create(), timezone.now()

    report = revoke([row], by=administrator, reason="Taken back", at=now)

    row.refresh_from_db()
    assert (report.revoked, report.kept) == ([row], [])
    assert (row.status, row.revoked_by, row.revoked_at, row.revocation_reason) == (
        Status.REVOKED,
        administrator,
        now,
        "Taken back",
    )


def test_what_is_revoked_already_stays_as_it_is(db):
    row = IssuedBadgeFactory.create()
    revoke([row], by=AdministratorFactory.create(), reason="first", at=timezone.now())

    report = revoke([row], by=AdministratorFactory.create(), reason="second", at=timezone.now())

    row.refresh_from_db()
    assert [(kept.issued, kept.message) for kept in report.kept] == [(row, "The badge is revoked already.")]
    assert row.revocation_reason == "first"


def test_the_built_in_issuer_knows_at_once(db):
    row = IssuedBadgeFactory.create(delivery=Delivery.DELIVERED)

    revoke([row], by=AdministratorFactory.create(), reason="why", at=timezone.now())

    row.refresh_from_db()
    assert row.delivery == Delivery.DELIVERED
    assert rounds.deliver_due() == 0


@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_what_was_delivered_never_reads_as_never_sent(db, kind):
    row = IssuedBadgeFactory.create(badge__provider__kind=kind, delivery=Delivery.DELIVERED, external_id="one")

    revoke([row], by=AdministratorFactory.create(), reason="why", at=timezone.now())

    row.refresh_from_db()
    is_to_be_told = capabilities_of(row.provider).revokes and not row.provider.is_built_in
    assert row.delivery == (Delivery.PENDING if is_to_be_told else Delivery.DELIVERED)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_revoke_once():
    rows = IssuedBadgeFactory.create_batch(20)
    people = AdministratorFactory.create_batch(2)

    def taken_back(person, order):
        return lambda: len(revoke(order, by=person, reason="why", at=timezone.now()).revoked)

    counts = at_once(taken_back(people[0], rows), taken_back(people[1], rows[::-1]))

    install_roles()
    assert sorted(counts) == [0, 20]


def test_a_badge_that_is_revoked_while_it_is_sent_is_revoked_at_the_provider(credly, badge):
    row = at_the_provider(badge)
    IssuedBadge.objects.update(delivery=Delivery.SENDING, external_id="")

    revoke([row], by=AdministratorFactory.create(), reason="why", at=timezone.now())

    row.refresh_from_db()
    assert (row.delivery, row.status) == (Delivery.SENDING, Status.REVOKED)
    IssuedBadge.objects.update(next_attempt_at=timezone.now())  # the lease ends
    rounds.deliver_due()
    assert [one["state"] for one in credly.badges()] == ["revoked"]


def test_another_address_means_another_badge_once_the_first_is_revoked(credly, badge):
    row = at_the_provider(badge, note="Well done", link="https://work.example/")

    fresh = readdress(row, email="other@example.test", by=AdministratorFactory.create(), at=timezone.now())
    rounds.deliver_due()

    fresh.refresh_from_db()
    held = [(one["recipient_email"], one["state"]) for one in credly.badges()]
    assert held == [(row.recipient_email, "revoked"), ("other@example.test", "pending")]
    assert (fresh.note, fresh.link) == ("Well done", "https://work.example/")
    assert (fresh.delivery, fresh.issued_at, fresh.via) == (Delivery.DELIVERED, row.issued_at, row.via)
    (revocation,) = credly.requests("revoke")
    assert revocation.body["suppress_revoke_notification_email"] is True


def test_the_issuance_follows_the_badge_to_its_new_address(credly, badge):
    row = at_the_provider(badge)
    item = IssuanceItemFactory.create(badge=badge, student=row.student, issued_badge=row, code="", message="")

    fresh = readdress(row, email="other@example.test", by=AdministratorFactory.create(), at=timezone.now())

    assert IssuanceItem.objects.get(pk=item.pk).issued_badge == fresh


def test_a_badge_that_never_reached_the_provider_is_sent_to_the_other_address(credly, badge):
    student = StudentFactory.create(organization=badge.organization, email="broken@")
    row = at_the_provider(badge, student=student)
    assert row.delivery == Delivery.FAILED

    readdress(row, email="mended@example.test", by=AdministratorFactory.create(), at=timezone.now())
    rounds.deliver_due()

    row.refresh_from_db()
    assert (row.delivery, [one["recipient_email"] for one in credly.badges()]) == (
        Delivery.DELIVERED,
        ["mended@example.test"],
    )


@pytest.mark.parametrize("fields", [{"status": Status.ACCEPTED}, {"status": Status.REJECTED}, {"delivery": "sending"}])
def test_a_badge_that_no_longer_waits_is_not_sent_again(badge, fields):
    row = IssuedBadgeFactory.create(badge=badge, **{"status": Status.PENDING} | fields)

    with pytest.raises(NotPendingError):
        readdress(row, email="other@example.test", by=AdministratorFactory.create(), at=timezone.now())


def test_sending_again_at_credly_is_issuing_anew(credly, badge):
    row = at_the_provider(badge)

    resend(row, by=AdministratorFactory.create(), at=timezone.now())
    rounds.deliver_due()

    assert [one["state"] for one in credly.badges()] == ["revoked", "pending"]


def test_sending_again_from_the_built_in_issuer_is_another_letter(db):
    row = IssuedBadgeFactory.create()
    BadgeLetter.objects.create(issued_badge=row, sent_at=timezone.now(), attempts=3)

    resend(row, by=AdministratorFactory.create(), at=timezone.now())

    letter = BadgeLetter.objects.get(issued_badge=row)
    assert (letter.sent_at, letter.attempts) == (None, 0)
    assert letter.next_attempt_at is not None
