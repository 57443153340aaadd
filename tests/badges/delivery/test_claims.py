"""What a worker is given with a claim, and what it may still do with it."""

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone

from badges.delivery.claims import LATELY, Claim, Due, claim, claim_many, due_providers, may_leave, moment
from badges.models import ON_ITS_WAY, BadgeProvider, IssuedBadge
from tests.factories import (
    BadgeFactory,
    BadgeProviderFactory,
    BadgeTemplateFactory,
    IssuedBadgeFactory,
    StudentFactory,
)

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def outside() -> BadgeProvider:
    return BadgeProviderFactory.create(kind="credly", provider_organization_id="org-1")


@pytest.fixture
def badge(outside):
    return BadgeFactory.create(provider=outside, organization=outside.organization, provider_template_id="welding")


def waiting(badge, *, since=HOUR, **fields) -> IssuedBadge:
    fields = {"status": "pending", "delivery": "pending", "delivered_at": None} | fields
    return IssuedBadgeFactory.create(badge=badge, next_attempt_at=moment() - since, **fields)


def claimed_from(provider: BadgeProvider, *, only: int | None = None) -> Claim:
    claimed = claim(provider.pk, only=only)
    assert claimed is not None
    return claimed


def is_between(before: dt.datetime, at: dt.datetime | None, after: dt.datetime) -> bool:
    return at is not None and before <= at <= after


def test_a_claim_names_what_the_student_had_of_this_badge_at_this_provider_before(badge, outside):
    row = waiting(badge)
    ended = {"status": "revoked", "delivery": "delivered", "revoked_at": timezone.now()}
    IssuedBadgeFactory.create(badge=badge, student=row.student, external_id="first", **ended)
    IssuedBadgeFactory.create(badge=badge, student=row.student, external_id="second", **ended)
    IssuedBadgeFactory.create(badge=badge, student=row.student, external_id="", **ended)
    IssuedBadgeFactory.create(badge=badge, external_id="another student's")
    another = BadgeFactory.create(provider=outside, organization=outside.organization)
    IssuedBadgeFactory.create(badge=another, student=row.student, external_id="another badge")
    former = BadgeProviderFactory.create()
    IssuedBadgeFactory.create(badge=badge, student=row.student, provider=former, external_id="elsewhere", **ended)

    claimed = claimed_from(outside)

    row.refresh_from_db()
    assert row.claimed_at is not None
    assert claimed == Claim(row, row.claimed_at, None, allows_duplicates=None, others=frozenset({"first", "second"}))


def test_what_the_provider_has_of_the_claimed_badge_itself_is_no_other(badge, outside):
    waiting(badge, external_id="this one", delivery="uncertain", sent_at=timezone.now())

    assert claimed_from(outside).others == frozenset()


@pytest.mark.parametrize("allows", [True, False])
def test_a_claim_knows_what_was_read_of_its_template_lately(badge, outside, allows):
    waiting(badge)
    other = BadgeProviderFactory.create()
    BadgeTemplateFactory.create(provider=other, external_id="welding", read_at=moment(), allows_duplicates=not allows)
    BadgeTemplateFactory.create(provider=outside, external_id="a", read_at=moment(), allows_duplicates=not allows)
    BadgeTemplateFactory.create(
        provider=outside, external_id="welding", read_at=moment() - LATELY + HOUR, allows_duplicates=allows
    )

    assert claimed_from(outside).allows_duplicates is allows


def test_what_was_read_of_a_template_long_ago_is_not_relied_on(badge, outside):
    waiting(badge)
    BadgeTemplateFactory.create(
        provider=outside, external_id="welding", read_at=moment() - LATELY - HOUR, allows_duplicates=True
    )

    assert claimed_from(outside).allows_duplicates is None


def test_a_claim_is_read_with_all_that_its_delivery_names(badge, outside, django_assert_num_queries):
    waiting(badge)
    claimed = claimed_from(outside)
    row = claimed.issued

    with django_assert_num_queries(0):
        named = (row.badge.organization, row.provider, row.student.organization)

    assert named == (badge.organization, outside, badge.organization)


def test_no_more_are_claimed_than_asked_for_the_longest_waiting_first():
    provider = BadgeProviderFactory.create()
    badge = BadgeFactory.create(provider=provider, organization=provider.organization)
    late, early, latest = (waiting(badge, since=since) for since in (2 * HOUR, 3 * HOUR, HOUR))

    claimed = [{one.issued for one in claim_many(provider.pk, 2)}, {one.issued for one in claim_many(provider.pk, 2)}]

    assert claimed == [{late, early}, {latest}]


def test_a_claim_is_of_one_badge_and_the_others_go_on_waiting(badge, outside):
    rows = [waiting(badge, since=since) for since in (3 * HOUR, 2 * HOUR, HOUR)]

    claimed = claimed_from(outside)

    stored = IssuedBadge.objects.order_by("pk").values_list("delivery", "attempts")
    assert (claimed.issued, list(stored)) == (rows[0], [("sending", 1), ("pending", 0), ("pending", 0)])


def test_claims_of_the_built_in_issuer_take_two_queries_however_many(django_assert_num_queries):
    badge = BadgeFactory.create()
    rows = [waiting(badge), waiting(badge), waiting(badge)]

    with django_assert_num_queries(2):
        claimed = claim_many(badge.provider_id, 3)

    assert [one.issued for one in claimed] == rows
    assert {(one.sent_at, one.allows_duplicates, one.others) for one in claimed} == {(None, None, frozenset())}


def test_a_claim_for_one_badge_leaves_the_others(badge, outside):
    waiting(badge, since=2 * HOUR)
    wanted = waiting(badge)

    claimed = claimed_from(outside, only=wanted.pk)

    assert (claimed.issued, claim(outside.pk, only=wanted.pk)) == (wanted, None)


def test_a_claim_lasts_for_its_lease(badge, outside, settings):
    settings.DELIVERY_LEASE = 900
    waiting(badge)

    before, claimed, after = moment(), claimed_from(outside), moment()

    lease = dt.timedelta(seconds=900)
    assert is_between(before + lease, claimed.issued.next_attempt_at, after + lease)
    assert (claimed.issued.delivery, claimed.issued.attempts, claimed.is_probe) == ("sending", 1, False)


def test_what_was_never_sent_follows_the_students_address(badge, outside):
    student = StudentFactory.create(email="new@example.org")
    waiting(badge, student=student, recipient_email="old@example.org")

    claimed = claimed_from(outside)

    assert claimed.issued.recipient_email == "new@example.org"
    assert IssuedBadge.objects.get().recipient_email == "new@example.org"


@pytest.mark.parametrize(
    ("email", "fields"),
    [
        ("no address", {}),
        ("new@example.org", {"is_readdressed": True}),
        ("new@example.org", {"sent_at": dt.datetime(2026, 3, 2, tzinfo=dt.UTC), "delivery": "uncertain"}),
    ],
)
def test_an_address_that_a_person_chose_or_that_was_used_stays(badge, outside, email, fields):
    waiting(badge, student=StudentFactory.create(email=email), recipient_email="old@example.org", **fields)

    claimed_from(outside)

    assert IssuedBadge.objects.get().recipient_email == "old@example.org"


def test_due_are_the_providers_with_something_to_do_now_in_the_order_of_their_ids(badge, outside):
    second = BadgeFactory.create()
    waiting(second)
    waiting(badge)
    idle, off, paused = (BadgeFactory.create() for _ in range(3))
    waiting(idle, since=-HOUR)
    waiting(off)
    waiting(paused)
    BadgeProvider.objects.filter(pk=off.provider_id).update(is_enabled=False)
    BadgeProvider.objects.filter(pk=paused.provider_id).update(paused_at=timezone.now())

    assert due_providers() == [Due(outside.pk, 0.0), Due(second.provider_id, 0.0)]


def test_due_soon_is_held_until_its_moment(badge, outside):
    waiting(badge, since=-HOUR)
    nothing_yet = due_providers(soon=1800)

    (due,) = due_providers(soon=2 * 3600)

    assert (nothing_yet, due.provider_id, 1800 < due.held < 3600) == ([], outside.pk, True)


def leaves(claimed):
    """Whether a question about it may leave, and whether the request that issues it may."""
    asks = may_leave(claimed)
    with claimed.issuing():
        return asks, may_leave(claimed)


def test_the_request_that_issues_is_written_down_as_it_leaves_and_no_other(badge, outside):
    row = waiting(badge, looks=2)
    claimed = claimed_from(outside)

    asked = may_leave(claimed)
    row.refresh_from_db()
    unsent = row.sent_at
    with claimed.issuing():
        before, may, after = moment(), may_leave(claimed), moment()

    row.refresh_from_db()
    assert (asked, unsent, may, claimed.next_request.issues) == (True, None, True, False)
    assert is_between(before, row.sent_at, after)
    assert (row.template_ref, row.looks) == ("welding", 0)


@pytest.mark.parametrize(
    "meanwhile",
    [{"revoked_at": timezone.now(), "status": "revoked"}, {"claimed_at": timezone.now()}, {"delivery": "uncertain"}],
)
def test_nothing_may_leave_when_the_claim_is_over_or_the_badge_revoked(badge, outside, meanwhile):
    row = waiting(badge)
    claimed = claimed_from(outside)
    IssuedBadge.objects.filter(pk=row.pk).update(**meanwhile)

    assert leaves(claimed) == (False, False)
    row.refresh_from_db()
    assert row.sent_at is None


def test_another_badge_claimed_at_the_same_moment_keeps_no_claim_alive(badge, outside):
    row = waiting(badge)
    claimed = claimed_from(outside)
    IssuedBadge.objects.filter(pk=row.pk).update(delivery="uncertain")
    waiting(badge, delivery="sending", claimed_at=claimed.claimed_at)

    assert leaves(claimed) == (False, False)


@pytest.mark.parametrize(
    "meanwhile", [{"is_enabled": False}, {"paused_at": timezone.now()}, {"provider_organization_id": "org-2"}]
)
def test_a_provider_is_not_asked_once_it_is_off_paused_or_another_account(badge, outside, meanwhile):
    row = waiting(badge)
    claimed = claimed_from(outside)
    before = may_leave(claimed)

    BadgeProvider.objects.filter(pk=outside.pk).update(**meanwhile)

    assert (before, leaves(claimed)) == (True, (False, False))
    row.refresh_from_db()
    assert row.sent_at is None


def test_a_badge_that_got_another_template_is_not_sent_and_one_that_was_sent_is_looked_up(badge, outside):
    waiting(badge)
    claimed = claimed_from(outside)
    sent = replace(claimed, sent_at=moment())
    badge.provider_template_id = "soldering"
    badge.save()

    assert (leaves(claimed), leaves(sent)) == ((False, False), (True, True))


def test_a_revoked_badge_is_asked_about_whatever_its_template(badge, outside):
    waiting(badge, revoked_at=timezone.now(), status="revoked", sent_at=timezone.now(), template_ref="old")

    assert leaves(claimed_from(outside))[0]


def test_the_template_of_a_badge_that_was_sent_is_the_one_of_then(badge, outside):
    waiting(badge, sent_at=timezone.now(), delivery="uncertain", template_ref="soldering")

    assert claimed_from(outside).template_ref == "soldering"


def test_on_its_way_is_all_that_a_claim_may_be_of():
    assert {"pending", "sending", "uncertain"} == set(ON_ITS_WAY)
