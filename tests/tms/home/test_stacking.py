import datetime as dt

import pytest

from tms.home.stacking import BOTTOM, LEFT, RIGHT, TOP, stacked
from tms.home.weekly import Number, Series

DAYS = [dt.date(2026, 5, 4) + n * dt.timedelta(weeks=1) for n in range(4)]


def series(label, *counts):
    return Series(label, [Number(count) for count in counts], Number(sum(counts)))


@pytest.mark.parametrize(
    ("most", "numbers"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (9, [0, 5, 10]),
        (41, [0, 20, 40, 60]),
        (180, [0, 50, 100, 150, 200]),
        (1_000_000, [0, 500_000, 1_000_000]),
    ],
)
def test_the_scale_has_few_round_numbers_and_reaches_the_most(most, numbers):
    marks = stacked("a", DAYS, [series("One", most, 0, 0, 0)]).marks

    assert [mark.number for mark in marks] == numbers
    assert (marks[0].y, marks[-1].y) == (BOTTOM, TOP)


def test_parts_stand_on_one_another():
    stack = stacked("a", DAYS, [series("One", 10, 0, 0, 5), series("Two", 10, 3, 0, 0)])

    assert [(part.series, part.count, part.day) for part in stack.parts] == [
        (1, 10, "4 May 2026"),
        (2, 10, "4 May 2026"),
        (2, 3, "11 May 2026"),
        (1, 5, "25 May 2026"),
    ]
    lower, upper = stack.parts[:2]
    assert (lower.y + lower.height, lower.y, upper.x) == (BOTTOM, upper.y + upper.height, lower.x)
    assert (lower.x >= LEFT, stack.parts[-1].x + stack.parts[-1].width <= RIGHT) == (True, True)


def test_the_least_can_be_seen():
    stack = stacked("a", DAYS, [series("One", 1, 1_000_000, 0, 0)])

    assert stack.parts[0].height == 1


def test_the_first_the_middle_and_the_last_week_are_named():
    labels = stacked("a", DAYS, []).labels

    assert [(label.words, label.anchor) for label in labels] == [
        ("4 May 2026", "start"),
        ("18 May 2026", "middle"),
        ("25 May 2026", "end"),
    ]
