import datetime as dt

from achievements.log.charting import BOTTOM, LEFT, RIGHT, TOP, chart
from achievements.log.freshness import Bin, Delay

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)
WORDS = ("begin", "middle", "end")


def bins(*delays):
    return [Bin(NOON + n * HOUR, NOON + (n + 1) * HOUR, 1, delay) for n, delay in enumerate(delays)]


def test_an_empty_chart_has_its_lines_and_no_bars():
    drawn = chart("day", bins(Delay(), Delay()), WORDS)

    assert [(bar.p95_y, bar.worst_y) for bar in drawn.bars] == [(None, None)] * 2
    assert [str(mark.label) for mark in drawn.marks] == ["1 s", "10 s", "1 min", "10 min", "1 h"]
    assert [mark.is_promise for mark in drawn.marks] == [False, False, False, False, True]


def test_what_takes_ten_times_as_long_rises_by_the_same_step():
    drawn = chart("day", bins(*(Delay(1, n * SECOND, n * SECOND) for n in (10, 100, 1000))), WORDS)

    first, second, third = (bar.worst_y or 0 for bar in drawn.bars)
    assert abs((first - second) - (second - third)) <= 1


def test_everything_stays_inside_the_drawing():
    drawn = chart("day", bins(Delay(1, dt.timedelta(), dt.timedelta()), Delay(9, HOUR, 400 * 24 * HOUR)), WORDS)

    assert [bar.worst_y for bar in drawn.bars] == [BOTTOM - 2, TOP]
    assert all(bar.x >= LEFT and bar.x + bar.width <= RIGHT for bar in drawn.bars)
    assert str(drawn.marks[-1].label) == "10 days"


def test_what_broke_the_promise_is_marked():
    drawn = chart("day", bins(Delay(9, SECOND, 2 * HOUR), Delay(9, 2 * HOUR, 2 * HOUR), Delay(9, HOUR, HOUR)), WORDS)

    assert [(bar.is_p95_over, bar.is_over) for bar in drawn.bars] == [(False, True), (True, True), (False, False)]


def test_a_missed_hour_is_no_dot():
    ran, missed, cut = bins(Delay(), Delay(), Delay())
    ran.sweeps, ran.hours_with_sweep = 1, {NOON}
    cut.hours_expected = 0

    drawn = chart("day", [ran, missed, cut], WORDS)

    assert [(bar.has_sweep, bar.is_missed) for bar in drawn.bars] == [(True, False), (False, True), (False, False)]
