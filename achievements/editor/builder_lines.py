"""Draws the builder for people: beside each field what it says, means and lacks."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from achievements.conditions.parsing import ConditionError
from achievements.conditions.reach import out_of_reach, within_reach
from achievements.definitions.doubts import doubts
from achievements.definitions.naming import Named, named_ids, written_ids
from achievements.definitions.sentences import ANY, AROUND, FRAME, FRAME_WORDS, sentence
from achievements.editor.building import (
    ID_FIELDS,
    KINDS_OF,
    Builder,
    RowForm,
    Side,
    said,
    split_ids,
)
from achievements.editor.widgets import ACHIEVEMENTS, KIND_WORDS, POINTS
from listing.chosen import is_id
from listing.naming import LONGEST_NAME, MOST_SUGGESTED
from operation.searching import searched
from organizations.models import Organization

_CHOOSE = {
    "lab_ids": gettext_lazy("Choose Lab"),
    "course_ids": gettext_lazy("Choose Course"),
    "tag_ids": gettext_lazy("Choose Tag"),
    "achievement_ids": gettext_lazy("Choose Achievement"),
}
_PLACE = re.compile(r"%\((\w+)\)s")
# The words of the frame that only some kinds have, and what means nothing where one is counted.
_KINDS_OF_WORDS = {"earn": f"{POINTS} {ACHIEVEMENTS}", "each": ACHIEVEMENTS}
_OF_SEVERAL = {"distinct", "single_day"}


@dataclass(frozen=True)
class Found:
    """Something that has the words in its name, to be picked; `beside` tells it from others of the name."""

    id: int
    name: str
    beside: str


@dataclass
class BuilderField:
    """One field of a row; `kinds` are those of which it is part. `choose` opens the dialog with what its ids may be.

    `ids` are those that stand there, and `nonsense` is what does too, and is none. `sought` are the words that somebody
    looks for, and `found` what has them in its name. `has_focus`: an id of it was just picked or dropped.
    """

    bound: forms.BoundField
    kinds: str
    errors: list[str] = field(default_factory=list)
    ids: list[Named] = field(default_factory=list)
    nonsense: list[str] = field(default_factory=list)
    choose: str = ""
    sought: str = ""
    found: list[Found] = field(default_factory=list)
    has_focus: bool = False

    @property
    def is_ids(self) -> bool:
        """Whether it takes ids."""
        return self.bound.name in ID_FIELDS

    @property
    def choose_label(self) -> str:
        """The words of the link to the dialog."""
        return str(_CHOOSE[self.bound.name])

    @property
    def any_words(self) -> str:
        """What no id at all means; nothing where ids are needed."""
        return str(ANY.get(self.bound.name, ""))

    @property
    def is_more_found(self) -> bool:
        """Whether more have the words than are shown."""
        return len(self.found) > MOST_SUGGESTED


@dataclass(frozen=True)
class Piece:
    """A word of the sentence of a row, or a field in it with words around; `kinds` are those that have it."""

    before: str
    bound: forms.BoundField | None = None
    after: str = ""
    kinds: str = ""
    is_of_several: bool = False


@dataclass(frozen=True)
class Fault:
    """An error, and the place on the page that it is about."""

    place: str
    label: str
    message: str


@dataclass
class BuilderLine:
    """One row; `sentence` is what it asks for, or nothing where it is not understood yet.

    `is_fresh`: it was just added, and nobody has had time to write what it lacks.
    """

    number: int
    kind: forms.BoundField
    parts: list[BuilderField]
    pieces: list[Piece]
    is_of_one: bool = False
    is_fresh: bool = False
    sentence: str = ""
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_wrong(self) -> bool:
        """Whether an error is said of it."""
        return bool(self.errors) or any(part.errors for part in self.parts)


@dataclass
class Excerpt:
    """The line of the text that an error is in, cut where it begins."""

    before: str
    after: str


@dataclass
class AnnotatedBuilder:
    """The builder with all that is said of it."""

    builder: Builder
    lines: list[BuilderLine]
    organization: Organization | None = None
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    excerpt: Excerpt | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def addable(self) -> list[tuple[str, str]]:
        """What a condition more may count, with its words."""
        return [] if self.builder.is_full else [(kind, str(words[1])) for kind, words in KIND_WORDS.items()]

    @property
    def opens_text(self) -> bool:
        """Whether the text has to be looked at: it is not understood, or says something else than the rows."""
        return self.builder.is_torn or (self.builder.side is Side.TEXT and self.builder.error is not None)

    def untold(self, errors: Iterable[object]) -> list[str]:
        """Those of a form's errors that are said at no place of the builder."""
        return [error for error in map(str, errors) if not any(error.endswith(fault.message) for fault in self.faults)]

    @property
    def sentences(self) -> list[str]:
        """The whole, condition by condition; nothing while one of them is not understood."""
        said = [line.sentence for line in self.lines]
        return said if all(said) else []


def drawn(
    builder: Builder,
    organization: Organization | None,
    *,
    achievement_id: int | None = None,
    act: str = "",
    is_refused: bool = False,
) -> AnnotatedBuilder:
    """The builder as the organization's conditions; without one, ids are neither checked nor to be chosen.

    `act` is the button that was pressed: a field whose ids it changed has the focus, or the number of a row that it
    added. Where a form is refused, words of a name that nothing was chosen for are an error; while somebody writes them
    they are none yet.
    """
    lines = [_line(number, row, organization, act) for number, row in enumerate(builder.rows)]
    is_fresh = bool(lines) and act.startswith("add") and not builder.rows[-1].is_bound
    if is_fresh:
        lines[-1].is_fresh = True
        _focus_number(builder.rows[-1])
    shown = AnnotatedBuilder(builder, lines, organization)
    _name_ids(shown)
    if builder.error:
        _blame(shown, builder.error)
        shown.excerpt = _excerpt(builder)
    if builder.parsed:
        _explain(shown, achievement_id)
        if organization:
            for error in out_of_reach(builder.parsed, organization, achievement_id=achievement_id):
                _blame(shown, error)
    if is_refused:
        _blame_what_is_sought(shown)
    if not is_fresh:
        shown.warnings += builder.notes
    return shown


def _focus_number(row: RowForm) -> None:
    name = "points" if row.chosen_kind == POINTS else "count"
    row.fields[name].widget.attrs["autofocus"] = True


def _line(number: int, row: RowForm, organization: Organization | None, act: str) -> BuilderLine:
    parts = [BuilderField(row[name], " ".join(kinds)) for name, kinds in KINDS_OF.items()]
    for part in parts:
        if part.is_ids and organization:
            part.choose = reverse("achievements:choose", args=[organization.pk, number, part.bound.name])
            part.sought = row.sought(part.bound.name)
            part.found = _found(part, row, organization)
            part.has_focus = act.startswith((f"pick-{number}-{part.bound.name}-", f"drop-{number}-{part.bound.name}-"))
    return BuilderLine(number, row["kind"], parts, list(_pieces(row)), row.is_of_one)


def _pieces(row: RowForm) -> Iterator[Piece]:
    """The sentence in the reader's order of words; a field that a translation forgot comes last."""
    names = _PLACE.findall(str(FRAME))
    sentence_fields = [name for name in KINDS_OF if name not in ID_FIELDS]
    for name in [*names, *(name for name in ["kind", *sentence_fields] if name not in names)]:
        if name in FRAME_WORDS:
            yield Piece(str(FRAME_WORDS[name]), kinds=_KINDS_OF_WORDS[name])
            continue
        before, _here, after = str(AROUND.get(name, "%(field)s")).partition("%(field)s")
        yield Piece(before, row[name], after, " ".join(KINDS_OF.get(name, [])), name in _OF_SEVERAL)


def _found(part: BuilderField, row: RowForm, organization: Organization) -> list[Found]:
    """What the field's words find: one more than are shown, where there are more."""
    if not part.sought or len(part.sought) > LONGEST_NAME or "\0" in part.sought:
        return []
    field_name = ID_FIELDS[part.bound.name]
    has_number = part.bound.name in {"lab_ids", "course_ids"}
    there = [int(one) for one in split_ids(row.said(part.bound.name)) if is_id(one)]
    rows = (
        within_reach(field_name, organization)
        .exclude(pk__in=there)
        .select_related("organization")
        .order_by("name", "pk")
    )
    found = searched(rows, ("name", "number") if has_number else ("name",), part.sought)[: MOST_SUGGESTED + 1]
    return [Found(one.pk, str(one), _beside(one, has_number=has_number)) for one in found]


def _beside(row: Any, *, has_number: bool) -> str:
    number = row.number if has_number else ""
    return f"{number} · {row.organization}" if number else str(row.organization)


def _name_ids(shown: AnnotatedBuilder) -> None:
    """Each field's ids with their names, whether or not the rest of the row is understood."""
    fields = [part for line in shown.lines for part in line.parts if part.is_ids]
    written = [split_ids(said(part.bound)) for part in fields]
    conditions = [
        {ID_FIELDS[part.bound.name]: [int(one) for one in ids if is_id(one)]}
        for part, ids in zip(fields, written, strict=True)
    ]
    names = written_ids(conditions, shown.organization)
    for part, ids, named in zip(fields, written, names, strict=True):
        part.ids, part.nonsense = named, [one for one in ids if not is_id(one)]


def _explain(shown: AnnotatedBuilder, achievement_id: int | None) -> None:
    parsed, organization = shown.builder.parsed, shown.organization
    assert parsed is not None
    names = named_ids(parsed.conditions, organization)
    doubtfuls = doubts(parsed.conditions, organization, achievement_id=achievement_id)
    for line, term, ids, doubtful in zip(shown.lines, parsed.conditions, names, doubtfuls, strict=True):
        line.sentence = sentence(term, ids)
        line.warnings += doubtful
    for warning in parsed.warnings:
        place = shown.builder.place(warning.line, warning.column)
        (shown.warnings if place.row is None else shown.lines[place.row].warnings).append(warning.message)


def _blame(shown: AnnotatedBuilder, error: ConditionError) -> None:
    """Say an error at the field it is about, or at the row, or, with line and column, at the text."""
    place = shown.builder.place(error.line, error.column)
    if place.row is None:
        shown.errors.append(str(error))
        shown.faults.append(Fault("id_conditions", str(_("Conditions as JSON")), str(error)))
        return
    line = shown.lines[place.row]
    if line.is_fresh:
        return
    _blame_line(shown, line, next((part for part in line.parts if part.bound.name == place.field), None), error.message)


def _blame_line(shown: AnnotatedBuilder, line: BuilderLine, part: BuilderField | None, message: str) -> None:
    (line.errors if part is None else part.errors).append(message)
    label = _("Condition %(number)s") % {"number": line.number + 1}
    if part is not None:
        label = f"{label}, {part.bound.label}"
    shown.faults.append(Fault((part.bound if part else line.kind).auto_id, label, message))


def _blame_what_is_sought(shown: AnnotatedBuilder) -> None:
    """Words that nothing was chosen for: saved without it, the condition would say more than its writer meant."""
    for line, row in zip(shown.lines, shown.builder.rows, strict=True):
        for part in line.parts:
            if part.sought and row.chosen_kind in part.kinds.split():
                _blame_line(shown, line, part, _("Choose one of what is found, or empty the field."))


def _excerpt(builder: Builder) -> Excerpt | None:
    assert builder.error
    lines = builder.text.split("\n")
    if not lines or builder.error.line > len(lines):
        return None
    line, at = lines[builder.error.line - 1], builder.error.column - 1
    return Excerpt(line[max(0, at - 60) : at], line[at : at + 60])
