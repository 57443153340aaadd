"""Rows by many ids, as one array: of IN, Django and the parser look at each of thousands."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Lookup, Subquery


class ArrayOf(Subquery):
    """What a query of one column finds, as an array: looked for first, and once."""

    template = "ARRAY(%(subquery)s)"


class Among(Lookup):
    """Whether the number at a path is one of these, or one of an array of the database: a condition to filter by."""

    lookup_name = "among"
    prepare_rhs = False

    def __init__(self, path: str, numbers: Iterable[int] | ArrayOf) -> None:
        super().__init__(F(path), numbers if isinstance(numbers, ArrayOf) else list(numbers))

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        """The same rows and plans as IN."""
        key, parameters = self.process_lhs(compiler, connection)
        numbers, more = self.process_rhs(compiler, connection)
        return f"{key} = ANY({numbers})", [*parameters, *more]
