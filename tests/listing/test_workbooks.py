import datetime as dt
import io
import tracemalloc
import zipfile
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from openpyxl.utils.escape import unescape

from listing.workbooks import MOST_ROWS, TooManyRowsError, xlsx_response
from tests.spreadsheets import content_of, rows_of, sheet_of

PARIS = ZoneInfo("Europe/Paris")


def cell_of(value):
    """What a spreadsheet has in a cell for the value."""
    return sheet_of(xlsx_response("people", ["Head"], [[value]]))["A2"]


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-x", "@sum", "\tx", '=HYPERLINK("http://x.test")'])
def test_words_are_no_formula_and_become_none_when_they_are_edited(text):
    cell = cell_of(text)

    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-3, -3),
        (0, 0),
        (2.5, 2.5),
        (Decimal("87.50"), 87.5),
        (999_999_999_999_999, 999_999_999_999_999),
    ],
)
def test_a_number_is_a_number(value, expected):
    cell = cell_of(value)

    assert (cell.value, cell.data_type) == (expected, "n")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (10**15, "1000000000000000"),  # a spreadsheet would make zeros of its last digits
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ("007", "007"),
        ("1e5", "1e5"),
        (True, "Yes"),
        (False, "No"),
        (dt.timedelta(hours=2), "2:00:00"),
        (dt.date(1899, 12, 31), "1899-12-31"),
        (dt.datetime(1, 1, 1, tzinfo=dt.UTC), "0001-01-01 00:00:00+00:00"),
    ],
)
def test_what_a_spreadsheet_would_spoil_as_a_number_or_a_day_is_a_text(value, expected):
    cell = cell_of(value)

    assert (cell.value, cell.data_type) == (expected, "s")


@pytest.mark.parametrize("value", [None, ""])
def test_nothing_is_an_empty_cell(value):
    assert cell_of(value).value is None


def test_a_moment_is_one_in_the_zone_of_who_asks_and_a_day_is_a_day():
    moment = dt.datetime(2026, 7, 2, 22, 30, 0, 999, tzinfo=dt.UTC)

    with timezone.override(PARIS):
        response = xlsx_response("people", ["Since", "On"], [[moment, dt.date(2026, 3, 2)]])

    sheet = sheet_of(response)
    since, on = sheet["A2"], sheet["B2"]
    assert (since.value, since.is_date, since.number_format) == (
        dt.datetime(2026, 7, 3, 0, 30),  # noqa: DTZ001 - a spreadsheet's moments have no zone
        True,
        "yyyy-mm-dd hh:mm",
    )
    assert (on.value, on.is_date, on.number_format) == (dt.datetime(2026, 3, 2), True, "yyyy-mm-dd")  # noqa: DTZ001 - as above
    assert sheet.parent.properties.description == "Times are in the time zone Europe/Paris."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x00b\x07c\x1bd", "abcd"),
        ("half \ud83d of one", "half  of one"),
        ("\ufffe\uffff.", "."),
        ("one\r\ntwo\x0bthree", "one\ntwo\nthree"),
        ("<r>&amp;</r>", "<r>&amp;</r>"),
        ("<r><t>=1+1</t></r>", "<r><t>=1+1</t></r>"),
        (" a  b ", " a  b "),
        ("]]><!--", "]]><!--"),
        ("عَرَبِيّ \u202e 🏅", "عَرَبِيّ \u202e 🏅"),
    ],
)
def test_what_xml_cannot_hold_is_left_out_and_all_else_stays(text, expected):
    assert cell_of(text).value == expected


def test_what_looks_like_an_escape_of_the_format_stays_what_it_is():
    assert unescape(cell_of("_x0041_").value) == "_x0041_"


@pytest.mark.parametrize("text", ["ü" * 40_000, "🏅" * 20_000], ids=["letters", "two units each"])
def test_a_text_is_cut_where_a_cell_ends(text):
    value = cell_of(text).value

    assert value == text[: len(value) - 1] + "…"
    assert len(value.encode("utf-16-le")) // 2 in {32_766, 32_767}


def test_the_heads_are_bold_and_stay_and_columns_are_as_wide_as_they_need(time_machine):
    time_machine.move_to("2026-11-28T23:30:00Z", tick=False)
    rows: list[list[object]] = [["Ada", "x" * 500, timezone.now(), None], ["Benedict Bell-Harrison", "y", None, None]]

    with timezone.override(PARIS):
        response = xlsx_response("a-name-that-is-longer-than-a-sheet-s", ["Student", "=Why", "Since", "None"], rows)

    sheet = sheet_of(response)
    assert [(cell.value, cell.font.bold, cell.data_type) for cell in sheet[1]] == [
        ("Student", True, "s"),
        ("=Why", True, "s"),
        ("Since", True, "s"),
        ("None", True, "s"),
    ]
    assert [cell.font.bold for cell in sheet[2]] == [False] * 4
    assert sheet.freeze_panes == "A2"
    assert [round(sheet.column_dimensions[letter].width) for letter in "ABCD"] == [25, 63, 19, 11]
    assert (sheet.title, len(sheet.title)) == ("a-name-that-is-longer-than-a-s…", 31)
    assert response["Content-Disposition"] == (
        'attachment; filename="a-name-that-is-longer-than-a-sheet-s-2026-11-29.xlsx"'
    )


def test_the_rows_are_all_there_in_their_order():
    response = xlsx_response("people", ["n", "word"], ([number, f"word {number}"] for number in range(3000)))

    assert rows_of(response) == [["n", "word"], *([number, f"word {number}"] for number in range(3000))]


def test_more_rows_than_one_waits_for_are_refused():
    with pytest.raises(TooManyRowsError):
        xlsx_response("people", ["n"], ([number] for number in range(MOST_ROWS + 1)))


def test_a_long_list_takes_no_more_memory_than_a_short_one():
    peaks = []
    for count in (1_000, 20_000):
        tracemalloc.start()
        response = xlsx_response("people", ["n", "word"], ([number, f"{number}" * 20] for number in range(count)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        content_of(response)
        tracemalloc.stop()

    assert peaks[1] < 1.5 * peaks[0]


def test_a_list_that_breaks_leaves_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def rows():
        yield ["one"]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        xlsx_response("people", ["Head"], rows())

    assert list(Path(tmp_path).iterdir()) == []


def test_nothing_in_the_file_is_the_reader_s_to_run():
    response = xlsx_response("people", ["Head"], [["http://x.test"], ["=cmd|'/C calc'!A1"]])

    with zipfile.ZipFile(io.BytesIO(content_of(response))) as parts:
        written = "".join(parts.read(name).decode() for name in parts.namelist())

    assert [tag for tag in ("<f>", "<f ", "hyperlink", "externalLink", "ddeLink", "vbaProject") if tag in written] == []
