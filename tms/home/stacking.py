"""Lays out stacked bars: where each part of a bar of the page's SVG stands, in whole units of its drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils.formats import date_format
from django.utils.functional import Promise

from tms.home.weekly import Series

WIDTH, HEIGHT = 480, 212
LEFT, RIGHT, TOP, BOTTOM = 48, 478, 12, 180
LABELS = 204
GAP = 6
LINES = 4


@dataclass(frozen=True)
class Mark:
    """A line across the drawing, and the number that it stands for."""

    y: int
    number: int


@dataclass(frozen=True)
class Part:
    """A part of a bar, of the series with this number from 1, and in words what it says."""

    series: int
    x: int
    y: int
    width: int
    height: int
    day: str
    label: str | Promise
    count: int


@dataclass(frozen=True)
class Label:
    """Words below the drawing; `anchor` is SVG's text-anchor."""

    x: int
    words: str
    anchor: str


@dataclass(frozen=True)
class Stack:
    """Everything that the template draws; `name` is part of the ids in it."""

    name: str
    series: Sequence[Series]
    marks: list[Mark]
    parts: list[Part]
    labels: list[Label]


def stacked(name: str, days: Sequence[date], series: Sequence[Series]) -> Stack:
    """The drawing of these series, a bar for each day, the first series at the foot."""
    totals = [sum(one.weeks[n].count for one in series) for n in range(len(days))]
    marks = _scale(max(totals, default=0))
    step = (RIGHT - LEFT) / len(days)
    parts = []
    for n, day in enumerate(days):
        heights = [0]
        for one in series:
            heights.append(heights[-1] + one.weeks[n].count)
        for number, (below, above) in enumerate(pairwise(heights), start=1):
            if above > below:
                x, foot, top = round(LEFT + n * step) + GAP // 2, _y(below, marks[-1]), _y(above, marks[-1])
                # What is there can be seen, however little it is.
                height = max(foot - top, 1)
                parts.append(
                    Part(
                        number,
                        x,
                        foot - height,
                        round(step) - GAP,
                        height,
                        date_format(day),
                        series[number - 1].label,
                        above - below,
                    )
                )
    places = [(LEFT, days[0], "start"), ((LEFT + RIGHT) // 2, days[len(days) // 2], "middle"), (RIGHT, days[-1], "end")]
    return Stack(
        name,
        series,
        [Mark(_y(mark, marks[-1]), mark) for mark in marks],
        parts,
        [Label(x, date_format(day), anchor) for x, day, anchor in places],
    )


def _scale(most: int) -> list[int]:
    """Round numbers from 0 up to at least the most, few enough to be read."""
    rough = max(most, 1) / LINES
    power = 10 ** math.floor(math.log10(rough)) if rough >= 1 else 1
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    return [n * step for n in range(math.ceil(max(most, 1) / step) + 1)]


def _y(number: int, top: int) -> int:
    return round(BOTTOM - (BOTTOM - TOP) * number / top)
