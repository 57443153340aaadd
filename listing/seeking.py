"""Rows of an ordered list that come after, or before, one of them: how a page deep in a long list is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Model, OrderBy, Q, QuerySet


@dataclass(frozen=True)
class Key:
    """One thing that rows are ordered by."""

    path: str
    falls: bool
    has_nulls_at_end: bool
    may_be_null: bool

    def turned(self) -> "Key":
        """The same, read from the end."""
        return Key(self.path, not self.falls, not self.has_nulls_at_end, self.may_be_null)

    @property
    def direction(self) -> str:
        """How SQL says it behind the value."""
        return f"{'DESC' if self.falls else 'ASC'} NULLS {'LAST' if self.has_nulls_at_end else 'FIRST'}"

    def same(self, value: Any) -> Q:
        """The rows that have this value."""
        return Q((f"{self.path}__isnull", True)) if value is None else Q((self.path, value))

    def further(self, value: Any) -> Q | None:
        """The rows beyond it; None where there can be none."""
        if value is None:
            return None if self.has_nulls_at_end else Q((f"{self.path}__isnull", False))
        further = Q((f"{self.path}__{'lt' if self.falls else 'gt'}", value))
        return further | self.same(None) if self.may_be_null and self.has_nulls_at_end else further

    def not_before(self, value: Any) -> Q:
        """The rows that have it or are beyond it. Said beside an OR that says it too, it lets an index be entered there."""
        return Q() if self.may_be_null else Q((f"{self.path}__{'lte' if self.falls else 'gte'}", value))


def ordering_of(rows: QuerySet[Any]) -> list[Key]:
    """What the rows are ordered by: expressions, as Column.ordering makes them."""
    keys = []
    for order in rows.query.order_by:
        assert isinstance(order, OrderBy), "a name does not say where its NULLs are"
        path: str = order.expression.name  # type: ignore[union-attr]  # an F
        keys.append(Key(path, order.descending, _has_nulls_at_end(order), _may_be_null(rows, path)))
    return keys


def beyond[Row: Model](
    rows: QuerySet[Row], keys: Sequence[Key], values: Mapping[str, Any], *, backwards: bool
) -> QuerySet[Row]:
    """The rows that come after, or backwards before, the row that has these values."""
    same, found = Q(), []
    directed = [key.turned() if backwards else key for key in keys]
    for key in directed:
        if (further := key.further(values[key.path])) is not None:
            found.append(same & further)
        same &= key.same(values[key.path])
    return rows.filter(directed[0].not_before(values[directed[0].path]), reduce(or_, found))


def _has_nulls_at_end(order: OrderBy) -> bool:
    """NULL is more than everything to PostgreSQL, where the order does not say otherwise."""
    if order.nulls_first or order.nulls_last:
        return bool(order.nulls_last)
    return not order.descending


def _may_be_null(rows: QuerySet[Any], path: str) -> bool:
    if path in rows.query.annotations:
        return True
    options: Any = rows.model._meta
    for name in path.split("__"):
        column = options.pk if name == "pk" else options.get_field(name)
        if column.null:
            return True
        options = column.related_model._meta if column.is_relation else options
    return False
