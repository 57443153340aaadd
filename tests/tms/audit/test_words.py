"""Every action and every kind has words."""

import pytest
from django.db import connection

from organizations.audit.actions import Action
from tms.audit.words import ACTIONS, KINDS, action_in_words, kind_in_words, kinds


def test_every_action_has_words():
    assert set(ACTIONS) == set(Action)
    assert action_in_words("of_an_older_version") == "of_an_older_version"


@pytest.mark.django_db
def test_every_kind_that_a_trigger_notes_has_words():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT split_part(encode(tgargs, 'escape'), E'\\\\000', 1) FROM pg_trigger WHERE tgname LIKE 'audit%%'"
        )
        noted = {kind for (kind,) in cursor.fetchall()}

    assert noted == set(KINDS)


def test_kinds_are_offered_by_the_alphabet():
    words = [words for _kind, words in kinds()]

    assert words == sorted(words, key=str.casefold)
    assert kind_in_words("") == kind_in_words("of.an_older_version") == ""
