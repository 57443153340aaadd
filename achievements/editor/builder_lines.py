"""Draws the builder for people: beside each field what it says, means and lacks."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from achievements.conditions.parsing import ConditionError
from achievements.conditions.reach import out_of_reach
from achievements.definitions.doubts import doubts
from achievements.definitions.naming import Named, named_ids
from achievements.definitions.sentences import sentence
from achievements.editor.building import ID_FIELDS, KINDS_OF, Builder, RowForm
from organizations.models import Organization

_CHOOSE = {
    "lab_ids": _("Choose Lab"),
    "course_ids": _("Choose Course"),
    "tag_ids": _("Choose Tag"),
    "achievement_ids": _("Choose Achievement"),
}


@dataclass
class BuilderField:
    """One field of a row; `kinds` are those of which it is part. `choose` opens the dialog with what its ids may be."""

    bound: forms.BoundField
    kinds: str
    errors: list[str] = field(default_factory=list)
    ids: list[Named] = field(default_factory=list)
    choose: str = ""

    @property
    def is_ids(self) -> bool:
        """Whether it takes ids."""
        return self.bound.name in ID_FIELDS

    @property
    def choose_label(self) -> str:
        """The words of the link to the dialog."""
        return str(_CHOOSE[self.bound.name])


@dataclass
class BuilderLine:
    """One row; `sentence` is what it asks for, or nothing where it is not understood yet."""

    number: int
    kind: forms.BoundField
    parts: list[BuilderField]
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

    @property
    def sentences(self) -> list[str]:
        """The whole, condition by condition; nothing while one of them is not understood."""
        said = [line.sentence for line in self.lines]
        return said if all(said) else []


def drawn(
    builder: Builder, organization: Organization | None, *, achievement_id: int | None = None
) -> AnnotatedBuilder:
    """The builder as the organization's conditions; without one, ids are neither checked nor to be chosen."""
    shown = AnnotatedBuilder(
        builder, [_line(number, row, organization) for number, row in enumerate(builder.rows)], organization
    )
    if builder.error:
        _blame(shown, builder.error)
        shown.excerpt = _excerpt(builder)
    if builder.parsed:
        _explain(shown, achievement_id)
        if organization:
            for error in out_of_reach(builder.parsed, organization, achievement_id=achievement_id):
                _blame(shown, error)
    shown.warnings += builder.notes
    return shown


def _line(number: int, row: RowForm, organization: Organization | None) -> BuilderLine:
    parts = [BuilderField(row[name], " ".join(kinds)) for name, kinds in KINDS_OF.items()]
    for part in parts:
        if part.bound.name in ID_FIELDS and organization:
            part.choose = reverse("achievements:choose", args=[organization.pk, number, part.bound.name])
    return BuilderLine(number, row["kind"], parts)


def _explain(shown: AnnotatedBuilder, achievement_id: int | None) -> None:
    parsed, organization = shown.builder.parsed, shown.organization
    assert parsed is not None
    names = named_ids(parsed.conditions, organization)
    doubtfuls = doubts(parsed.conditions, organization, achievement_id=achievement_id)
    for line, term, ids, doubtful in zip(shown.lines, parsed.conditions, names, doubtfuls, strict=True):
        line.sentence = sentence(term, ids, with_ids=True)
        line.warnings += doubtful
        for part in line.parts:
            part.ids = [one for one in ids if one.field == ID_FIELDS.get(part.bound.name)]
    for warning in parsed.warnings:
        place = shown.builder.place(warning.line, warning.column)
        (shown.warnings if place.row is None else shown.lines[place.row].warnings).append(warning.message)


def _blame(shown: AnnotatedBuilder, error: ConditionError) -> None:
    """Say an error at the field it is about, or at the row, or, with line and column, at the text."""
    place = shown.builder.place(error.line, error.column)
    if place.row is None:
        shown.errors.append(str(error))
        return
    line = shown.lines[place.row]
    parts: Iterator[BuilderField] = (part for part in line.parts if part.bound.name == place.field)
    found = next(parts, None)
    (line.errors if found is None else found.errors).append(error.message)


def _excerpt(builder: Builder) -> Excerpt | None:
    assert builder.error
    lines = builder.text.split("\n")
    if not lines or builder.error.line > len(lines):
        return None
    line, at = lines[builder.error.line - 1], builder.error.column - 1
    return Excerpt(line[max(0, at - 60) : at], line[at : at + 60])
