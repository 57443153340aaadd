"""Turns a file into rows of checked values, and says what is wrong with the others."""

import csv
import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from io import TextIOWrapper
from pathlib import Path

from django.utils.translation import gettext as _

from classes.importing.cells import Reader, WrongCell
from classes.importing.kinds import KINDS
from classes.importing.lines import NotCsv, cannot_be_read, lines_of, opened_text
from classes.importing.problems import FileProblem, ProblemsFound, shown
from classes.importing.shapes import FileColumn, Kind, Row

type Progress = Callable[[int], None]
# A column, how its cells are read, and which cell of a record is its own; None where the file does not have it.
type Place = tuple[FileColumn, Reader, int | None]

_DELIMITERS = ",;\t"
# Blanks before a quoted cell are no part of it: people write a blank after a comma.
_dialect = partial(csv.reader, strict=True, skipinitialspace=True)
# What Excel reads and writes above the header, to say what separates the cells.
_SEPARATED_BY = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """An open file whose header has been read: its kind, and its rows with the line on which each begins."""

    kind: Kind
    given: frozenset[str]
    rows: Iterator[tuple[int, Row]]


@dataclass(frozen=True)
class Header:
    """The headings in small letters, an empty one for a column without a name; and the line they stand on."""

    headings: list[str]
    delimiter: str
    line: int

    @cached_property
    def named(self) -> list[str]:
        """The headings that are there."""
        return [heading for heading in self.headings if heading]

    @cached_property
    def width(self) -> int:
        """How many cells a record has at least."""
        return max(place for place, heading in enumerate(self.headings, start=1) if heading)


class _Problems:
    """Finds problems in one file."""

    def __init__(self, file: str, found: ProblemsFound) -> None:
        self._file, self._found = file, found

    def __call__(self, message: str, line: int | None = None, column: str | None = None) -> None:
        self._found.add(FileProblem(file=self._file, line=line, column=column, message=message))


@contextmanager
def opened(path: Path, *, kind: Kind | None, found: ProblemsFound, progress: Progress) -> Iterator[Table | None]:
    """The file as a Table, or None with a problem found. Problems of rows are found while `rows` is read.

    `kind` None means: told by the file's name, else by its header. `progress` hears the bytes read so far.
    """
    problem = _Problems(path.name, found)
    with ExitStack() as stack:
        try:
            text, position = stack.enter_context(opened_text(path))
        except OSError as error:
            problem(cannot_be_read(error))
            yield None
            return
        yield _table(path.name, text, kind, problem, lambda: progress(position()))


def _table(
    name: str, text: TextIOWrapper, kind: Kind | None, problem: _Problems, step: Callable[[], None]
) -> Table | None:
    lines = lines_of(text, step)
    try:
        header = _header(lines)
    except (NotCsv, csv.Error) as error:
        problem(_reason(error), 1)
        return None
    kind = kind or _kind_of(name, header.named)
    if kind is None:
        names = ", ".join(each.name for each in KINDS)
        message = _("its kind is not known. Name the file after one of %(names)s, or say --kind.")
        problem(message % {"names": names}, header.line)
        return None
    wrong = list(_wrong_header(kind, header.named))
    for column, message in wrong:
        problem(message, header.line, column)
    if wrong:
        return None
    return Table(kind, frozenset(header.named), _rows(kind, header, lines, problem))


def _header(lines: Iterator[str]) -> Header:
    """The first line, or the second where the first says what separates the cells."""
    first, line = next(lines, ""), 1
    delimiter = None
    if said := _SEPARATED_BY.fullmatch(first):
        delimiter, first, line = said[1], next(lines, ""), 2
        if delimiter not in _DELIMITERS:
            message = _("it separates cells by “%(delimiter)s”; use commas, semicolons or tabs.")
            raise NotCsv(message % {"delimiter": shown(delimiter)})
    delimiter = delimiter or max(_DELIMITERS, key=first.count)
    headings = [cell.strip().lower() for cell in next(_dialect([first], delimiter=delimiter), [])]
    if not any(headings):
        raise NotCsv(_("its first line is empty; it must name the columns."))
    return Header(headings, delimiter, line)


def _kind_of(name: str, headings: Sequence[str]) -> Kind | None:
    """By a word of the name (`users.csv`, `2026_users-part2.csv.gz`); where it has none or several, by the header.

    Of several kinds that the header fits, one that the name has is meant.
    """
    words = re.split(r"[^a-z]+", name.lower())
    named = [kind for kind in KINDS if kind.name in words]
    if len(named) == 1:
        return named[0]
    fitting = [kind for kind in KINDS if kind.required <= set(headings) <= set(kind.headings)]
    kinds = [kind for kind in fitting if kind in named] or fitting
    return kinds[0] if len(kinds) == 1 else None


def _wrong_header(kind: Kind, headings: Sequence[str]) -> Iterator[tuple[str, str]]:
    for heading in sorted(kind.required - set(headings)):
        yield heading, _("a file of %(kind)s needs this column.") % {"kind": kind.name}
    for heading in dict.fromkeys(headings):
        if heading not in kind.headings:
            near = difflib.get_close_matches(heading, kind.headings, n=1)
            hint = near[0] if near else ", ".join(kind.headings)
            message = _("a file of %(kind)s has no such column; did you mean %(hint)s?")
            yield shown(heading), message % {"kind": kind.name, "hint": hint}
        elif headings.count(heading) > 1:
            yield heading, _("the column is there twice.")


def _rows(kind: Kind, header: Header, lines: Iterator[str], problem: _Problems) -> Iterator[tuple[int, Row]]:
    """The rows without problems; the others are reported. A row of empty cells is none."""
    places = _places(kind, header)
    for line, record in _records(header, lines, problem):
        if message := _misshapen(header, record):
            problem(message, line)
            continue
        row, wrong = _row(places, record)
        for column, message in wrong:
            problem(message, line, column)
        if not wrong:
            yield line, row


def _records(header: Header, lines: Iterator[str], problem: _Problems) -> Iterator[tuple[int, list[str]]]:
    """The records that hold anything, each with the line on which it begins, until one cannot be read."""
    reader = _dialect(lines, delimiter=header.delimiter)
    line = header.line + 1
    while True:
        try:
            record = next(reader, None)
        except (NotCsv, csv.Error) as error:
            problem(_reason(error), line)
            return
        if record is None:
            return
        if any(map(str.strip, record)):
            yield line, record
        line = reader.line_num + header.line + 1


def _places(kind: Kind, header: Header) -> list[Place]:
    at = {heading: place for place, heading in enumerate(header.headings)}
    return [(column, column.read, at.get(column.name)) for column in kind.columns]


def _misshapen(header: Header, record: list[str]) -> str:
    """Why the cells cannot be told apart, or nothing. Cells without a heading are none, as long as they are empty."""
    headings, cells = header.headings, len(record)
    if cells == len(headings) == len(header.named):
        return ""
    if cells < header.width or any(map(str.strip, record[len(headings) :])):
        message = _(
            "it has %(cells)s cells, and the header %(headings)s; put cells that hold a %(delimiter)s in quotes."
        )
        return message % {"cells": cells, "headings": header.width, "delimiter": repr(header.delimiter)}
    for place, (heading, cell) in enumerate(zip(headings, record, strict=False), start=1):
        if cell.strip() and not heading:
            message = _("“%(value)s” stands in column %(place)s, which has no name; name the column or empty the cell.")
            return message % {"value": shown(cell), "place": place}
    return ""


def _row(places: list[Place], record: list[str]) -> tuple[Row, list[tuple[str, str]]]:
    """The values of one record in the order of the kind's columns, and what is wrong with which."""
    values: list[object] = []
    wrong = []
    for column, read, place in places:
        try:
            if place is not None and (cell := record[place].strip()):
                values.append(read(cell))
            elif column.is_required:
                wrong.append((column.name, _("it is empty.")))
            else:
                values.append(column.default)
        except WrongCell as error:
            wrong.append((column.name, str(error)))
    return tuple(values), wrong


def _reason(error: Exception) -> str:
    """A sentence for what the csv module says in words for programmers."""
    if isinstance(error, NotCsv):
        return str(error)
    if "field larger" in str(error) or "unexpected end" in str(error):
        return _("a cell is far too long, or a quote opens it and never closes; double the quotes inside a cell.")
    return _("a cell goes on after the quote that closes it; put the whole cell in quotes, and double those inside.")
