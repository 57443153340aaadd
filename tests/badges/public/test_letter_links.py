"""The link of a letter, which nobody else can make."""

import datetime as dt
import uuid

import time_machine

from badges.public.letter_links import arrival, has_arrived, is_of_letter, letter_link
from tests.factories import PAST, IssuedBadgeFactory


def token_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def test_a_link_is_of_its_own_badge_and_of_no_other(db, settings):
    settings.PUBLIC_URL = "https://laurel.test"
    issued = IssuedBadgeFactory.create()

    link = letter_link(issued)

    token = token_of(link)
    assert link == f"https://laurel.test/b/{issued.public_id}/letter/{token}/"
    assert is_of_letter(issued.public_id, token)
    assert not is_of_letter(uuid.uuid4(), token)
    assert not is_of_letter(issued.public_id, token[:-2])
    assert not is_of_letter(issued.public_id, "")


def test_letters_that_were_sent_with_an_older_key_keep_their_links(db, settings):
    issued = IssuedBadgeFactory.create()
    token = token_of(letter_link(issued))
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = (
        [settings.SECRET_KEY],
        "another key that is long enough to be one",
    )

    assert is_of_letter(issued.public_id, token)


def test_who_comes_from_a_letter_does_so_for_an_hour():
    public_id = uuid.uuid4()
    with time_machine.travel(PAST, tick=False) as clock:
        words = arrival(public_id)
        clock.shift(dt.timedelta(minutes=59))
        within = has_arrived(public_id, words), has_arrived(uuid.uuid4(), words), has_arrived(public_id, "")
        clock.shift(dt.timedelta(minutes=2))
        later = has_arrived(public_id, words)

    assert (within, later) == ((True, False, False), False)


def test_the_link_of_a_letter_is_no_arrival(db):
    issued = IssuedBadgeFactory.create()

    assert not has_arrived(issued.public_id, token_of(letter_link(issued)))
    assert not is_of_letter(issued.public_id, arrival(issued.public_id))
