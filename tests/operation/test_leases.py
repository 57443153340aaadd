"""One worker at a time has a row that something is due for, and whoever is late overwrites nothing."""

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from badges.models import BadgeLetter, ProviderEvent
from operation import leases
from operation.leases import LEASE
from organizations.models import PasswordLetter
from tests.factories import PAST, BadgeProviderFactory, IssuedBadgeFactory, UserFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def letter(due_at: dt.datetime | None) -> BadgeLetter:
    return BadgeLetter.objects.create(issued_badge=IssuedBadgeFactory.create(), next_attempt_at=due_at)


def event(due_at: dt.datetime | None) -> ProviderEvent:
    provider = BadgeProviderFactory.create()
    return ProviderEvent.objects.create(
        provider=provider, event_id=uuid.uuid4(), received_at=PAST, next_attempt_at=due_at
    )


def password_letter(due_at: dt.datetime | None) -> PasswordLetter:
    return PasswordLetter.objects.create(user=UserFactory.create(), asked_at=PAST, next_attempt_at=due_at)


@pytest.fixture(params=[letter, event, password_letter])
def make(request, db):
    return request.param


def state(row):
    row = type(row).objects.get(pk=row.pk)
    return row.attempts, row.next_attempt_at


def test_the_longest_due_are_taken_and_nothing_that_is_not_due(make):
    late, early, _later, _never = [make(at) for at in (NOW, NOW - SECOND, NOW + SECOND, None)]
    rows = type(late).objects.all()

    assert leases.take(rows, 1, at=NOW) == [early]
    assert leases.take(rows, 5, at=NOW) == [late]
    assert leases.take(rows, at=NOW) == []
    assert [state(row) for row in (early, late)] == [(1, NOW + LEASE)] * 2


def test_a_lease_that_is_over_leaves_the_row_due_again(make):
    row = make(NOW)
    rows = type(row).objects.all()
    leases.take(rows, at=NOW)

    assert leases.take(rows, at=NOW + LEASE - SECOND) == []
    assert leases.take(rows, at=NOW + LEASE) == [row]
    assert state(row) == (2, NOW + LEASE + LEASE)


def test_whoever_comes_back_after_its_lease_overwrites_nothing(make):
    row = make(NOW)
    rows = type(row).objects.all()
    [first] = leases.take(rows, at=NOW)
    [second] = leases.take(rows, at=NOW + LEASE)

    assert leases.mine(first).update(next_attempt_at=None) == 0
    assert leases.mine(second).update(next_attempt_at=None) == 1


def test_what_is_given_back_is_due_after_a_while_and_no_attempt_counts(make):
    rows = [make(NOW), make(NOW), make(NOW)]
    taken = leases.take(type(rows[0]).objects.all(), 3, at=NOW)
    before = timezone.now()

    leases.give_back(taken[1:], SECOND)
    leases.give_back([], SECOND)

    assert state(rows[0]) == (1, NOW + LEASE)
    for row in rows[1:]:
        attempts, due_at = state(row)
        assert (attempts, before + SECOND <= due_at <= timezone.now() + SECOND) == (0, True)
