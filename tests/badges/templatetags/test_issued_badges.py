"""How the standings of a badge look: each has an icon and a colour that no other has."""

from typing import Any

import pytest

from badges.models import IssuedBadge
from badges.templatetags.issued_badges import look
from tests.factories import PAST, IssuedBadgeFactory, UserFactory

LIVES: dict[str, dict[str, Any]] = {
    "issued": {"status": "pending", "delivery": "pending"},
    "waiting": {"status": "pending"},
    "accepted": {},
    "rejected": {"status": "rejected"},
    "failed": {"delivery": "failed"},
    "expired": {"expires_at": PAST},
    "revoked": {"status": "revoked", "revoked_at": PAST},
}


@pytest.mark.django_db
def test_each_standing_has_an_icon_and_a_colour_of_its_own():
    looks = {name: look({}, IssuedBadgeFactory.create(**fields)) for name, fields in LIVES.items()}

    assert {name: one.words for name, one in looks.items()} == dict(
        zip(IssuedBadge.Standing.values, map(str, IssuedBadge.Standing.labels), strict=True)
    )
    assert [len({getattr(one, what) for one in looks.values()}) for what in ("icon", "tone")] == [7, 7]


@pytest.mark.django_db
@pytest.mark.parametrize(("reads", "words"), [("student", "Waiting for you"), ("other", "Waiting for the student")])
def test_a_student_is_told_that_the_badge_waits_for_him(reads, words):
    issued = IssuedBadgeFactory.create(**LIVES["waiting"])
    reader = issued.student if reads == "student" else UserFactory.create()

    assert look({"user": reader}, issued).words == words
    assert issued.status_words == words
