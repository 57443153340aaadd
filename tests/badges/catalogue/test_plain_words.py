import time

import pytest
from django.urls import reverse

from badges.catalogue.plain_words import without_marks
from tests.badges.shown import built_in, page_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Did **all** the things", "Did all the things"),
        ("Be *kind* and use `git`", "Be kind and use git"),
        ("See [the course](https://example.test/a_b).", "See the course (https://example.test/a_b)."),
        ("# Criteria\n- one\n* two\n+ three", "Criteria\n• one\n• two\n• three"),
        ("2 * 3 * 4 is 24, a*b*c, snake_case and __init__", "2 * 3 * 4 is 24, a*b*c, snake_case and __init__"),
        ("#hashtag, -1 and **", "#hashtag, -1 and **"),
        ("", ""),
    ],
)
def test_marks_are_left_out_and_everything_else_stays(text, expected):
    assert without_marks(text) == expected


@pytest.mark.parametrize("mark", ["*", "**", "[", "[a](", "`", "# ", "*a "])
def test_no_text_takes_long(mark):
    """Milliseconds; a pattern with two ways to match takes minutes."""
    started = time.perf_counter()

    without_marks(mark * 50_000)

    assert time.perf_counter() - started < 20


def test_what_is_left_is_escaped_on_the_pages(world, client, signed_in):
    issued = built_in(world)
    issued.badge.criteria = "Did **all** <b>the</b> [things](javascript:alert)"
    issued.badge.save()
    administrator = signed_in(world.administrator)

    pages = [client.get(page_of(issued)), administrator.get(reverse("badges:profile", args=[issued.badge_id]))]

    words = "Did all &lt;b&gt;the&lt;/b&gt; things (javascript:alert)"
    assert [words in page.text for page in pages] == [True, True]
