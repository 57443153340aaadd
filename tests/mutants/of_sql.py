"""Runs mutmut on a module whose texts are SQL: it changes no letter's case there, which PostgreSQL does not tell apart.

Run by its path, since what is imported as `tests` must be the copy that mutmut works on.
"""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

type Operator = Callable[[Any], Iterator[Any]]


def without_case(operator: Operator) -> Operator:
    """What the operator makes of a text, but for what differs by the case of letters alone."""

    def changed(text: Any) -> Iterator[Any]:
        written = getattr(text, "value", "").lower()
        return (new for new in operator(text) if new.value.lower() != written)

    return changed


def main() -> None:
    operators = importlib.import_module("mutmut.mutation.mutators").mutation_operators
    operators[:] = [
        (kind, without_case(operator) if operator.__name__ == "operator_string" else operator)
        for kind, operator in operators
    ]
    importlib.import_module("mutmut.__main__").cli()


if __name__ == "__main__":
    main()
