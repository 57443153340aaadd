"""Pieces of SQL that carry their parameters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

type Parameter = int | str | datetime | list[int] | list[datetime]


@dataclass(frozen=True)
class Sql:
    """A piece of SQL and the parameters of its placeholders, in order."""

    text: str
    parameters: tuple[Parameter, ...] = ()

    def __add__(self, other: "Sql | str") -> "Sql":
        other = Sql(other) if isinstance(other, str) else other
        return Sql(self.text + other.text, self.parameters + other.parameters)


def join(separator: str, pieces: Sequence[Sql]) -> Sql:
    """The pieces with `separator` between them."""
    return Sql(separator.join(p.text for p in pieces), tuple(x for p in pieces for x in p.parameters))
