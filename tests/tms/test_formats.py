import datetime as dt

import pytest
from django.utils import formats, translation

MOMENT = dt.datetime(2026, 11, 9, 7, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("language", "moment", "day", "time"),
    [("en", "9 Nov 2026, 07:05", "9 Nov 2026", "07:05"), ("de", "9. Nov. 2026, 07:05", "9. Nov. 2026", "07:05")],
)
def test_dates_and_times_are_written_by_language(language, moment, day, time):
    with translation.override(language):
        written = [formats.date_format(MOMENT, f"{name}_FORMAT") for name in ("DATETIME", "DATE", "TIME")]

    assert written == [moment, day, time]
