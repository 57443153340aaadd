"""One run of the import: any number of files, one transaction, all or nothing."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils.translation import gettext as _

from classes.importing.kinds import KINDS
from classes.importing.merging import Counts, merge
from classes.importing.problems import FileProblem, ImportRefused, ProblemsFound
from classes.importing.reading import Table, opened
from classes.importing.shapes import Kind, Row, table
from classes.importing.staging import load, resolve
from classes.models import Enrollment
from courses.models import TrainingRecord
from operation.retrying import REPEATABLE

# Any number, the same in every session: two imports at a time would wait for each other's rows.
_LOCK = 0x1A_0001

# From so many new rows on, what PostgreSQL knows of a table is out of date.
MANY = 1_000

type Progress = Callable[[Path, int], None]


@dataclass(frozen=True)
class ImportedFile:
    """What became of one file."""

    file: Path
    kind: Kind
    counts: Counts


def import_files(
    files: Sequence[Path], *, at: datetime, kind: Kind | None = None, dry_run: bool = False, progress: Progress
) -> list[ImportedFile]:
    """Import all files or none, in the order in which their kinds need each other; raises Refused.

    A dry run does everything, and takes it back. `progress` hears of each file the bytes read so far.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            _be_alone(cursor)
            imported = _import_in_order(cursor, files, kind, at, progress)
            connection.check_constraints()  # before a dry run takes it back unproved
            transaction.set_rollback(dry_run)
    except IntegrityError as error:
        raise ImportRefused([_collision(error)]) from error
    except OperationalError as error:
        if not isinstance(error.__cause__, REPEATABLE):
            raise
        raise ImportRefused([_conflict()]) from error
    return imported


def _be_alone(cursor: CursorWrapper) -> None:
    cursor.execute("SET LOCAL statement_timeout = 0")
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
    if not cursor.fetchone()[0]:
        raise ImportRefused(
            [FileProblem(file=_("import"), message=_("another import is running; try again when it is done."))]
        )


def _collision(error: IntegrityError) -> FileProblem:
    """The rows were checked; somebody else has written since, or two rows of the files swap what only one may have."""
    message = _("the database refused it: %(reason)s. Somebody may have changed the same rows meanwhile; try again.")
    return FileProblem(file=_("import"), message=message % {"reason": str(error).splitlines()[0]})


def _conflict() -> FileProblem:
    """Not tried again here: files are read as they come, some from a pipe, and whoever runs it may rather wait."""
    message = _("somebody was saving the same rows at the same time, and went first; try again.")
    return FileProblem(file=_("import"), message=message)


def _import_in_order(
    cursor: CursorWrapper, files: Sequence[Path], kind: Kind | None, at: datetime, progress: Progress
) -> list[ImportedFile]:
    found = ProblemsFound()
    ordered = sorted(_kinds(files, kind, found), key=lambda each: KINDS.index(each[1]))
    imported = []
    for path, its_kind in ordered:
        with opened(path, kind=its_kind, found=found, progress=partial(progress, path)) as source:
            if source is not None:
                imported.append(ImportedFile(path, its_kind, _import(cursor, source, path.name, at, found)))
    found.refuse_if_any()
    _analyze(cursor, imported)
    return imported


def _analyze(cursor: CursorWrapper, imported: Sequence[ImportedFile]) -> None:
    """The sweep comes at once and plans by what is known of the tables; autovacuum would look at them a minute later."""
    models = {each.kind.model for each in imported if each.counts.created >= MANY}
    if Enrollment in models:
        models.add(TrainingRecord)
    for model in sorted(models, key=str):
        cursor.execute(f"ANALYZE {table(model)}")


def _kinds(files: Sequence[Path], kind: Kind | None, found: ProblemsFound) -> Iterator[tuple[Path, Kind]]:
    for path in files:
        with opened(path, kind=kind, found=found, progress=lambda _done: None) as source:
            if source is not None:
                yield path, source.kind


def _import(cursor: CursorWrapper, source: Table, file: str, at: datetime, found: ProblemsFound) -> Counts:
    """Once anything is wrong, files are only read: what they refer to may be missing for that reason alone."""
    counts = Counts()
    for rows in _by_level(source):
        load(cursor, source.kind, rows)
        if not found.problems:
            resolve(cursor, source.kind, file=file, given=source.given, found=found)
        if not found.problems:
            counts += merge(cursor, source.kind, at=at)
    return counts


def _by_level(source: Table) -> Iterator[Iterator[tuple[int, Row]]]:
    """All rows at once, or, where rows of a file refer to one another, those above before those below."""
    level = source.kind.level
    if level is None:
        yield source.rows
        return
    rows = sorted(source.rows, key=lambda row: level(row[1]))
    for _level, group in groupby(rows, key=lambda row: level(row[1])):
        yield group
