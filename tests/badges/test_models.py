from contextlib import nullcontext

import pytest
from django.utils import timezone

from badges.models import Badge, BadgeProvider, IssuanceBatch, IssuedBadge
from tests.factories import (
    PAST,
    BadgeFactory,
    BadgeProviderFactory,
    IssuanceBatchFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    StudentFactory,
    UserFactory,
)
from tests.violations import violates

pytestmark = pytest.mark.django_db


def test_two_providers_of_an_organization_differ_in_name():
    provider = BadgeProviderFactory.create()

    with violates("badge_provider_name_unique"):
        BadgeProviderFactory.create(organization=provider.organization, name=provider.name)


@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_the_database_asks_for_an_account_where_the_kind_has_one(kind):
    needed = violates("outside_badge_provider_has_an_account")

    with needed if BadgeProvider(kind=kind).has_account else nullcontext():
        BadgeProviderFactory.create(kind=kind, api_url="")


def test_two_badges_of_an_organization_differ_in_name():
    badge = BadgeFactory.create()

    with violates("badge_name_unique"):
        BadgeFactory.create(organization=badge.organization, name=badge.name)


def test_a_student_holds_a_badge_once():
    held = IssuedBadgeFactory.create()

    with violates("issued_badge_held_once"):
        IssuedBadgeFactory.create(badge=held.badge, student=held.student)


def test_a_revoked_badge_frees_the_pair():
    revoked = IssuedBadgeFactory.create(status=IssuedBadge.Status.REVOKED, revoked_at=PAST)

    again = IssuedBadgeFactory.create(badge=revoked.badge, student=revoked.student)

    assert list(IssuedBadge.objects.held()) == [again]
    assert (revoked.is_held, again.is_held) == (False, True)


LIVES = [
    # fields, standing, is held
    ({"status": "pending", "delivery": "pending"}, "issued", True),
    ({"status": "pending", "delivery": "sending"}, "issued", True),
    ({"status": "pending", "delivery": "uncertain"}, "issued", True),
    ({"status": "pending"}, "waiting", True),
    ({"status": "accepted"}, "accepted", True),
    ({"status": "rejected"}, "rejected", False),
    ({"status": "revoked", "revoked_at": PAST}, "revoked", False),
    ({"status": "revoked", "revoked_at": PAST, "delivery": "failed"}, "revoked", False),
    ({"status": "accepted", "delivery": "failed", "failure_code": "refused"}, "failed", False),
    ({"status": "pending", "delivery": "failed", "failure_code": "no_answer"}, "failed", True),
    ({"status": "accepted", "expires_at": PAST}, "expired", True),
    ({"status": "pending", "expires_at": PAST}, "expired", True),
    ({"status": "accepted", "expires_at": PAST, "delivery": "failed"}, "failed", False),
    ({"status": "revoked", "revoked_at": PAST, "expires_at": PAST}, "revoked", False),
]


@pytest.mark.parametrize(("fields", "standing", "is_held"), LIVES)
def test_row_and_queries_agree_where_a_badge_stands_and_whether_it_is_held(fields, standing, is_held):
    issued = IssuedBadgeFactory.create(**fields)

    found = [value for value in IssuedBadge.Standing.values if IssuedBadge.objects.standing(value, at=timezone.now())]

    assert (issued.standing, issued.is_held) == (standing, is_held)
    assert (found, IssuedBadge.objects.held().exists()) == ([standing], is_held)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ""),
        ({"expires_at": PAST}, "Expired"),
        ({"status": "pending"}, "Waiting for the student"),
        ({"delivery": "failed"}, "Failed"),
        ({"status": "revoked", "revoked_at": PAST}, "Revoked"),
        ({"status": "revoked", "revoked_at": PAST, "delivery": "cancelled"}, "Revoked"),
        (
            {"status": "revoked", "revoked_at": PAST, "delivery": "pending"},
            "Revoked (its provider is being told)",
        ),
        (
            {"status": "revoked", "revoked_at": PAST, "delivery": "failed"},
            "Revoked (its provider could not be told)",
        ),
    ],
)
def test_a_line_remarks_what_is_not_simply_held(fields, words):
    assert IssuedBadgeFactory.create(**fields).remark == words


@pytest.mark.parametrize(("status", "revoked_at"), [("revoked", None), ("accepted", PAST), ("pending", PAST)])
def test_revoked_and_its_moment_go_together(status, revoked_at):
    with violates("issued_badge_revoked_has_a_moment"):
        IssuedBadgeFactory.create(status=status, revoked_at=revoked_at)


def test_a_badge_at_the_provider_belongs_to_one_student():
    adopted = IssuedBadgeFactory.create(external_id="ext-1")

    with violates("issued_badge_adopted_once"):
        IssuedBadgeFactory.create(badge=adopted.badge, external_id="ext-1")


def test_badges_without_an_id_at_the_provider_may_be_many():
    badge = BadgeFactory.create()

    assert [IssuedBadgeFactory.create(badge=badge).external_id for _ in range(2)] == ["", ""]


def test_a_pair_stands_once_in_an_issuance():
    item = IssuanceItemFactory.create()

    with violates("issuance_item_pair_unique"):
        IssuanceItemFactory.create(batch=item.batch, badge=item.badge, student=item.student)


@pytest.mark.parametrize("is_issued", [True, False])
def test_a_pair_is_issued_or_refused(is_issued):
    issued = IssuedBadgeFactory.create() if is_issued else None

    with violates("issuance_item_is_issued_or_refused"):
        IssuanceItemFactory.create(issued_badge=issued, code="already_held" if is_issued else "")


def test_a_key_is_used_once():
    batch = IssuanceBatchFactory.create()

    with violates("badges_issuancebatch_idempotency_key_key"):
        IssuanceBatchFactory.create(idempotency_key=batch.idempotency_key)


def test_an_administrator_sees_own_and_available_providers(world):
    own, shared, _theirs = (BadgeProviderFactory.create(organization=o) for o in [world.academy, *[world.outside] * 2])
    shared.available_to.add(world.academy)

    assert set(BadgeProvider.objects.visible_to(world.administrator)) == {own, shared}
    assert list(BadgeProvider.objects.changeable_by(world.administrator)) == [own]


def test_an_administrator_sees_own_and_available_badges(world):
    own, shared, _theirs = (BadgeFactory.create(organization=o) for o in [world.academy, *[world.outside] * 2])
    shared.available_to.add(world.academy)

    assert set(Badge.objects.visible_to(world.administrator)) == {own, shared}
    assert list(Badge.objects.changeable_by(world.administrator)) == [own]


def test_an_available_badge_is_listed_once(world):
    badge = BadgeFactory.create(organization=world.academy)
    badge.available_to.set([world.umbrella, world.academy])

    assert list(Badge.objects.visible_to(world.administrator)) == [badge]


@pytest.mark.parametrize("persona", ["instructor", "contractor", "student", "stranger"])
def test_others_administer_no_badges(world, persona):
    BadgeFactory.create(organization=world.academy)

    assert list(Badge.objects.visible_to(world.personas[persona])) == []


def test_a_roster_offers_the_manually_issuable_badges_of_its_organization(world):
    own = BadgeFactory.create(organization=world.academy)
    BadgeFactory.create(organization=world.academy, manual_issuance=False)
    BadgeFactory.create(organization=world.umbrella)

    assert list(Badge.objects.of_organization(world.academy.pk)) == [own]


def test_a_student_sees_the_own_issued_badges(world):
    own, _other = IssuedBadgeFactory.create(student=world.student), IssuedBadgeFactory.create(student=world.guest)

    assert list(IssuedBadge.objects.visible_to(world.student)) == [own]


def test_an_administrator_sees_badges_issued_by_and_to_the_own_organizations(world):
    by_us = IssuedBadgeFactory.create(badge__organization=world.academy, student=world.guest)
    to_us = IssuedBadgeFactory.create(student=world.student)
    IssuedBadgeFactory.create(student=world.stranger)

    assert set(IssuedBadge.objects.visible_to(world.administrator)) == {by_us, to_us}


def test_an_issuance_is_seen_by_who_issued_and_by_who_administers(world):
    batch = IssuanceBatchFactory.create(organization=world.academy, issued_by=world.contractor)
    IssuanceBatchFactory.create(organization=world.outside)

    seen = {name for name, user in world.personas.items() if batch in IssuanceBatch.objects.visible_to(user)}

    assert seen == {"administrator", "contractor"}
    assert list(IssuanceBatch.objects.visible_to(world.administrator)) == [batch]


@pytest.mark.parametrize("model", [Badge, BadgeProvider, IssuanceBatch, IssuedBadge])
def test_a_superuser_sees_everything(model):
    IssuedBadgeFactory.create(batch=IssuanceBatchFactory.create())
    superuser = UserFactory.create(is_superuser=True)

    assert model.objects.visible_to(superuser).count() == model.objects.count() == 1


def test_a_student_who_left_keeps_the_badge(world):
    issued = IssuedBadgeFactory.create(student=StudentFactory.create(is_active=False))

    assert list(IssuedBadge.objects.held()) == [issued]
