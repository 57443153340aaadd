"""How many badges took each step, and of how many that would be known."""

import datetime as dt

import pytest
from django.utils import timezone

from badges.held.adoption import adoption_of, counted, that_took
from badges.models import IssuedBadge, Step, StepMoment, Via
from tests.factories import PAST, BadgeFactory, IssuanceBatchFactory, IssuedBadgeFactory

pytestmark = pytest.mark.django_db
UNTOLD = None


def make(badge, *steps, delivered=True, **fields):
    fields |= {} if delivered else {"delivery": "pending", "status": "pending", "delivered_at": None}
    issued = IssuedBadgeFactory.create(badge=badge, **fields)
    for step in steps:
        StepMoment.objects.create(issued_badge=issued, step=step, at=PAST)
    return issued


def told(shares):
    return [(share.count, share.of) for share in shares]


@pytest.fixture
def issued(badge, outside_badge):
    """Four of our own issuer, one of them not delivered; three that students accept elsewhere, one of them rejected."""
    make(badge, Step.OPENED, Step.SHARED, Step.VERIFIED)
    make(badge, Step.OPENED, via=Via.ACHIEVEMENT)
    make(badge, Step.VERIFIED)
    make(badge, delivered=False)
    make(outside_badge)
    make(outside_badge, status="pending", via=Via.ADMIN)
    make(outside_badge, status="rejected")
    return counted(IssuedBadge.objects.all())


def test_each_step_is_told_of_those_that_came_so_far_and_whose_provider_tells(issued):
    adoption = adoption_of(issued)

    assert [share.step for share in adoption.all] == list(Step)
    assert told(adoption.all) == [(7, 6), (6, 7), (2, 3), (1, 3), (1, 3), (2, 3)]
    assert [share.percent for share in adoption.all[1:]] == [85, 66, 33, 33, 66]
    assert [share.issued for share in adoption.all] == [7, 7, 4, 3, 4, 4]
    assert [share.width for share in adoption.all] == [1000, 857, 500, 333, 250, 500]


def test_what_no_provider_tells_is_not_told_and_no_zero(issued, badge, outside_badge):
    by_badge = dict(adoption_of(issued).by_badge)

    assert [share.count for share in by_badge[badge.pk]] == [4, 3, 2, UNTOLD, 1, 2]
    assert [share.count for share in by_badge[outside_badge.pk]] == [3, 3, UNTOLD, 1, UNTOLD, UNTOLD]
    assert [share.percent for share in by_badge[outside_badge.pk][2:]] == [None, 33, None, None]


def test_badges_stand_in_the_order_of_how_often_they_were_issued_and_ways_in_their_own(issued, badge, outside_badge):
    adoption = adoption_of(issued)

    assert [pk for pk, _shares in adoption.by_badge] == [badge.pk, outside_badge.pk]
    assert [(way, shares[0].count) for way, shares in adoption.by_way] == [
        (Via.ROSTER, 5),
        (Via.ACHIEVEMENT, 1),
        (Via.ADMIN, 1),
    ]


def test_a_share_of_nothing_is_none(badge):
    make(badge, delivered=False)

    shares = adoption_of(counted(IssuedBadge.objects.all())).all

    assert [(share.count, share.percent) for share in shares[1:3]] == [(0, 0), (0, None)]
    assert adoption_of(IssuedBadge.objects.none()).all[0].width == 0


def test_revoked_badges_and_those_that_can_be_undone_are_left_out(badge):
    make(badge, status="revoked", revoked_at=PAST)
    soon = timezone.now() + dt.timedelta(minutes=5)
    make(badge, delivered=False, batch=IssuanceBatchFactory.create(), next_attempt_at=soon)
    kept = make(badge)

    assert [that_took(IssuedBadge.objects.all(), step).count() for step in (Step.ISSUED, Step.DELIVERED)] == [1, 1]
    assert counted(IssuedBadge.objects.all()).get() == kept


def test_a_list_of_a_step_has_as_many_as_its_number_says(issued):
    counts = [share.count for share in adoption_of(issued).all]

    assert [that_took(IssuedBadge.objects.all(), step).count() for step in Step] == counts


def test_counting_takes_two_queries_for_any_number(issued, django_assert_num_queries):
    for _number in range(5):
        make(BadgeFactory.create(), Step.OPENED)

    with django_assert_num_queries(2):
        adoption = adoption_of(issued)
    assert adoption.issued == 12
