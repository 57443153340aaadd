"""The words in which a kind of file is described: columns, references, checks, links.

SQL in them sees the rows of a file as `s`, the rows they are kept in as `t`, and what they refer to as `r`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db import models
from django.utils.functional import Promise

from classes.importing import cells

type Row = tuple[object, ...]


def table(model: type[models.Model]) -> str:
    """The name of the model's table."""
    return model._meta.db_table


@dataclass(frozen=True, kw_only=True)
class FileColumn:
    """A heading of a file. An empty cell means `default`; a file without the column leaves `target` as it is.

    `kept` is SQL for what a row that is kept already then has in it, where that is not simply its `target`.
    """

    name: str
    read: cells.Reader
    type: str = "text"
    default: object = ""
    is_required: bool = False
    target: str | None = None
    kept: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What `column` names: the row of `among` where `match` holds. Its id goes `into` the row, and into `target`.

    `heading` is the heading to blame where `column` is derived from another. `make` adds the rows of `among` that are
    missing; without it, a word that names none is a problem.
    """

    column: str
    into: str
    among: str
    match: str
    message: str | Promise = ""
    target: str | None = None
    heading: str | None = None
    make: str | None = None


@dataclass(frozen=True, kw_only=True)
class RowCheck:
    """A row for which `wrong` is true cannot be taken."""

    column: str
    wrong: str
    message: str | Promise


@dataclass(frozen=True, kw_only=True)
class LinkColumn:
    """A column of several words, each of which links the row to a row of `among`. Links are added, never taken away.

    `make` adds the rows of `among` that are missing; without it, a word that is not there is a problem.
    """

    column: str
    through: type[models.Model]
    owner: str
    other: str
    among: str
    match: str
    message: str | Promise = ""
    make: str | None = None


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What `sets` holds is written where one of the fields `of` changes in a row that is there already."""

    of: tuple[str, ...]
    sets: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of file. `key` holds the columns that tell its rows apart, `match` finds the row that is kept already.

    `derived` columns are computed from a row's cells; `also` are fields of `model` beside the targets of columns and
    references; `first` are those that only a new row is given; `traces` keep what is known of the last change of others.
    Rows of a lower `level` are written before the others.
    """

    name: str
    model: type[models.Model]
    columns: tuple[FileColumn, ...]
    key: tuple[str, ...]
    match: str
    references: tuple[Reference, ...] = ()
    checks: tuple[RowCheck, ...] = ()
    links: tuple[LinkColumn, ...] = ()
    derived: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    first: Mapping[str, str] = field(default_factory=dict)
    traces: tuple[Trace, ...] = ()
    level: Callable[[Row], int] | None = None

    @property
    def headings(self) -> list[str]:
        """In the order in which a row holds its values."""
        return [column.name for column in self.columns]

    @property
    def required(self) -> set[str]:
        """The headings that every file of this kind has."""
        return {column.name for column in self.columns if column.is_required}

    @property
    def fields(self) -> dict[str, str]:
        """The columns of the model's table, and what goes into each."""
        columns = {column.target: f"s.{column.name}" for column in self.columns if column.target}
        references = {reference.target: f"s.{reference.into}" for reference in self.references if reference.target}
        return {**columns, **references, **self.also}
