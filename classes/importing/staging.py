"""The rows of one file in a temporary table: what they refer to is found there, and what is wrong with them is said."""

from collections.abc import Iterable, Iterator

from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from classes.importing.problems import MOST, FileProblem, ProblemsFound, shown
from classes.importing.shapes import Kind, Reference, Row, table


def load(cursor: CursorWrapper, kind: Kind, rows: Iterable[tuple[int, Row]]) -> None:
    """COPY the rows into a fresh table `loaded`."""
    columns = ["line bigint", *(f'"{column.name}" {column.type}' for column in kind.columns)]
    columns += [f"{name} text GENERATED ALWAYS AS ({made}) STORED" for name, made in kind.derived.items()]
    headings = ", ".join(f'"{heading}"' for heading in kind.headings)
    cursor.execute("DROP TABLE IF EXISTS pg_temp.loaded, pg_temp.referring, pg_temp.staged")
    cursor.execute(f"CREATE TEMPORARY TABLE loaded ({', '.join(columns)}) ON COMMIT DROP")
    # Binary: the server has no moments to read, and the client none to write.
    with cursor.copy(f"COPY pg_temp.loaded (line, {headings}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["bigint", *(column.type for column in kind.columns)])
        for line, row in rows:
            copy.write_row((line, *row))
    cursor.execute("ANALYZE pg_temp.loaded")  # autovacuum never sees a temporary table


def resolve(cursor: CursorWrapper, kind: Kind, *, file: str, given: frozenset[str], found: ProblemsFound) -> None:
    """Make `staged` of `loaded`: with the ids that the rows refer to, their own, and what is to become of them.

    The rows that are kept already are locked first: what is staged of them stays true until the end. Columns that the file does not have come from the kept row, so that a check sees a row as it will be. Reports what
    cannot be taken.
    """
    _refer(cursor, kind)
    _lock(cursor, kind)
    _stage(cursor, kind, given)
    for problems in (_unresolved, _repeated, _failed):
        for problem in problems(cursor, kind, file):
            found.add(problem)


def _refer(cursor: CursorWrapper, kind: Kind) -> None:
    """One pass: each reference is a join around the ones before it, so that it may use what they found."""
    rows = "SELECT * FROM pg_temp.loaded"
    for reference in kind.references:
        rows = (
            f"SELECT s.*, r.id AS {reference.into} FROM ({rows}) s LEFT JOIN {reference.among} r ON {reference.match}"  # noqa: S608
        )
    cursor.execute(f"CREATE TEMPORARY TABLE referring ON COMMIT DROP AS {rows}")
    for reference in kind.references:
        if reference.make:
            cursor.execute(reference.make)
            _find_made(cursor, reference)
    cursor.execute("ANALYZE pg_temp.referring")


def _find_made(cursor: CursorWrapper, reference: Reference) -> None:
    cursor.execute(
        f"UPDATE pg_temp.referring s SET {reference.into} = r.id FROM {reference.among} r "  # noqa: S608 - our own names
        f"WHERE s.{reference.into} IS NULL AND {reference.match}"
    )


def _lock(cursor: CursorWrapper, kind: Kind) -> None:
    """In the order in which the roster locks its lines too; an UPDATE would lock them in the order of its join."""
    cursor.execute(
        f"SELECT count(*) FROM (SELECT FROM pg_temp.referring s JOIN {table(kind.model)} t ON {kind.match} "  # noqa: S608
        f"ORDER BY t.id FOR NO KEY UPDATE OF t) locked"
    )


def _stage(cursor: CursorWrapper, kind: Kind, given: frozenset[str]) -> None:
    columns = ["line", *kind.headings, *kind.derived, *(reference.into for reference in kind.references)]
    absent = _absent(kind, given)
    taken = (
        f'CASE WHEN t.id IS NULL THEN s."{column}" ELSE {absent[column]} END AS "{column}"'
        if column in absent
        else f's."{column}"'
        for column in columns
    )
    # A new row has its id before it is written, so that links and records can name it.
    cursor.execute(
        f"CREATE TEMPORARY TABLE staged ON COMMIT DROP AS SELECT {', '.join(taken)}, "  # noqa: S608 - our own names
        f"coalesce(t.id, nextval(pg_get_serial_sequence('{table(kind.model)}', 'id'))) AS id, "
        f"CASE WHEN t.id IS NULL THEN 'created' ELSE 'unchanged' END AS outcome "
        f"FROM pg_temp.referring s LEFT JOIN {table(kind.model)} t ON {kind.match}"
    )
    cursor.execute("ANALYZE pg_temp.staged")


def _absent(kind: Kind, given: frozenset[str]) -> dict[str, str]:
    """The columns of a staged row that the file does not give, and what they are in a row that is kept already."""
    columns = {
        each.name: each.kept or f"t.{each.target}" for each in kind.columns if each.target and each.name not in given
    }
    references = {
        each.into: f"t.{each.target}" for each in kind.references if each.target and _heading(each) not in given
    }
    links = {each.column: "'{}'" for each in kind.links if each.column not in given}
    return columns | references | links


def _heading(reference: Reference) -> str:
    return reference.heading or reference.column


def _unresolved(cursor: CursorWrapper, kind: Kind, file: str) -> Iterator[FileProblem]:
    for reference in kind.references:
        column = f's."{reference.column}"'
        rows = f"SELECT s.line, {column} FROM staged s WHERE {column} <> '' AND s.{reference.into} IS NULL"  # noqa: S608
        for line, value in _lines(cursor, rows):
            message = reference.message % {"value": shown(value)}
            yield FileProblem(file=file, line=line, column=_heading(reference), message=message)
    for link in kind.links:
        if link.make is None:
            known = f"SELECT FROM {link.among} r WHERE {link.match}"
            rows = (
                f"SELECT s.line, word FROM staged s CROSS JOIN unnest(s.{link.column}) word WHERE NOT EXISTS ({known})"  # noqa: S608
            )
            for line, value in _lines(cursor, rows):
                yield FileProblem(
                    file=file, line=line, column=link.column, message=link.message % {"value": shown(value)}
                )


def _repeated(cursor: CursorWrapper, kind: Kind, file: str) -> Iterator[FileProblem]:
    key = ", ".join(kind.key)
    told = " AND ".join(f"{column} IS NOT NULL" for column in kind.key)
    numbered = f"SELECT line, min(line) OVER (PARTITION BY {key}) AS first FROM staged WHERE {told}"  # noqa: S608
    message = _("line %(first)s is about the same row; keep one of the two.")
    for line, first in _lines(cursor, f"SELECT line, first FROM ({numbered}) numbered WHERE line <> first"):  # noqa: S608
        yield FileProblem(file=file, line=line, message=message % {"first": first})


def _failed(cursor: CursorWrapper, kind: Kind, file: str) -> Iterator[FileProblem]:
    for check in kind.checks:
        rows = f"SELECT s.line, coalesce(s.{check.column}::text, '') FROM staged s WHERE {check.wrong}"  # noqa: S608
        for line, value in _lines(cursor, rows):
            yield FileProblem(
                file=file, line=line, column=check.column, message=check.message % {"value": shown(value)}
            )


def _lines(cursor: CursorWrapper, select: str) -> list[tuple[int, str]]:
    cursor.execute(f"{select} ORDER BY line LIMIT {MOST}")
    return list(cursor.fetchall())
