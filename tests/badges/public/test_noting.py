"""The first moment of a step, once and for all."""

import datetime as dt
import logging

import pytest
from django.db import connection
from django.utils import timezone

from badges.models import IssuedBadge, Step, StepMoment
from badges.public.noting import note, telling
from tests.factories import PAST, IssuedBadgeFactory
from tests.racing import at_once


def test_the_first_moment_stays(db, django_assert_num_queries):
    issued = IssuedBadgeFactory.create()
    StepMoment.objects.create(issued_badge=issued, step=Step.SHARED, at=PAST)

    with django_assert_num_queries(2):
        note(issued.pk, Step.SHARED)
        note(issued.pk, Step.VERIFIED)

    kept = dict(StepMoment.objects.values_list("step", "at"))
    assert kept[Step.SHARED] == PAST
    assert timezone.now() - kept[Step.VERIFIED] < dt.timedelta(minutes=5)


def test_a_row_says_which_steps_are_noted(db):
    issued = IssuedBadgeFactory.create()
    note(issued.pk, Step.SHARED)

    row = telling(IssuedBadge.objects.all(), Step.OPENED, Step.SHARED, Step.VERIFIED).get()

    assert (row.is_opened, row.is_shared, row.is_verified) == (False, True, False)


def test_moments_go_with_their_badge(db):
    issued = IssuedBadgeFactory.create()
    note(issued.pk, Step.OPENED)

    issued.delete()

    assert not StepMoment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_come_at_once_leave_one_moment():
    issued = IssuedBadgeFactory.create()

    at_once(*[lambda: note(issued.pk, Step.VERIFIED)] * 4)

    assert StepMoment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_moment_that_cannot_be_kept_is_no_fault_of_the_page(client, world, caplog):
    issued = IssuedBadgeFactory.create()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE badges_stepmoment RENAME TO away")
    try:
        with caplog.at_level(logging.ERROR):
            note(issued.pk, Step.VERIFIED)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO badges_stepmoment")

    assert [record.name for record in caplog.records] == ["badges.public.noting"]
    note(issued.pk, Step.VERIFIED)
    assert StepMoment.objects.count() == 1
