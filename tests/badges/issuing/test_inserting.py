"""What the statement of a batch leaves behind; the rules that call it are in test_issuing.py."""

import datetime as dt

import pytest

from badges.issuing.inserting import insert_batch
from badges.models import BadgeProvider, IssuanceItem, IssuedBadge, LetterPause
from badges.providers.opening import capabilities_of
from tests.factories import (
    PAST,
    BadgeFactory,
    BadgeProviderFactory,
    IssuanceBatchFactory,
    IssuedBadgeFactory,
    StudentFactory,
)

pytestmark = pytest.mark.django_db

CREDLY = {"kind": "credly", "api_url": "https://api.credly.example/v1"}


def test_each_pair_gets_its_badge_and_its_item_in_the_order_asked():
    batch = IssuanceBatchFactory.create(source_id=7, source_words="A class")
    first, second = BadgeFactory.create(valid_days=30), BadgeFactory.create()
    ana, ben = StudentFactory.create(), StudentFactory.create()
    keys = [(second.pk, ben.pk), (first.pk, ben.pk), (first.pk, ana.pk)]

    assert insert_batch(keys, batch) == set(keys)

    items = IssuanceItem.objects.order_by("pk").values_list(
        "badge", "student", "issued_badge__batch", "code", "message"
    )
    assert list(items) == [(badge, student, batch.pk, "", "") for badge, student in keys]
    row = IssuedBadge.objects.get(badge=first, student=ana)
    assert (row.provider, row.recipient_email, row.issued_by, row.issued_at) == (
        first.provider,
        ana.email,
        batch.issued_by,
        PAST,
    )
    assert (row.via, row.source_id, row.source_words) == ("roster", 7, "A class")
    assert (row.expires_at, row.evidence) == (PAST + dt.timedelta(days=30), {})
    assert IssuedBadge.objects.get(badge=second, student=ben).expires_at is None


def test_what_is_there_already_gets_neither_badge_nor_item():
    batch = IssuanceBatchFactory.create()
    held = IssuedBadgeFactory.create()
    other = StudentFactory.create()

    issued = insert_batch([(held.badge_id, held.student_id), (held.badge_id, other.pk)], batch)

    assert issued == {(held.badge_id, other.pk)}
    assert list(IssuanceItem.objects.values_list("student", flat=True)) == [other.pk]


@pytest.mark.parametrize(("trait", "status"), [({}, "accepted"), (CREDLY, "pending")])
def test_only_the_built_in_issuer_needs_no_acceptance(trait, status):
    badge = BadgeFactory.create(provider=BadgeProviderFactory.create(**trait))

    insert_batch([(badge.pk, StudentFactory.create().pk)], IssuanceBatchFactory.create())

    assert list(IssuedBadge.objects.values_list("status", "delivery")) == [(status, "pending")]


@pytest.mark.parametrize("kind", BadgeProvider.Kind)
def test_where_we_write_no_letters_only_a_provider_that_writes_them_tells_anybody(kind):
    badge = BadgeFactory.create(provider__kind=kind)
    student = StudentFactory.create(organization__emails_badges=False)
    IssuedBadgeFactory.create(badge=badge, student=student, status="revoked", revoked_at=PAST)

    insert_batch([(badge.pk, student.pk)], IssuanceBatchFactory.create())

    assert LetterPause.objects.exists() == capabilities_of(badge.provider).writes_letters


def test_no_pair_takes_no_query(django_assert_num_queries):
    batch = IssuanceBatchFactory.create()

    with django_assert_num_queries(0):
        assert insert_batch([], batch) == set()
