"""Lays out the chart of lags and full sweeps: where each bar of the page's SVG stands, in whole units of its drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from achievements.log.freshness import PROMISE, Bin

WIDTH, HEIGHT = 480, 236
LEFT, RIGHT, TOP, BOTTOM = 66, 474, 10, 160
SWEEPS, LABELS = 182, 222
SHORTEST = 1.0  # seconds: what took less stands on the floor
LEAST_TOP = timedelta(hours=3)
# Lags reach from a second to days: each line is several times the one below it.
MARKS: Sequence[tuple[timedelta, str | Promise]] = (
    (timedelta(seconds=1), _("1 s")),
    (timedelta(seconds=10), _("10 s")),
    (timedelta(minutes=1), _("1 min")),
    (timedelta(minutes=10), _("10 min")),
    (PROMISE, _("1 h")),
    (timedelta(days=1), _("1 day")),
    (timedelta(days=10), _("10 days")),
)


@dataclass(frozen=True)
class Mark:
    """A line across the chart, and its words."""

    y: int
    label: str | Promise
    is_promise: bool


@dataclass(frozen=True)
class Bar:
    """One bin: how high 95 of 100 awards and the worst one reach, and whether its full sweeps were run."""

    x: int
    width: int
    middle: int
    p95_y: int | None
    p95_height: int
    worst_y: int | None
    is_p95_over: bool
    is_over: bool
    has_sweep: bool
    is_missed: bool


@dataclass(frozen=True)
class Label:
    """Words below the chart; `anchor` is SVG's text-anchor."""

    x: int
    words: str | Promise
    anchor: str


@dataclass(frozen=True)
class Chart:
    """Everything the template draws."""

    name: str
    bins: Sequence[Bin]
    marks: Sequence[Mark]
    bars: Sequence[Bar]
    labels: Sequence[Label]


def chart(name: str, bins: Sequence[Bin], labels: Sequence[str | Promise]) -> Chart:
    """The drawing of these bins; `labels` are the words below its beginning, its middle and its end."""
    worst = max([one.delay.worst or timedelta() for one in bins], default=timedelta())
    top = max(LEAST_TOP, worst).total_seconds()
    step = (RIGHT - LEFT) / len(bins)
    places = [(LEFT, "start"), ((LEFT + RIGHT) // 2, "middle"), (RIGHT, "end")]
    return Chart(
        name=name,
        bins=bins,
        marks=[Mark(_y(at, top), words, at == PROMISE) for at, words in MARKS if at.total_seconds() <= top],
        bars=[_bar(one, round(LEFT + n * step), max(round(step) - 2, 2), top) for n, one in enumerate(bins)],
        labels=[Label(x, words, anchor) for (x, anchor), words in zip(places, labels, strict=True)],
    )


def _bar(one: Bin, x: int, width: int, top: float) -> Bar:
    p95_y = None if one.delay.p95 is None else min(_y(one.delay.p95, top), BOTTOM - 2)
    return Bar(
        x=x,
        width=width,
        middle=x + width // 2,
        p95_y=p95_y,
        p95_height=0 if p95_y is None else BOTTOM - p95_y,
        worst_y=None if one.delay.worst is None else min(_y(one.delay.worst, top), BOTTOM - 2),
        is_p95_over=one.delay.is_p95_over,
        is_over=one.delay.is_over,
        has_sweep=one.sweeps > 0,
        is_missed=one.hours_missed > 0,
    )


def _y(length: timedelta, top: float) -> int:
    seconds = min(max(length.total_seconds(), SHORTEST), top)
    return round(BOTTOM - (BOTTOM - TOP) * math.log(seconds / SHORTEST) / math.log(top / SHORTEST))
