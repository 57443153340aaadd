import datetime as dt
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.factories import BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory
from tms.home.weekly import PROVIDERS_SHOWN, WEEKS, most_issued, weekly_for

# A Wednesday.
NOON = dt.datetime(2026, 5, 6, 12, tzinfo=dt.UTC)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)


def issue(world, at=NOON, **values):
    values = {"badge__organization": world.academy} | values
    return IssuedBadgeFactory.create(issued_at=at, **values)


def counts(series):
    return [number.count for number in series.weeks]


def test_each_week_has_its_number_by_way_and_of_all(world):
    issue(world, via="roster")
    issue(world, via="assignment")
    issue(world, via="achievement")
    issue(world, NOON - 12 * WEEK, via="achievement")
    issue(world, NOON - 13 * WEEK)
    issue(world, NOON + WEEK)

    weekly = weekly_for(world.administrator, at=NOON)

    automatic, by_hand = weekly.by_way
    assert (weekly.days[0], weekly.days[-1], len(weekly.days)) == (dt.date(2026, 2, 9), dt.date(2026, 5, 4), WEEKS)
    assert counts(automatic) == [1, *[0] * 11, 1]
    assert counts(by_hand) == [0, *[0] * 11, 2]
    assert counts(weekly.all) == [1, *[0] * 11, 3]
    assert [one.total.count for one in (automatic, by_hand, weekly.all)] == [2, 2, 4]


def test_what_was_lost_refused_or_is_nobody_s_business_does_not_count(world):
    issue(world, revoked_at=NOON, status="revoked")
    issue(world, delivery="failed", status="pending")
    issue(world, badge__organization=world.outside)

    assert weekly_for(world.administrator, at=NOON).all.total.count == 0


@pytest.mark.parametrize(("zone", "is_this_week"), [("UTC", False), ("Asia/Tokyo", True), ("America/Denver", False)])
def test_a_week_begins_on_the_reader_s_monday(world, zone, is_this_week):
    issue(world, dt.datetime(2026, 5, 3, 20, tzinfo=dt.UTC))

    with timezone.override(ZoneInfo(zone)):
        weekly = weekly_for(world.administrator, at=NOON)

    assert counts(weekly.all)[-2:] == ([0, 1] if is_this_week else [1, 0])


def test_a_week_in_which_clocks_are_set_has_all_of_its_days(world):
    with timezone.override(ZoneInfo("Europe/Berlin")):
        for hour in (-1, 24 * 7 - 2):
            issue(world, dt.datetime(2026, 3, 23, tzinfo=ZoneInfo("Europe/Berlin")) + dt.timedelta(hours=hour))
        weekly = weekly_for(world.administrator, at=NOON)

    assert dict(zip(weekly.days, counts(weekly.all), strict=True))[dt.date(2026, 3, 23)] == 1


def test_the_smaller_providers_are_one(world):
    for size in range(PROVIDERS_SHOWN + 2, 0, -1):
        provider = BadgeProviderFactory.create(name=f"Of {size}", organization=world.academy)
        for _ in range(size):
            issue(world, badge__provider=provider)

    by_provider = weekly_for(world.administrator, at=NOON).by_provider

    assert [(str(one.label), one.total.count) for one in by_provider] == [
        ("Of 5", 5),
        ("Of 4", 4),
        ("Of 3", 3),
        ("Other providers", 3),
    ]
    assert [bool(one.total.query) for one in by_provider] == [True, True, True, False]


def test_a_table_has_the_newest_week_first(world):
    issue(world, NOON - WEEK, via="roster")

    weekly = weekly_for(world.administrator, at=NOON)

    assert [(day, [number.count for number in numbers]) for day, numbers in weekly.lines[:2]] == [
        (dt.date(2026, 5, 4), [0, 0, 0, 0]),
        (dt.date(2026, 4, 27), [0, 1, 1, 1]),
    ]


def test_a_number_names_the_list_behind_it(world):
    issue(world, via="achievement")

    automatic = weekly_for(world.administrator, at=NOON).by_way[0]

    asked = {"status": ["held"], "via": ["achievement"], "issued_at_before": ["2026-05-10"]}
    assert parse_qs(automatic.weeks[-1].query.removeprefix("?")) == asked | {"issued_at_after": ["2026-05-04"]}
    assert parse_qs(automatic.total.query.removeprefix("?")) == asked | {"issued_at_after": ["2026-02-09"]}


def test_the_badges_issued_most_say_how_many_are_accepted(world):
    badges = BadgeFactory.create_batch(7, organization=world.academy)
    for number, badge in enumerate(badges, start=1):
        for _ in range(number):
            issue(world, badge=badge)
    issue(world, badge=badges[6], status="pending", delivery="delivered")
    issue(world, badge=badges[6], status="rejected")
    issue(world, badge=badges[5], expires_at=NOON)
    issue(world, badge=badges[5], expires_at=NOON + DAY)
    issue(world, badge=badges[5], revoked_at=NOON, status="revoked")

    uses = most_issued(world.administrator, at=NOON)

    assert [(use.badge, use.issued.count, use.accepted.count, use.percent) for use in uses] == [
        (badges[5], 8, 7, 87),
        (badges[6], 8, 7, 87),
        *[(badges[n - 1], n, n, 100) for n in (5, 4, 3)],
    ]


@pytest.mark.parametrize("rows", [1, 3])
def test_weeks_and_badges_take_five_queries(world, django_assert_num_queries, rows):
    for _ in range(rows):
        issue(world)
    world.administrator.get_all_permissions()

    with django_assert_num_queries(5):
        weekly_for(world.administrator, at=NOON)
        most_issued(world.administrator, at=NOON)


def test_where_nothing_was_issued_there_is_nothing_to_show(world):
    assert weekly_for(world.administrator, at=NOON).by_provider == []
    assert most_issued(world.administrator, at=NOON) == []
