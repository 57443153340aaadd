"""`manage.py import_training FILE…`: training data from CSV files. docs/import.md describes them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, override

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classes.importing.kinds import KINDS
from classes.importing.merging import Counts
from classes.importing.problems import ImportRefused
from classes.importing.running import ImportedFile, import_files

WIDTH = 30


class Command(BaseCommand):
    help = (
        "Import organizations, users, labs, courses, classes, enrollments and attempts from CSV files, all or nothing."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="CSV in UTF-8, gzipped or not")
        parser.add_argument(
            "--kind", choices=[kind.name for kind in KINDS], help="what the files hold, where their names do not say it"
        )
        parser.add_argument("--dry-run", action="store_true", help="do everything, print the summary, keep nothing")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        files: list[Path] = options["files"]
        try:
            imported = import_files(
                files,
                at=timezone.now(),
                kind=next((kind for kind in KINDS if kind.name == options["kind"]), None),
                dry_run=options["dry_run"],
                progress=self._bar,
            )
        except ImportRefused as refused:
            raise CommandError(_refusal(refused)) from refused
        finally:
            self._clear()
        for line in _summary(imported, dry_run=options["dry_run"]):
            self.stdout.write(line)

    def _bar(self, file: Path, done: int) -> None:
        """A bar on a terminal; nothing in a log."""
        if self.stderr.isatty():
            share = min(1.0, done / max(1, file.stat().st_size))
            filled = "█" * round(share * WIDTH)
            doing = _("reading") if share < 1 else _("writing")
            self._draw(f"{file.name} {filled:░<{WIDTH}} {share:4.0%} {doing}")

    def _clear(self) -> None:
        if self.stderr.isatty():
            self._draw("")

    def _draw(self, line: str) -> None:
        """In place of the line before, and not in the red of errors."""
        self.stderr.write(f"\r\033[K{line}", style_func=str, ending="")
        self.stderr.flush()


def _refusal(refused: ImportRefused) -> str:
    lines = [str(problem) for problem in refused.problems]
    if refused.is_cut:
        lines.append(_("These are the first %(count)s problems.") % {"count": localize(len(lines))})
    lines.append(_("Nothing was imported."))
    return "\n".join(lines)


def _summary(imported: list[ImportedFile], *, dry_run: bool) -> list[str]:
    lines = [
        _("%(file)s: %(kind)s, %(created)s created, %(changed)s changed, %(unchanged)s unchanged")
        % {
            "file": each.file.name,
            "kind": each.kind.name,
            "created": each.counts.created,
            "changed": each.counts.changed,
            "unchanged": each.counts.unchanged,
        }
        for each in imported
    ]
    total = sum((each.counts for each in imported), Counts())
    written = total.created + total.changed
    if not written:
        lines.append(_("Nothing to do: every row is there already."))
    elif dry_run:
        lines.append(_("Dry run: nothing was kept."))
    else:
        message = ngettext("%(count)s row written.", "%(count)s rows written.", written)
        lines.append(message % {"count": localize(written)})
    return lines
