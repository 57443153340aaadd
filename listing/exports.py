"""CSV that streams, and that no spreadsheet runs as a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

# What a spreadsheet takes for the beginning of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_response(name: str, heads: Sequence[object], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A download named after `name` and today; `rows` are taken one by one while it runs."""
    # The rows are written after the middleware has put the person's time zone away again.
    lines = _lines(heads, rows, timezone.get_current_timezone())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate():%Y-%m-%d}.csv"'
    return response


def safe_cell(value: object, zone: tzinfo | None = None) -> object:
    """A CSV cell: moments as ISO 8601 in `zone`, and words that a spreadsheet would run as a formula with a ' before."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return timezone.localtime(value, zone).isoformat(timespec="seconds")
    if isinstance(value, (int, float)):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def _lines(heads: Sequence[object], rows: Iterable[Sequence[object]], zone: tzinfo) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff"  # without it, Excel takes UTF-8 for something else
    yield writer.writerow([safe_cell(head, zone) for head in heads])
    for row in rows:
        yield writer.writerow([safe_cell(value, zone) for value in row])
