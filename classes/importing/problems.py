"""What is wrong with a file, said so that the person who made it can put it right."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

# A file of the wrong kind has a problem on every line; this many are enough to see why.
MOST = 100


@dataclass(frozen=True, kw_only=True)
class FileProblem:
    """One thing to put right; `line` is the first line of the record, None where the whole file is meant."""

    file: str
    message: str
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = self.file
        if self.line is not None:
            place = _("%(file)s, line %(line)s") % {"file": self.file, "line": self.line}
        if self.column is not None:
            place = _("%(place)s, column %(column)s") % {"place": place, "column": self.column}
        return f"{place}: {self.message}"


class ImportRefused(Exception):  # noqa: N818 - it is an answer, not an error of ours
    """Nothing was imported. `problems` holds at most MOST; `is_cut` tells that there are more."""

    def __init__(self, problems: list[FileProblem], *, is_cut: bool = False) -> None:
        super().__init__(*problems)
        self.problems = problems
        self.is_cut = is_cut


class ProblemsFound:
    """Collects problems, and stops the reading when there are enough of them."""

    def __init__(self) -> None:
        self.problems: list[FileProblem] = []

    def add(self, problem: FileProblem) -> None:
        """Keep it; raises Refused when the limit is reached."""
        self.problems.append(problem)
        if len(self.problems) >= MOST:
            raise ImportRefused(self.problems, is_cut=True)

    def refuse_if_any(self) -> None:
        """Raises Refused with what was found."""
        if self.problems:
            raise ImportRefused(self.problems)


def shown(value: str) -> str:
    """A cell for a message: on one line, without control characters, at most 60 characters."""
    clean = "".join(character if character.isprintable() else "�" for character in value[:61])
    return clean if len(value) <= 60 else clean[:59] + "…"
