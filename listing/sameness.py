"""Which columns would say the same in every row that a list finds, so that it is told once instead."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Aggregate, Count, Max, Min, Model
from django.utils.functional import Promise

from listing.columns import Column
from listing.paging import ListPage

# A list as short as that is read with all its columns.
FEW = 5


@dataclass(frozen=True)
class Same:
    """What the column of this name would say in every row."""

    name: str
    label: str | Promise
    value: object


def same_in_all[Row: Model](columns: Sequence[Column[Row]], page: ListPage[Row]) -> list[Same]:
    """Of all that is found, not of this page: whichever page is shown, the answer is one.

    None in a list of few rows, nor in one longer than is counted. At most one query, where there are several pages.
    """
    if page.of.is_more or page.of.count <= FEW:
        return []
    of_page = {column: {str(column.of(row)) for row in page} for column in columns if column.hidden_if_same}
    alike = [column for column, said in of_page.items() if len(said) == 1 and column.of(page.rows[0])]
    if alike and page.is_one_of_several:
        alike = _alike_on_all_pages(alike, page)
    return [Same(column.name, column.label, column.of(page.rows[0])) for column in alike]


def _alike_on_all_pages[Row: Model](columns: list[Column[Row]], page: ListPage[Row]) -> list[Column[Row]]:
    asked: dict[str, Aggregate] = {}
    for column in columns:
        path = column.order_by[0]
        asked |= {f"{column.name}_{what.name}": what(path) for what in (Min, Max, Count)}
    found = page.of.of_ids(page.of.ids).aggregate(**asked)

    def is_alike(column: Column[Row]) -> bool:
        least, most, there = (found[f"{column.name}_{what.name}"] for what in (Min, Max, Count))
        return bool(least == most and there == page.of.count)

    return [column for column in columns if is_alike(column)]
