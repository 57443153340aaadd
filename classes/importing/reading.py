"""Turns a file into rows of checked values. It trusts nothing about the file, and never holds more than a line of it."""

import csv
import difflib
import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classes.importing.cells import Reader, WrongCell
from classes.importing.kinds import KINDS
from classes.importing.problems import Found, Problem, shown
from classes.importing.shapes import Column, Kind, Row

LONGEST_LINE = 1_000_000
# How many lines pass between two looks at the position in the file.
STEP = 2_000

type Progress = Callable[[int], None]
# A column, how its cells are read, and which cell of a record is its own; None where the file does not have it.
type Place = tuple[Column, Reader, int | None]

_GZIP = b"\x1f\x8b"
_FOREIGN = {
    b"PK\x03\x04": gettext_lazy("this is an Excel workbook or another zip file; save it as CSV (UTF-8)."),
    b"\xd0\xcf\x11\xe0": gettext_lazy("this is an old Excel workbook; save it as CSV (UTF-8)."),
    b"\xff\xfe": gettext_lazy("this is UTF-16 text; save it as CSV (UTF-8)."),
    b"\xfe\xff": gettext_lazy("this is UTF-16 text; save it as CSV (UTF-8)."),
    b"%PDF": gettext_lazy("this is a PDF; a CSV file is needed."),
}
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Table:
    """An open file whose header has been read: its kind, and its rows with the line on which each begins."""

    kind: Kind
    given: frozenset[str]
    rows: Iterator[tuple[int, Row]]


class _NotCsv(Exception):  # noqa: N818 - the file is wrong, not we
    """The rest of the file cannot be read; the message says why."""


@contextmanager
def opened(path: Path, *, kind: Kind | None, found: Found, progress: Progress) -> Iterator[Table | None]:
    """The file as a Table, or None with a problem found. Problems of rows are found while `rows` is read.

    `kind` None means: told by the file's name, else by its header. `progress` hears the bytes read so far.
    """
    try:
        if path.exists() and not path.is_file():
            raise OSError(_("not a file"))
        raw = path.open("rb")
        start = raw.peek(2)
    except OSError as error:
        found.add(Problem(file=path.name, message=_cannot_be_read(error)))
        yield None
        return
    # A gzip is known by its first bytes, whatever its name.
    with raw, gzip.open(raw) if start.startswith(_GZIP) else nullcontext(raw) as stream:
        yield _table(path, stream, kind, found, lambda: progress(raw.tell()))


def _table(
    path: Path, stream: gzip.GzipFile | BufferedReader, kind: Kind | None, found: Found, step: Callable[[], None]
) -> Table | None:
    def problem(message: str, line: int | None = None, column: str | None = None) -> None:
        found.add(Problem(file=path.name, line=line, column=column, message=message))

    lines = _lines(stream, step)
    try:
        header = next(lines, "")
        if not header.strip():
            raise _NotCsv(_("its first line is empty; it must name the columns."))
        delimiter = max(_DELIMITERS, key=header.count)
        headings = [cell.strip().lower() for cell in next(csv.reader([header], delimiter=delimiter, strict=True), [])]
    except (_NotCsv, csv.Error) as error:
        problem(_reason(error), 1)
        return None
    kind = kind or _kind_of(path.name, headings)
    if kind is None:
        names = ", ".join(each.name for each in KINDS)
        problem(_("its kind is not known. Name the file after one of %(names)s, or say --kind.") % {"names": names}, 1)
        return None
    wrong = list(_wrong_header(kind, headings))
    for column, message in wrong:
        problem(message, 1, column)
    if wrong:
        return None
    return Table(kind, frozenset(headings), _rows(kind, headings, lines, delimiter, problem))


def _kind_of(name: str, headings: Sequence[str]) -> Kind | None:
    """By a word of the name (`users.csv`, `2026_users-part2.csv.gz`), else by the only kind that the header fits."""
    words = re.split(r"[^a-z]+", name.lower())
    named = [kind for kind in KINDS if kind.name in words]
    fitting = [kind for kind in KINDS if kind.required <= set(headings) <= set(kind.headings)]
    kinds = named or fitting
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


def _rows(
    kind: Kind, headings: list[str], lines: Iterator[str], delimiter: str, problem: Callable[..., None]
) -> Iterator[tuple[int, Row]]:
    """The rows without problems; the others are reported."""
    places = [
        (column, column.read, headings.index(column.name) if column.name in headings else None)
        for column in kind.columns
    ]
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = 2
    while True:
        try:
            record = next(reader, None)
        except (_NotCsv, csv.Error) as error:
            problem(_reason(error), line)
            return
        if record is None:
            return
        if len(record) == len(headings):
            row, wrong = _row(places, record)
            for column, message in wrong:
                problem(message, line, column)
            if not wrong:
                yield line, row
        elif record:
            problem(
                _("it has %(cells)s cells, and the header %(headings)s; put cells that hold a %(delimiter)s in quotes.")
                % {"cells": len(record), "headings": len(headings), "delimiter": repr(delimiter)},
                line,
            )
        line = reader.line_num + 2


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


def _lines(stream: gzip.GzipFile | BufferedReader, step: Callable[[], None]) -> Iterator[str]:
    """The lines as text, each with its end; raises _NotCsv where the file stops being text of a bearable shape."""
    number = 0
    while True:
        try:
            line = stream.readline(LONGEST_LINE + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise _NotCsv(_("the gzip file is damaged or cut off; make it again.")) from error
        except OSError as error:
            raise _NotCsv(_cannot_be_read(error)) from error
        if not line:
            step()
            return
        if number == 0:
            line = _first(line)
        yield _decoded(line)
        number += 1
        if number % STEP == 0:
            step()


def _first(line: bytes) -> bytes:
    """Without a byte order mark; what is plainly no CSV gets its own sentence."""
    for start, message in _FOREIGN.items():
        if line.startswith(start):
            raise _NotCsv(str(message))
    return line.removeprefix(b"\xef\xbb\xbf")


def _decoded(line: bytes) -> str:
    if len(line) > LONGEST_LINE:
        raise _NotCsv(_("the line is longer than a million bytes; is this a CSV file?"))
    if b"\0" in line:
        raise _NotCsv(_("it holds a NUL byte; is this a CSV file?"))
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise _NotCsv(_("it is not UTF-8 text; save the file as CSV (UTF-8).")) from None


def _cannot_be_read(error: OSError) -> str:
    return _("it cannot be read: %(reason)s.") % {"reason": error.strerror or error}


def _reason(error: Exception) -> str:
    """A sentence for what the csv module says in its own words."""
    if isinstance(error, _NotCsv):
        return str(error)
    if "field larger" in str(error) or "unexpected end" in str(error):
        return _("a cell is far too long, or a quote opens it and never closes; double the quotes inside a cell.")
    return _("it is not CSV (%(reason)s); put a cell with quotes in quotes, and double those inside.") % {
        "reason": str(error)
    }
