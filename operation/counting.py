"""How many rows a query has, beside the row of another: exactly, or up to a limit, where they can be very many."""

from typing import Any

from django.db.models import IntegerField, QuerySet, Subquery


class _NumberOf(Subquery):
    template = "(SELECT count(*) FROM (%(subquery)s) rows_counted)"
    output_field = IntegerField()


def number_of(rows: QuerySet[Any], *, most: int | None = None) -> Subquery:
    """How many rows there are, to annotate with. With `most`, one more than that stands for more: no others are looked for."""
    ids = rows.order_by().values("pk")
    return _NumberOf(ids if most is None else ids[: most + 1])
