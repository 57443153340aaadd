import datetime as dt

from badges.openbadges.timestamps import since_1970, utc

MOMENT = dt.datetime(2026, 3, 2, 10, 0, 0, 999_999, tzinfo=dt.timezone(dt.timedelta(hours=1)))


def test_a_moment_is_written_in_utc_and_to_the_second():
    assert utc(MOMENT) == "2026-03-02T09:00:00Z"


def test_what_was_written_is_read_in_seconds():
    assert since_1970("1970-01-01T00:00:59Z") == 59
    assert since_1970(utc(MOMENT)) == int(MOMENT.timestamp())
