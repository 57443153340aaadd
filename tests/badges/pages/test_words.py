"""What several pages say after a retry, an undo, and Send now."""

import pytest
from django.urls import reverse

from badges.held.undoing import Sent, Undone
from badges.issuing.reports import Failure, Pair, Refusal
from badges.pages.views.words import going_again, not_going_again, sent_in_words, undone_in_words
from tests.factories import BadgeFactory, StudentFactory


def test_more_than_a_filter_takes_are_shown_among_those_on_their_way():
    words = going_again(100, show=range(1000, 1100))

    assert words.endswith(f'<a href="{reverse("badges:issued")}?status=issued">Show them</a>')


@pytest.mark.parametrize(
    ("count", "show", "words"),
    [
        (1, [], "1 badge is on its way to its provider again."),
        (2, [], "2 badges are on their way to their providers again."),
        (
            1,
            [7],
            '1 badge is on its way to its provider again. <a href="/badges/issued/?ids=7">Show it</a>',
        ),
        (
            2,
            [9, 7],
            '2 badges are on their way to their providers again. <a href="/badges/issued/?ids=7,9">Show them</a>',
        ),
    ],
)
def test_a_retry_tells_how_many_and_leads_to_them(count, show, words):
    assert going_again(count, show=show) == words


def left(names, reason):
    badge = BadgeFactory.build(name="Diver")
    return [
        Failure(Pair(badge, StudentFactory.build(first_name="Ann", last_name=name)), Refusal("x", reason))
        for name in names
    ]


def test_those_left_are_named_once_for_each_reason():
    failures = [*left("A", "Closed."), *left("B", "Not failed."), *left("C", "Closed.")]

    assert not_going_again(failures) == [
        "Not retried: Diver – Ann A; Diver – Ann C. Closed.",
        "Not retried: Diver – Ann B. Not failed.",
    ]


@pytest.mark.parametrize(
    ("number", "end"), [(20, "Ann T. No."), (21, "Ann T; and 1 more. No."), (26, "; and 6 more. No.")]
)
def test_of_many_some_are_named_and_the_rest_counted(number, end):
    [words] = not_going_again(left("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:number], "No."))

    assert words.count("Diver") == 20
    assert words.endswith(end)


def test_nothing_left_is_nothing_said():
    assert not_going_again([]) == []


@pytest.mark.parametrize(
    ("undone", "left", "words"),
    [
        (1, 0, "1 badge was undone. Nothing was sent, and no one was told."),
        (1200, 0, "1,200 badges were undone. Nothing was sent, and no one was told."),
        (2, 1, "2 badges were undone. 1 had already left."),
        (0, 3, "Too late to undo: nothing of this issuance is left to take back."),
    ],
)
def test_an_undo_says_what_it_took_back_and_what_had_left(undone, left, words):
    assert undone_in_words(Undone(undone, left)) == words


def test_an_undo_leads_to_where_it_was_chosen_unless_it_was_too_late():
    words = undone_in_words(Undone(1, 0), again="/a?b=1&c=2")

    assert words.endswith('no one was told. <a href="/a?b=1&amp;c=2">Change it and issue again</a>')
    assert "<a" not in undone_in_words(Undone(0, 1), again="/a")


@pytest.mark.parametrize(
    ("sent", "left", "undone", "words"),
    [
        (1, 0, 0, "1 badge is on its way."),
        (2, 0, 0, "2 badges are on their way."),
        (0, 2, 0, "Nothing was waiting to be sent."),
        (1, 1, 0, "1 badge is on its way. 1 had already left."),
        (0, 0, 1, "1 badge was undone, so it was not sent."),
        (0, 1, 2, "1 had already left. 2 badges were undone, so they were not sent."),
    ],
)
def test_send_now_says_what_left_and_what_never_does(sent, left, undone, words):
    assert sent_in_words(Sent(sent, left, undone)) == words
