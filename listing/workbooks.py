"""XLSX in little memory: numbers and moments are such to a spreadsheet, and words are never a formula.

A row is written to a file as soon as it is complete, so the length of a list costs room on the disk alone.
"""

import math
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from listing.exports import FORMULA_STARTS
from operation.characters import printable_prose

# More take longer to write than a proxy waits for the first byte.
MOST_ROWS = 100_000
# What a cell holds, in units of UTF-16, and how many digits of a number.
LONGEST_TEXT, MOST_DIGITS = 32_767, 15
# Before it a spreadsheet has no days.
FIRST_YEAR = 1900
# Widths of columns, in digits.
NARROWEST, WIDEST, OF_MOMENT = 8, 60, 16
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TooManyRowsError(Exception):
    """There are more than MOST_ROWS."""


def xlsx_response(name: str, heads: Sequence[object], rows: Iterable[Sequence[object]]) -> FileResponse:
    """A download named after `name` and today. The whole file is written before this returns.

    Raises TooManyRowsError.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    try:
        _write(file, name, heads, rows)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    filename = f"{name}-{timezone.localdate():%Y-%m-%d}.xlsx"
    return FileResponse(file, as_attachment=True, filename=filename, content_type=XLSX_TYPE)


def _write(file: IO[bytes], name: str, heads: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        options = {"constant_memory": True, "tmpdir": folder}
        with xlsxwriter.Workbook(file, options) as book:
            zone = timezone.get_current_timezone_name()
            book.set_properties({"comments": _("Times are in the time zone %(zone)s.") % {"zone": zone}})
            sheet = _Sheet(book, name)
            sheet.write(heads, sheet.bold)
            for number, row in enumerate(rows):
                if number == MOST_ROWS:
                    raise TooManyRowsError
                sheet.write(row)
            sheet.finish()


class _Sheet:
    """The one sheet of a workbook, written from the top."""

    def __init__(self, book: Any, name: str) -> None:
        self.bold = book.add_format({"bold": True})
        self.moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        # As if typed with a ' before: it stays a text when somebody edits the cell.
        self.quoted = book.add_format({"quote_prefix": True})
        self.zone = timezone.get_current_timezone()
        self.sheet = book.add_worksheet(Truncator(name).chars(31))
        self.sheet.freeze_panes(1, 0)
        self.widths: list[int] = []
        self.height = 0

    def write(self, values: Sequence[object], style: Any = None) -> None:
        """The next row."""
        for column, value in enumerate(values):
            width = self._cell(column, value, style)
            if column == len(self.widths):
                self.widths.append(NARROWEST)
            self.widths[column] = min(max(self.widths[column], width), WIDEST)
        self.height += 1

    def finish(self) -> None:
        """What is known at the end alone: how wide the columns are."""
        for column, width in enumerate(self.widths):
            self.sheet.set_column(column, column, width + 2)

    def _cell(self, column: int, value: object, style: Any) -> int:
        """Write a value, and say how wide it is."""
        if isinstance(value, datetime) and value.year >= FIRST_YEAR:
            local = value.astimezone(self.zone).replace(tzinfo=None, microsecond=0)
            self.sheet.write_datetime(self.height, column, local, self.moment)
            return OF_MOMENT
        if isinstance(value, date) and not isinstance(value, datetime) and value.year >= FIRST_YEAR:
            self.sheet.write_datetime(self.height, column, value, self.day)
            return OF_MOMENT
        if _is_number(value):
            self.sheet.write_number(self.height, column, value)
            return len(str(value))
        text = _text(value)
        if text.startswith("<r>"):
            # The library would take it for its own markup. In two pieces it stays what it is.
            self.sheet.write_rich_string(self.height, column, "<r", self.quoted, text[2:], style or self.quoted)
        elif text:
            quoted = self.quoted if text.startswith(FORMULA_STARTS) else None
            self.sheet.write_string(self.height, column, text, style or quoted)
        return max(map(len, text.split("\n")))


def _is_number(value: object) -> bool:
    """Whether a spreadsheet keeps all of it as a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return False
    return math.isfinite(value) and (not isinstance(value, int) or abs(value) < 10**MOST_DIGITS)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    text = printable_prose(str(value))
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    return units[: 2 * LONGEST_TEXT - 2].decode("utf-16-le", errors="ignore") + "…"
