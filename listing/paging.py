"""The pages of a list. The rows are counted up to a limit, and no page is read across more rows than that.

Up to the limit every page has its number. Beyond it, pages are read from the end too, and in between from a row of the page
before: an address names that row, so that nothing is skipped. What is read is what the whole order would have there.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connection, transaction
from django.db.models import F, Model, QuerySet
from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from listing.seeking import beyond, ordering_of
from operation.among import Among

# Counting more takes longer than a page may, and nobody reads so many.
COUNTED = 10_000
# What is counted is put in order where it is all there is; of more, nothing but that leaves the database.
_IN_ORDER_IF_FEW = """
WITH found ({columns}) AS MATERIALIZED ({found})
SELECT CASE WHEN (SELECT count(*) FROM found) <= {most} THEN ARRAY(SELECT id FROM found ORDER BY {order}) END
"""
# What an address says beside a number: the last page, and the row that a page begins after or ends before.
LAST = "last"
AFTER: Literal["after"] = "after"
BEFORE: Literal["before"] = "before"
GAP = "…"

type Side = Literal["after", "before"]
SIDES: tuple[Side, ...] = (AFTER, BEFORE)
PAGE = "page"
# All that says in an address where in the list a page is.
PLACE = (PAGE, *SIDES)


@dataclass(frozen=True)
class Place:
    """Where in a list a page is: its number, from the end if negative; far from both, the row that it stands beside."""

    number: int = 1
    side: Side | None = None
    row: int | None = None

    @property
    def asked(self) -> dict[str, str]:
        """How an address asks for it."""
        number = LAST if self.number == -1 else str(self.number)
        return {PAGE: number} if self.side is None else {PAGE: number, self.side: str(self.row)}


@dataclass(frozen=True)
class PageLink:
    """A number of the pagination, or the word for the last page; the gap between two numbers has no `url`."""

    number: int | str | Promise
    url: str
    is_current: bool

    @property
    def is_number(self) -> bool:
        """Whether it has a number."""
        return isinstance(self.number, int)


def place_asked(asked: Mapping[str, str]) -> Place:
    """The place that an address asks for by the names of Place.asked; the first page instead of nonsense."""
    words = asked.get(PAGE, "")
    number = -1 if words == LAST else _number(words)
    if number is None:
        return Place()
    beside = [(side, row) for side in SIDES if (row := _number(asked.get(side, ""))) is not None]
    return Place(number or -1, *beside[0]) if beside else Place(number or -1)


@dataclass(frozen=True)
class Rows[Row: Model]:
    """The rows of a list in their order, and how they are counted and put on pages.

    `everything` are those that were narrowed. What is found is read of them by id, or, where it is given, of what `by_ids`
    returns for the ids of a page: the same rows with all that the list shows. Those ids are of rows that may be seen: it
    need not ask that again. A planner that is asked for the first rows in an order, of the few that a search finds, may look
    for them along all that there are.
    """

    found: QuerySet[Row]
    everything: QuerySet[Row]
    per_page: int
    most_counted: int = COUNTED
    by_ids: Callable[[Sequence[Any]], QuerySet[Row]] | None = None

    @cached_property
    def all_ids(self) -> list[Any] | None:
        """All that are found, in their order; None of more than are counted."""
        keys = ordering_of(self.found)
        names = ["id", *(f"key_{n}" for n, _key in enumerate(keys))]
        found = self.found.order_by().values_list("pk", *(F(key.path) for key in keys))[: self.most_counted + 1]
        try:
            sql, parameters = found.query.sql_with_params()
        except EmptyResultSet:
            return []
        order = ", ".join(f"{name} {key.direction}" for name, key in zip(names[1:], keys, strict=True))
        statement = _IN_ORDER_IF_FEW.format(columns=", ".join(names), found=sql, most=self.most_counted, order=order)
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            ids: list[Any] | None = cursor.fetchone()[0]
        return ids

    @property
    def ids(self) -> list[Any]:
        """All that are found, in their order, of a list that is not longer than is counted."""
        return self.all_ids or []

    @property
    def is_more(self) -> bool:
        """Whether there are more than are counted."""
        return self.all_ids is None

    @property
    def count(self) -> int:
        """How many there are, or, with is_more, the limit."""
        return self.most_counted if self.all_ids is None else len(self.all_ids)

    @property
    def numbered(self) -> int:
        """How many pages have a number: all, or those before the limit, and as many before the end."""
        return max(1, self.count // self.per_page if self.is_more else -(-self.count // self.per_page))

    def page(self, wanted: Place) -> "ListPage[Row]":
        """The page there. Beyond the end the last, or, where that is not known, the last that has a number."""
        if not self.is_more:
            last = self.numbered
            number = wanted.number if wanted.number > 0 else last + 1 + wanted.number
            return self._numbered(max(1, number) if number <= last else last)
        if wanted.row is not None and abs(wanted.number) > self.numbered and (page := self._beside(wanted)):
            return page
        return self._numbered(max(-self.numbered, min(wanted.number, self.numbered)))

    def _numbered(self, number: int) -> "ListPage[Row]":
        start, stop = (abs(number) - 1) * self.per_page, abs(number) * self.per_page
        if self.all_ids is not None:
            rows = self._read(self.all_ids[start:stop])
        elif number < 0:
            rows = self._along(self.found.reverse(), start, stop)[::-1]
        else:
            rows = self._along(self.found, start, stop)
        return ListPage(self, Place(number), rows)

    def _beside(self, wanted: Place) -> "ListPage[Row] | None":
        """The page after or before a row; None when the row is gone, or nothing is there."""
        keys = ordering_of(self.found)
        values = self.everything.filter(pk=wanted.row).values(*(key.path for key in keys)).first()
        if values is None:
            return None
        is_before = wanted.side == BEFORE
        rows = beyond(self.found, keys, values, backwards=is_before)
        read = self._along(rows.reverse() if is_before else rows, 0, self.per_page + 1)
        shown = read[: self.per_page]
        is_cut = len(read) > self.per_page
        return ListPage(self, wanted, shown[::-1] if is_before else shown, is_cut=is_cut) if shown else None

    def _along(self, rows: QuerySet[Row], start: int, stop: int) -> list[Row]:
        """Of many rows, ids alone are looked for along their order."""
        with _along_indexes():
            ids = list(rows.values_list("pk", flat=True)[start:stop])
        return self._read(ids)

    def _read(self, ids: Sequence[Any]) -> list[Row]:
        """The rows of a page, with all that the list joins and counts; without those that are gone by now."""
        read = {row.pk: row for row in self.of_ids(ids)}
        return [read[pk] for pk in ids if pk in read]

    def of_ids(self, ids: Sequence[Any]) -> QuerySet[Row]:
        """Those of the rows, in no order."""
        return self.by_ids(ids) if self.by_ids else self.everything.filter(Among("pk", ids)).order_by()


@dataclass(frozen=True)
class ListPage[Row: Model]:
    """One page. `is_cut`: beyond it, in the direction that it was read from a row in, there are others."""

    of: Rows[Row] = field(repr=False)
    place: Place
    rows: list[Row]
    is_cut: bool = True

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def number(self) -> int:
        """Of this page; from the end if negative."""
        return self.place.number

    @property
    def is_one_of_several(self) -> bool:
        """Whether there are others."""
        return self.of.is_more or self.of.numbered > 1

    @property
    def results_found(self) -> str:
        """How many there are, in words (S19)."""
        number, count = self.of.count, _grouped(self.of.count)
        if self.of.is_more:
            return _("More than %(count)s Results Found") % {"count": count}
        return ngettext("%(count)s Result Found", "%(count)s Results Found", number) % {"count": count}

    @property
    def range_found(self) -> str:
        """Which of them are on this page, in words; nothing when all are."""
        if not self.is_one_of_several:
            return ""
        first, last, count = map(_grouped, (self.first, self.first + len(self) - 1, self.of.count))
        words = _("%(first)s–%(last)s of %(count)s")
        if self.of.is_more:
            words = _("%(first)s–%(last)s of more than %(count)s")
        if self.number < 0:
            words = _("%(first)s–%(last)s from the end, of more than %(count)s")
        return words % {"first": first, "last": last, "count": count}

    @property
    def first(self) -> int:
        """The place of the first row in the list; from the end, with a negative number, of the last."""
        return (abs(self.number) - 1) * self.of.per_page + 1

    @property
    def previous(self) -> Place | None:
        """Where the page before this one is."""
        if self.number == 1 or (self.place.side == BEFORE and not self.is_cut):
            return None
        return self._neighbour(self.number - 1, BEFORE, self.rows[0].pk)

    @property
    def next(self) -> Place | None:
        """Where the page after this one is."""
        is_last = self.number == (-1 if self.of.is_more else self.of.numbered)
        if is_last or (self.place.side == AFTER and not self.is_cut):
            return None
        return self._neighbour(self.number + 1, AFTER, self.rows[-1].pk)

    def _neighbour(self, number: int, side: Side, row: int) -> Place:
        return Place(number) if abs(number) <= self.of.numbered else Place(number, side, row)

    @property
    def links(self) -> list[int | str]:
        """The numbers of the pagination, gaps between them, and LAST where the last page has no number."""
        last = self.of.numbered
        if not self.of.is_more:
            return list(Paginator(range(last), 1).get_elided_page_range(self.number, on_each_side=2, on_ends=1))
        if self.number < 0:
            return [1, GAP, LAST]
        reach = 2 if self.number <= last + 1 else 0  # farther on, the pages before it have no number
        near = [n for n in range(max(1, self.number - reach), self.number + reach + 1) if n <= max(last, self.number)]
        front: list[int | str] = [1, GAP]
        return [*front[: near[0] - 1], *near, GAP, LAST]

    def page_links(self, url_at: Callable[[Place], str]) -> list[PageLink]:
        """The pagination, each place at its address; empty when everything is on one page."""
        return [self._page_link(number, url_at) for number in self.links] if self.is_one_of_several else []

    def _page_link(self, number: int | str, url_at: Callable[[Place], str]) -> PageLink:
        if number == LAST:
            return PageLink(_("Last page"), url_at(Place(-1)), self.number == -1)
        return PageLink(number, url_at(Place(number)) if isinstance(number, int) else "", number == self.number)


@contextlib.contextmanager
def _along_indexes() -> Iterator[None]:
    """Read rows along an index that has their order, where there is one, and sort none.

    The planner takes the conditions of who may see what for much dearer than they are, and would sort a million rows for 25.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        yield
        cursor.execute("SET LOCAL enable_sort = on")  # the transaction may be a longer one's part


def _number(words: str) -> int | None:
    digits = words.removeprefix("-")
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= 18
    return int(words) if is_number else None


def _grouped(number: int) -> str:
    return formats.number_format(number, force_grouping=True)
