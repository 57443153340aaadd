"""How badges are seen to come to their students: what is shown, and how soon it is worth another look."""

import datetime as dt

import pytest
from django.utils import timezone

from badges.held.results import LATER, SOON, look_again, results_of, seen_of
from badges.models import BadgeLetter
from tests.badges.batches import NOT_YET, add
from tests.factories import PAST, BadgeFactory, IssuedBadgeFactory


def test_an_old_issuance_is_looked_at_less_often(batch, badge, world):
    at = batch.created_at

    seconds = [results_of(batch, world.instructor, at=at + dt.timedelta(minutes=n))["seconds"] for n in (9, 11)]

    assert seconds == [SOON, LATER]


@pytest.mark.parametrize(
    ("fields", "letter", "seconds"),
    [
        ({"delivery": "delivered"}, None, 0),
        ({"delivery": "failed"}, None, 0),
        ({"delivery": "sending"}, None, 2),
        ({"delivery": "pending", "next_attempt_at": PAST}, None, 2),
        ({"delivery": "pending", "next_attempt_at": timezone.now() + dt.timedelta(days=1)}, None, 20),
        ({"delivery": "pending", "badge__provider__paused_at": PAST}, None, 20),
        ({"delivery": "delivered"}, {"next_attempt_at": PAST}, 2),
        ({"delivery": "delivered"}, {"next_attempt_at": None, "sent_at": PAST}, 0),
    ],
)
def test_how_often_a_page_looks_again(db, fields, letter, seconds):
    row = IssuedBadgeFactory.create(**fields)
    if letter:
        BadgeLetter.objects.create(issued_badge=row, **letter)

    assert look_again(row, at=timezone.now()) == seconds


def test_what_stands_still_at_its_provider_is_not_counted_as_answering(batch, badge, world):
    paused = BadgeFactory.create(organization=world.academy, provider__paused_at=PAST)
    for of in (badge, badge, paused):
        add(batch, of, delivery="pending", **NOT_YET)

    found = results_of(batch, world.instructor, at=PAST)

    assert (found["outcome"].progress.on_its_way, found["answering"]) == (3, 2)
    assert [one.waiting for one in found["standstills"]] == [1]


@pytest.mark.parametrize(("fields", "may"), [({}, True), ({"status": "revoked", "revoked_at": PAST}, False)])
def test_a_retry_is_offered_where_something_failed_and_is_not_revoked(batch, badge, world, fields, may):
    add(batch, badge, **NOT_YET | {"delivery": "failed", "failure_code": "refused"} | fields)

    seen = [results_of(batch, user, at=PAST)["may_retry"] for user in (world.administrator, world.stranger)]

    assert seen == [may, False]


def test_what_a_page_has_seen_differs_when_anything_moved(db):
    row = IssuedBadgeFactory.create()
    seen = [seen_of(row)]
    for name, value in (("delivery", "failed"), ("attempts", 2), ("status", "pending")):
        setattr(row, name, value)
        seen.append(seen_of(row))
    BadgeLetter.objects.create(issued_badge=row)
    seen.append(seen_of(row))

    assert seen == [
        "delivered-0-accepted",
        "failed-0-accepted",
        "failed-2-accepted",
        "failed-2-pending",
        "failed-2-pending-0",
    ]
