"""The columns of lists: what one says of a row and at its head, and which of them a person wants to see in which list.

The choice is kept with the account, so that reading it costs no query.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from types import NoneType
from typing import Any

from django.db import transaction
from django.db.models import F, Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from organizations.models import User


@dataclass(frozen=True, kw_only=True)
class Column[Row: Model]:
    """One column of a list.

    `name` stands in the address. `value` is what the cell and the export say: an attribute path or a function of the
    row; without it, the attribute `name`. `template` draws the cell instead and is given `row`, `value` and all that
    the page has; it may be a partial of the page itself ("badges/issued.html#student"). `order_by` are field paths, with
    a minus where the field falls while the column rises; a column without them cannot be sorted, one with `empty_last`
    has its NULLs at the end either way. `prepare` is given the rows of a page, or of a part of the export, before their
    cells are asked for. A `hidden` column waits in Output Options; one that is `hidden_if_same` does where all that is
    found has one value there, the first of `order_by`, which the line above the table tells. `exported=False` keeps one
    (row links, say) out of the export.
    """

    name: str
    label: str | Promise
    value: str | Callable[[Row], object] = ""
    template: str = ""
    order_by: tuple[str, ...] = ()
    empty_last: bool = False
    prepare: Callable[[Sequence[Row]], None] | None = None
    hidden: bool = False
    hidden_if_same: bool = False
    exported: bool = True
    css_class: str = ""

    def of(self, row: Row) -> object:
        """What this column says about the row."""
        if callable(self.value):
            return self.value(row)
        found: object = row
        for attribute in (self.value or self.name).split("."):
            found = getattr(found, attribute, None)
            found = found() if callable(found) else found
        return found

    def ordering(self, *, descending: bool) -> list[Any]:
        """For order_by(); ends in the pk, so that no row is on two pages or on none."""
        keys: list[Any] = []
        for path in (*self.order_by, "pk"):
            field = F(path.removeprefix("-"))
            nulls_last = self.empty_last or None
            falls = path.startswith("-") != descending
            keys.append(field.desc(nulls_last=nulls_last) if falls else field.asc(nulls_last=nulls_last))
        return keys


def organization_column[Row: Model](
    *, of: str = "", hidden: bool = False, hidden_if_same: bool = False, css_class: str = ""
) -> Column[Row]:
    """The organization of a row, or of what `of` names of it: the field path to that."""
    path = f"{of}__organization__name" if of else "organization__name"
    return Column(
        name="organization",
        label=_("Organization"),
        value=path.replace("__", "."),
        order_by=(path,),
        hidden=hidden,
        hidden_if_same=hidden_if_same,
        css_class=css_class,
    )


@dataclass(frozen=True)
class Cell[Row: Model]:
    """What one column says about one row."""

    column: Column[Row]
    value: object

    @property
    def tells_itself(self) -> bool:
        """Whether it is understood without the column's name beside it: words are, numbers and times are not."""
        return not isinstance(self.value, (bool, int, float, date, NoneType))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return self.value is None or self.value == ""


@dataclass(frozen=True)
class ListLine[Row: Model]:
    """One row with its cells, whether it is among the chosen ones, and its name where it can be chosen."""

    row: Row
    cells: list[Cell[Row]]
    is_chosen: bool
    words: object


@dataclass(frozen=True)
class Heading[Row: Model]:
    """A column's head: `url` sorts by it (the other way, where it is the order already); `direction` is aria-sort's."""

    column: Column[Row]
    url: str
    direction: str


def prepare_rows[Row: Model](columns: Sequence[Column[Row]], rows: Sequence[Row]) -> None:
    """Give these rows to all columns that ask for them before their cells are asked for."""
    for column in columns:
        if column.prepare is not None:
            column.prepare(list(rows))


def columns_of(user: object, page_name: str) -> list[str]:
    """The columns that the person chose last for the list of this page; none was chosen: an empty list."""
    kept = user.list_columns if isinstance(user, User) else {}
    names = kept.get(page_name, []) if isinstance(kept, dict) else []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def remember_columns(user: User, page_name: str, names: Sequence[str]) -> None:
    """Show the person these columns of the page's list from now on; without names, those that everybody begins with."""
    with transaction.atomic():
        locked = User.objects.get_queryset().select_for_update(no_key=True).only("list_columns").get(pk=user.pk)
        kept = {**locked.list_columns, page_name: list(names)}
        locked.list_columns = {page: columns for page, columns in kept.items() if columns}
        locked.save(update_fields=["list_columns"])
