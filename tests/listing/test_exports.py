import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from listing.exports import csv_response, safe_cell


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-x", "'-x"),
        ("@sum", "'@sum"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("Ada = Ames", "Ada = Ames"),
        (-3, -3),
        (None, ""),
        (True, "Yes"),
    ],
)
def test_no_cell_is_a_formula(value, expected):
    assert safe_cell(value) == expected


PARIS = ZoneInfo("Europe/Paris")


def test_a_moment_is_written_in_the_zone_of_who_asked_and_to_the_second():
    moment = dt.datetime(2026, 3, 2, 9, 0, 0, 999, tzinfo=dt.UTC)

    assert safe_cell(moment, PARIS) == "2026-03-02T10:00:00+01:00"


def test_rows_stream_after_the_person_s_zone_was_put_away(time_machine):
    time_machine.move_to(dt.datetime(2026, 3, 2, 23, 30, tzinfo=dt.UTC), tick=False)
    taken = []

    def rows():
        for number in range(2):
            taken.append(number)
            yield [f"=cell {number}, quoted", timezone.now()]

    with timezone.override(PARIS):
        response = csv_response("people", ["Name", "=When"], rows())
    before = list(taken)
    lines = b"".join(response).decode()

    assert (before, taken) == ([], [0, 1])
    assert response["Content-Disposition"] == 'attachment; filename="people-2026-03-03.csv"'
    assert lines == (
        "\ufeffName,'=When\r\n"
        '"\'=cell 0, quoted",2026-03-03T00:30:00+01:00\r\n'
        '"\'=cell 1, quoted",2026-03-03T00:30:00+01:00\r\n'
    )
