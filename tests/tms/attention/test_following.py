"""What is followed after a retry, and what is said of it."""

import pytest

from badges.models import IssuedBadge
from tests.achievements.log.not_delivered import failed
from tests.factories import BadgeFactory
from tms.attention.following import LOOKS, MOST, address_after, followed


@pytest.fixture
def rows(world):
    badge = BadgeFactory.create(organization=world.academy)
    return [failed(badge) for _ in range(3)]


def of(rows):
    return ",".join(str(row.pk) for row in rows)


def test_its_words_say_where_each_stands(world, rows):
    IssuedBadge.objects.filter(pk=rows[0].pk).update(delivery="delivered", failure_code="", failed_at=None)
    IssuedBadge.objects.filter(pk=rows[1].pk).update(delivery="sending", failure_code="", failed_at=None)

    found = followed(of(rows), "", world.administrator)

    assert found is not None
    assert found.words == ("1 badge failed again. 1 badge was delivered. 1 badge is on its way to its provider again.")
    assert (found.is_over, found.address) == (False, address_after([row.pk for row in rows], looks=1))


def test_it_ends_with_the_last_answer_or_the_last_look(world, rows):
    over = followed(of(rows), "", world.administrator)
    IssuedBadge.objects.update(delivery="pending", failure_code="", failed_at=None)
    looks = [followed(of(rows), looks, world.administrator) for looks in ("x", str(LOOKS - 1), str(LOOKS), "9" * 12)]

    assert over is not None
    assert over.is_over
    assert [one is not None and one.is_over for one in looks] == [False, False, True, True]


def test_what_one_may_not_retry_is_not_followed(world, rows):
    assert followed(of(rows), "", world.student) is None
    assert [followed(words, "", world.administrator) for words in ("", "x", "0")] == [None] * 3


def test_none_and_many_are_not_named_in_an_address():
    assert [address_after(list(range(count))) for count in (0, MOST + 1)] == ["/needs-attention/"] * 2
    assert address_after([2, 1]) == "/needs-attention/?retried=1,2"
