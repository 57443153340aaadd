import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from achievements.log import freshness
from achievements.log.freshness import DAY, MONTH, Delay, delay_over, last_day, last_month, measure, unconfirmed_since
from achievements.models import EarnedAchievement
from achievements.sweep import lock, sweeper
from operation.promises import Promise
from organizations.models import User
from tests.achievements.log.sweeps import award, full_sweep, hint
from tests.factories import (
    AchievementFactory,
    EarnedAchievementFactory,
    SweepFactory,
    SweepHintFactory,
    TrainingRecordFactory,
)

EVERYTHING = User(is_superuser=True)
NOW = dt.datetime(2026, 6, 1, 12, 30, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)


@pytest.mark.parametrize(("minutes", "is_late"), [(0, False), (59, False), (60, False), (61, True), (24 * 60, True)])
def test_red_past_sixty_minutes_without_a_full_sweep(db, minutes, is_late):
    last = full_sweep(NOW)

    now = measure(at=NOW + minutes * MINUTE)

    assert (now.last, now.age, now.is_sweep_late, now.is_late) == (last, minutes * MINUTE, is_late, is_late)


@pytest.mark.parametrize(("minutes", "is_late"), [(0, False), (60, False), (61, True)])
def test_red_past_sixty_minutes_of_waiting(db, minutes, is_late):
    full_sweep(NOW)
    hint(NOW - minutes * MINUTE)
    hint(NOW)

    now = measure(at=NOW)

    assert (now.waited, now.is_queue_late, now.is_late) == (minutes * MINUTE, is_late, is_late)


def test_a_missed_hour_turns_it_red_and_the_next_sweep_green(world):
    AchievementFactory.create(organization=world.academy)
    sweeper.award_everybody(at=NOW)
    TrainingRecordFactory.create(user=world.student, course=world.course)

    before = measure(at=NOW + 2 * HOUR)
    sweeper.award_if_due(at=NOW + 2 * HOUR)
    after = measure(at=NOW + 2 * HOUR + MINUTE)

    assert (before.is_late, after.is_late, EarnedAchievement.objects.count()) == (True, False, 1)


def test_a_drain_that_is_back_empties_the_queue(world):
    full_sweep(NOW)
    hint(NOW - 2 * HOUR)

    before = measure(at=NOW)
    sweeper.drain(at=NOW)
    after = measure(at=NOW)

    assert (before.is_late, after.is_late, after.waited) == (True, False, None)


def test_drains_are_no_full_sweepes(db):
    full_sweep(NOW)
    full_sweep(NOW + 2 * HOUR, kind="drain")

    assert measure(at=NOW + 2 * HOUR).age == 2 * HOUR


def test_a_sweep_that_was_stopped_is_none(db):
    full_sweep(NOW)
    SweepFactory.create(started_at=NOW + HOUR)

    assert measure(at=NOW + 2 * HOUR).is_late


def test_a_sweep_that_began_in_time_may_take_its_time(db):
    full_sweep(NOW)
    SweepFactory.create(started_at=NOW + HOUR)

    with lock.holding():
        states = [measure(at=NOW + HOUR + minutes * MINUTE).is_late for minutes in (5, 60, 61)]

    assert states == [False, False, True]


def test_a_sweep_that_catches_up_is_late_until_it_ends(db):
    full_sweep(NOW)
    SweepFactory.create(started_at=NOW + 5 * HOUR)

    with lock.holding():
        assert measure(at=NOW + 5 * HOUR + SECOND).is_late


def test_nothing_is_late_where_there_is_nothing_to_award(db):
    now = measure(at=NOW)

    assert (now.age, now.waited, now.is_late) == (None, None, False)


def test_without_any_sweep_achievements_become_late(db):
    at = AchievementFactory.create().created_at

    assert [measure(at=at + minutes * MINUTE).is_late for minutes in (60, 61)] == [False, True]


def test_a_clock_that_was_set_back_does_not_hide_the_last_sweep(db):
    full_sweep(NOW + 48 * HOUR)
    last = full_sweep(NOW)

    assert measure(at=NOW + 2 * HOUR).last == last


@pytest.mark.parametrize(
    ("after", "due"),
    [
        (NOW, NOW + 30 * MINUTE),
        (NOW + 30 * MINUTE, NOW + 90 * MINUTE),
        (NOW.astimezone(ZoneInfo("Asia/Kolkata")), NOW + 30 * MINUTE),
    ],
)
def test_the_next_full_sweep_is_at_the_full_hour(after, due):
    assert freshness.next_full_sweep(after=after) == due


def test_measuring_takes_three_queries(db, django_assert_num_queries):
    full_sweep(NOW)
    SweepHintFactory.create_batch(3)

    with django_assert_num_queries(3):
        measure(at=NOW)


def test_unconfirmed_is_what_was_written_since_the_last_sweep_began(world):
    full_sweep(NOW, took=10 * MINUTE)
    for minutes in (-11, -9, 5):
        TrainingRecordFactory.create(user=world.student, course=world.course, recorded_at=NOW + minutes * MINUTE)

    assert unconfirmed_since(measure(at=NOW + HOUR)) == NOW - 9 * MINUTE


def test_nothing_is_unconfirmed_before_the_first_sweep(world):
    TrainingRecordFactory.create(user=world.student, course=world.course)

    assert unconfirmed_since(measure(at=NOW)) is None


def test_the_delay_of_a_day_and_of_a_month(db):
    for n in range(1, 21):
        award(NOW - n * MINUTE, n * SECOND)
    award(NOW - 25 * HOUR, 2 * HOUR)
    award(NOW - 31 * DAY, 9 * HOUR)
    award(NOW + SECOND, 9 * HOUR)
    award(NOW, None)

    day, month = delay_over(DAY, at=NOW, user=EVERYTHING), delay_over(MONTH, at=NOW, user=EVERYTHING)

    assert day == Delay(awards=20, p95=19 * SECOND, worst=20 * SECOND)
    assert month == Delay(awards=21, p95=20 * SECOND, worst=2 * HOUR)
    assert (day.is_over, month.is_over) == (False, True)


def test_no_awards_no_delay(db):
    assert delay_over(DAY, at=NOW, user=EVERYTHING) == Delay()


def test_a_day_by_hours(db):
    full_sweep(NOW - 30 * HOUR)
    for hours in (23, 2, 1, 0):
        full_sweep(NOW - 30 * MINUTE - hours * HOUR + 2 * SECOND)
    full_sweep(NOW - 10 * MINUTE, took=5 * MINUTE)
    award(NOW - HOUR, 4 * SECOND)
    award(NOW - HOUR - MINUTE, 8 * SECOND)

    bins = last_day(at=NOW, user=EVERYTHING)

    assert (len(bins), bins[0].starts_at, bins[-1].ends_at) == (25, NOW - 24.5 * HOUR, NOW + 0.5 * HOUR)
    assert [one.sweeps for one in bins] == [0, 1, *[0] * 20, 1, 1, 2]
    assert [one.hours_missed for one in bins] == [0, 0, *[1] * 20, 0, 0, 0]
    assert bins[-2].delay == Delay(awards=2, p95=8 * SECOND, worst=8 * SECOND)
    assert bins[-1].longest == 5 * MINUTE


def test_at_a_full_hour_nothing_falls_between_the_bins(db):
    noon = NOW.replace(minute=0)
    award(noon, SECOND)
    full_sweep(noon + SECOND)
    full_sweep(noon - DAY + 2 * SECOND)

    bins = last_day(at=noon, user=EVERYTHING)

    assert ([one.delay.awards for one in bins], [one.sweeps for one in bins]) == ([*[0] * 24, 1], [1, *[0] * 23, 1])


def test_a_month_by_days_of_the_readers_zone(db):
    zone = ZoneInfo("America/Denver")
    late_in_the_evening = dt.datetime(2026, 5, 20, 23, 30, tzinfo=zone)
    full_sweep(late_in_the_evening)
    award(late_in_the_evening, MINUTE)

    bins = last_month(at=NOW, zone=zone, user=EVERYTHING)

    assert len(bins) == 31
    assert [one.starts_at.date() for one in bins if one.sweeps or one.delay.awards] == [dt.date(2026, 5, 20)]


def test_nights_of_summer_time_have_23_and_25_hours(db):
    zone = ZoneInfo("Europe/Paris")
    full_sweep(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    spring = last_month(at=dt.datetime(2026, 4, 10, tzinfo=dt.UTC), zone=zone, user=EVERYTHING)
    autumn = last_month(at=dt.datetime(2026, 11, 10, tzinfo=dt.UTC), zone=zone, user=EVERYTHING)

    found = [{one.starts_at.date(): one.hours_missed for one in bins} for bins in (spring, autumn)]
    assert (found[0][dt.date(2026, 3, 29)], found[1][dt.date(2026, 10, 25)]) == (23, 25)


def test_before_the_very_first_sweep_none_was_missed(db):
    full_sweep(NOW - 3 * HOUR)

    assert sum(one.hours_missed for one in last_day(at=NOW, user=EVERYTHING)) == 2


def test_promises_are_what_was_measured(db):
    full_sweep(NOW - 3 * HOUR)
    hint(NOW - 90 * SECOND)

    assert freshness.promises(at=NOW) == [
        Promise("full_sweep", is_kept=False, age=3 * HOUR, limit=HOUR),
        Promise("oldest_record", is_kept=True, age=90 * SECOND, limit=HOUR),
    ]


def test_awards_of_strangers_are_not_counted(world):
    achievement = AchievementFactory.create(organization=world.academy)
    for one in ({"achievement": achievement}, {}):
        EarnedAchievementFactory.create(delay=dt.timedelta(minutes=5), created_at=NOW - dt.timedelta(hours=1), **one)
    EarnedAchievement.objects.update(created_at=NOW - dt.timedelta(hours=1))

    delays = [
        freshness.delay_over(freshness.DAY, at=NOW, user=user).awards for user in (world.administrator, EVERYTHING)
    ]
    bins = freshness.last_day(at=NOW, user=world.administrator)

    assert (delays, sum(one.delay.awards for one in bins)) == ([1, 2], 1)
