"""Tells the history of an achievement: who changed what, the conditions as sentences before and after."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from achievements.definitions.editing import CONDITIONS, TOLD
from achievements.editor.fields import canonical_text
from achievements.models import Achievement, AchievementChange


@dataclass(frozen=True)
class FieldDifference:
    """A field that says something else."""

    name: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Sentence:
    """A condition: it came, it went, or it stayed."""

    words: str
    is_new: bool = False
    is_gone: bool = False

    @property
    def marked(self) -> str:
        """In a text without colours."""
        marks = {"new": _("New: %(words)s"), "gone": _("Gone: %(words)s"), "": _("As before: %(words)s")}
        return marks["new" if self.is_new else "gone" if self.is_gone else ""] % {"words": self.words}


@dataclass(frozen=True)
class HistoryLine:
    """One line of the history. A creation has no differences."""

    change: AchievementChange
    differences: list[FieldDifference] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)

    def __str__(self) -> str:
        """For an export."""
        if self.is_creation:
            return _("Created")
        said = [f"{one.label}: {one.before or '–'} → {one.after or '–'}" for one in self.differences]
        said += [one.marked for one in self.sentences]
        return "\n".join(said)

    @property
    def is_creation(self) -> bool:
        """Whether the achievement came into being with it."""
        return not self.change.changed

    @property
    def text(self) -> str:
        """The conditions of this version."""
        return canonical_text(self.change.conditions)

    @property
    def fields(self) -> list[str]:
        """What was changed."""
        return [*(one.name for one in self.differences), *([CONDITIONS] if self.sentences else [])]


def told(change: AchievementChange) -> HistoryLine:
    """One line, in words."""
    differences = [
        FieldDifference(name, label_of(name), *change.changed[name]) for name in TOLD if name in change.changed
    ]
    before, after = change.changed.get(CONDITIONS, ([], []))
    return HistoryLine(change, differences, _compared(before, after))


def changed_fields(changes: Iterable[AchievementChange]) -> set[str]:
    """Every field that any of the changes is about."""
    return {name for change in changes for name in change.changed}


def label_of(name: str) -> str:
    """A field as forms and histories call it."""
    return str(capfirst(str(Achievement._meta.get_field(name).verbose_name)))  # type: ignore[union-attr]


def _compared(before: list[str], after: list[str]) -> list[Sentence]:
    """The conditions of both versions in one list, in their order."""
    said: list[Sentence] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if tag == "equal":
            said += [Sentence(words) for words in before[i1:i2]]
        else:
            said += [Sentence(words, is_gone=True) for words in before[i1:i2]]
            said += [Sentence(words, is_new=True) for words in after[j1:j2]]
    return said
