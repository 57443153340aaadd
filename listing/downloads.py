"""What is downloaded: a list or a report as CSV, or as XLSX where it is no longer than one waits for."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import formats
from django.utils.translation import gettext as _

from listing.columns import Column, prepare_rows
from listing.exports import csv_response
from listing.workbooks import MOST_ROWS, TooManyRowsError, xlsx_response
from organizations.audit.actions import Action
from organizations.audit.recording import record

# The name in an address that asks for a download, and what it may say. Anything else is CSV.
EXPORT, CSV, XLSX = "export", "csv", "xlsx"
CHUNK = 2000


def download(
    request: HttpRequest,
    name: str,
    heads: Sequence[object],
    rows: Iterable[Sequence[object]],
    of: QuerySet[Any] | None = None,
    asked: str = "",
) -> HttpResponseBase:
    """The rows in the format that the address asks for. Too many for XLSX: back to the page, which says so.

    Where they are those `of` a queryset, that is known before any is written. The audit notes what was `asked` for, which
    may not tell what somebody searched for.
    """
    if request.GET.get(EXPORT) != XLSX:
        _note(name, asked, of)
        return csv_response(name, heads, rows)
    try:
        if of is not None and of.order_by()[MOST_ROWS : MOST_ROWS + 1].exists():
            raise TooManyRowsError
        response = xlsx_response(name, heads, rows)
    except TooManyRowsError:
        most = formats.number_format(MOST_ROWS, force_grouping=True)
        words = _("An Excel file holds %(most)s rows at most. Narrow the list, or export CSV.")
        messages.warning(request, words % {"most": most})
        query = request.GET.copy()
        del query[EXPORT]
        return redirect(f"{request.path}?{query.urlencode()}")
    _note(name, asked, of)
    return response


def _note(name: str, asked: str, of: QuerySet[Any] | None) -> None:
    counted = {} if of is None else {"rows": of.order_by().count()}
    record(Action.EXPORTED, words=name, after={"query": asked} | counted)


def rows_in_parts[Row: Model](
    queryset: QuerySet[Row], columns: Sequence[Column[Row]], prepare: Callable[[Sequence[Row]], object] | None
) -> Iterator[Row]:
    """All rows, which `prepare` and the columns are given some thousand at a time before they come out."""
    for rows in itertools.batched(queryset.iterator(chunk_size=CHUNK), CHUNK, strict=False):
        prepare_rows(columns, rows)
        if prepare is not None:
            prepare(rows)
        yield from rows
