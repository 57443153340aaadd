"""The condition builder: rows of a form and the text they stand for, either made from the other (N6).

Rows judge nothing: they are written as text, which the one parser reads, and rows are made of terms alone. A row is a
line of the text, so that whatever the parser says of a place is said beside the field that it came from.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field
from enum import Enum
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from achievements.conditions.parsing import MAX_CONDITIONS, Parsed, parse, parse_stored
from achievements.conditions.syntax import ConditionError
from achievements.conditions.terms import (
    Achievements,
    Condition,
    Courses,
    Ids,
    Labs,
    Points,
    Subject,
    canonical,
    options,
)
from achievements.definitions.sentences import CHOICES, LABELS
from achievements.editor.widgets import (
    ACHIEVEMENTS,
    COURSE,
    KIND_WORDS,
    KINDS,
    LAB,
    POINTS,
    TAG,
    IdsInput,
    KindSelect,
    WordsOfOneOrOther,
)
from listing.naming import NAMED

PREFIX = "conditions"
ROWS, STAND = f"{PREFIX}-rows", f"{PREFIX}-stand"
_TERMS: dict[str, tuple[type[Condition], Subject]] = {
    LAB: (Labs, Subject.LAB),
    COURSE: (Courses, Subject.COURSE),
    TAG: (Courses, Subject.COURSE_TAG),
    POINTS: (Points, Subject.ACHIEVEMENT),
    ACHIEVEMENTS: (Achievements, Subject.ACHIEVEMENT),
}
# What a row of each kind writes, in the canonical order; what it does not write waits for the kind to change back.
_MEMBERS = {kind: {one.name: name for name, one in options(*term).items()} for kind, term in _TERMS.items()}
# Of which kinds each field of a row is part, in the order in which the row shows them.
KINDS_OF = {name: [kind for kind in KINDS if name in _MEMBERS[kind]] for name in LABELS}
_OPTIONS = {one.name: one for term in _TERMS.values() for one in options(*term).values()}
ID_FIELDS = {name: one.metadata["json"] for name, one in _OPTIONS.items() if one.type == Ids}
_NUMBER = re.compile(r"-?[0-9]+")
_NAME = re.compile(r'"([A-Za-z]+)":')


def _field(option: Field[Any]) -> forms.Field:
    label = LABELS[option.name]
    attrs = {"aria-label": label, "autocomplete": "off"}
    if option.type is bool:
        words, other_words = CHOICES[option.name]
        widget = WordsOfOneOrOther(attrs=attrs, choices=[("on", words), ("", other_words)])
        return forms.BooleanField(label=label, required=False, widget=widget)
    if option.type == Ids:
        return forms.CharField(label=label, required=False, widget=IdsInput)
    attrs |= {"inputmode": "numeric", "class": "short"}
    if option.default is not MISSING:
        attrs["placeholder"] = str(option.default)
    return forms.CharField(label=label, required=False, widget=forms.TextInput(attrs=attrs))


class RowForm(forms.Form):
    """One condition as a row of fields; never asked whether it is valid."""

    kind = forms.ChoiceField(
        label=_("What counts"),
        choices=[(kind, words[1]) for kind, words in KIND_WORDS.items()],
        widget=KindSelect(attrs={"aria-label": _("What counts"), "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {name: _field(_OPTIONS[name]) for name in LABELS}
        self.fields["kind"].widget.is_one = self.is_of_one

    @property
    def is_of_one(self) -> bool:
        """Whether it counts to one: what differs among several then means nothing."""
        return self.said("count") in {"", "1"}

    def sought(self, name: str) -> str:
        """The words of a name that somebody looks for, to add its id to the field."""
        return str(self.data.get(f"{self.add_prefix(name)}{NAMED}", "")).strip()

    def said(self, name: str) -> str:
        """What stands in a field, as text."""
        return said(self[name])

    @property
    def chosen_kind(self) -> str:
        """What the row counts; labs, where a request says nothing that there is."""
        return self.said("kind") if self.said("kind") in KINDS else LAB

    def written(self) -> str:
        """The row as one object of the text."""
        members = {"Subject": str(_TERMS[self.chosen_kind][1].value)}
        for name, written_as in _MEMBERS[self.chosen_kind].items():
            if text := self._written(name):
                members[written_as] = text
        return "{" + ", ".join(f'"{name}": {text}' for name, text in members.items()) + "}"

    def _written(self, name: str) -> str:
        said = self.said(name)
        if name == "count":
            return _value(said or "1")
        if isinstance(self.fields[name], forms.BooleanField):
            return "true" if said else ""
        if name in ID_FIELDS:
            ids = split_ids(said)
            return f"[{', '.join(_value(one) for one in ids)}]" if ids else ""
        return _value(said) if said else ""


def said(bound: forms.BoundField) -> str:
    """What stands in a field of a row, as text."""
    value = bound.value()
    return "" if value is None or value is False else str(value).strip()


def names_sought(data: Any) -> bool:
    """Whether a page sends words of a name that nothing was chosen for: saved without it, a condition would say more."""
    rows = _sent(data) if isinstance(data, QueryDict) and ROWS in data else []
    return any(row.sought(name) for row in rows for name in ID_FIELDS if row.chosen_kind in KINDS_OF[name])


def split_ids(text: str) -> list[str]:
    """What stands between commas and spaces; whether it is an id, the parser says."""
    return [part for part in re.split(r"[\s,;]+", text) if part]


def rows_of(conditions: Iterable[Condition]) -> list[RowForm]:
    """A row for each term."""
    return [RowForm(initial=_said(term), prefix=_prefix(n)) for n, term in enumerate(conditions)]


def written(rows: Sequence[RowForm]) -> str:
    """The text that the rows stand for: a line for each, nothing without rows."""
    return "[\n" + ",\n".join(f"  {row.written()}" for row in rows) + "\n]" if rows else ""


def as_text(conditions: Any) -> str:
    """Conditions as text, one to a line."""
    return "[\n" + ",\n".join(f"  {json.dumps(condition)}" for condition in conditions) + "\n]"


@dataclass(frozen=True)
class ErrorPlace:
    """Where the parser's words belong: the row, and its field where it is one; no row is the text as a whole."""

    row: int | None = None
    field: str = ""


class Side(Enum):
    """Which of the two was changed since they last said the same."""

    NEITHER = "neither"
    ROWS = "rows"
    TEXT = "text"
    BOTH = "both"


@dataclass
class Builder:
    """Rows and text at one moment. They say the same unless `error` says why not, or `is_torn`: both were changed."""

    rows: list[RowForm] = field(default_factory=list)
    text: str = ""
    parsed: Parsed | None = None
    error: ConditionError | None = None
    notes: list[str] = field(default_factory=list)
    side: Side = Side.NEITHER

    @property
    def is_torn(self) -> bool:
        """Whether somebody has to say which side counts."""
        return self.side is Side.BOTH

    @property
    def stand(self) -> str:
        """A mark of both sides, sent back by the page: it tells which of them was changed.

        A side that waits for somebody to mend or to choose it counts as changed for as long.
        """
        is_open = self.is_torn or (self.side is Side.TEXT and self.error is not None)
        return f"{'?' if is_open else _mark(self.text)} {'?' if self.is_torn else _mark(written(self.rows))}"

    @property
    def is_full(self) -> bool:
        """Whether no more conditions may be added."""
        return len(self.rows) >= MAX_CONDITIONS

    def place(self, line: int, column: int) -> ErrorPlace:
        """Which field a place in the text is about."""
        number, lines = line - 2, self.text.split("\n")
        if not 0 <= number < len(self.rows) or (self.side is Side.TEXT and self.error):
            return ErrorPlace()
        before = [found[1] for found in _NAME.finditer(lines[line - 1]) if found.start() < column]
        fields = {"Subject": "kind"} | {said: name for name, said in _MEMBERS[self.rows[number].chosen_kind].items()}
        return ErrorPlace(number, fields.get(before[-1], "") if before else "")


def of_stored(conditions: object) -> Builder:
    """What an achievement has; its stored text alone, and the error, where no parser has written it."""
    if not conditions:
        return Builder()
    try:
        return _agreed(rows_of(parse_stored(conditions)), canonical(parse_stored(conditions)))
    except ConditionError:
        return of_text(as_text(conditions))


def of_text(text: str, rows: Sequence[RowForm] = ()) -> Builder:
    """The rows that a text makes; where it is not understood, the rows that there were."""
    if not text.strip():
        return Builder(side=Side.TEXT)
    try:
        parsed = parse(text)
    except ConditionError as error:
        return Builder(list(rows), text, error=error, side=Side.TEXT)
    return _agreed(rows_of(parsed.conditions), canonical(parsed.conditions), parsed, Side.TEXT)


def of_rows(rows: Sequence[RowForm]) -> Builder:
    """The text that rows make: canonical, or, where the parser refuses it, as the rows wrote it."""
    text = written(rows)
    if not text:
        return Builder(side=Side.ROWS)
    try:
        parsed = parse(text)
    except ConditionError as error:
        return Builder(list(rows), text, error=error, side=Side.ROWS)
    return _agreed(list(rows), canonical(parsed.conditions), parsed, Side.ROWS)


def of_request(data: QueryDict, act: str = "") -> Builder:
    """What a page sends: the side that was changed counts, and the other follows.

    `act` is a button: "add-<kind>", "remove-<row>", "pick-<row>-<field>-<id>" and "drop-…", or "read" and "write", which say that
    the text or the rows count although both were changed. Nothing is added to or taken from rows while the text is not understood.
    """
    text, rows = data.get(PREFIX, "").replace("\r\n", "\n"), _sent(data)
    side = _side(data, text, rows)
    if act == "read" or (side is Side.TEXT and act != "write"):
        builder = of_text(text, rows)
    elif side is Side.BOTH and act != "write":
        return Builder(rows, text, side=Side.BOTH)
    else:
        builder = of_rows(rows)
    if builder.side is Side.TEXT and builder.error:
        return builder
    changed = _changed(builder.rows, act)
    return builder if changed is None else of_rows(changed)


def with_ids(data: QueryDict, *, row: int, name: str, ids: Iterable[int]) -> Builder:
    """What a page sends, with ids added to a field of one of its rows: what was chosen in a dialog."""
    builder = of_request(data)
    if builder.is_torn or not 0 <= row < len(builder.rows) or name not in ID_FIELDS:
        return builder
    there = split_ids(builder.rows[row].said(name))
    added = ", ".join([*there, *(str(pk) for pk in ids if str(pk) not in there)])
    return of_rows(_renumbered(builder.rows, {row: {name: added}}))


def _agreed(
    rows: list[RowForm], conditions: Sequence[Any], first: Parsed | None = None, side: Side = Side.NEITHER
) -> Builder:
    """Both sides, with places in the canonical text; what only the text as it was written gave rise to is kept as notes."""
    text = as_text(conditions)
    parsed = parse(text)
    said = {warning.message for warning in parsed.warnings}
    notes = [warning.message for warning in first.warnings if warning.message not in said] if first else []
    return Builder(rows, text, parsed, notes=notes, side=side)


def _side(data: QueryDict, text: str, rows: Sequence[RowForm]) -> Side:
    """By the marks of what the page was drawn with. Without rows, as programs send it, the text counts."""
    if ROWS not in data:
        return Side.TEXT
    text_before, _space, rows_before = data.get(STAND, "").partition(" ")
    is_text_changed, are_rows_changed = _mark(text) != text_before, _mark(written(rows)) != rows_before
    if is_text_changed and are_rows_changed:
        return Side.BOTH if of_text(text).text != of_rows(rows).text else Side.ROWS
    return Side.TEXT if is_text_changed else Side.ROWS


def _sent(data: QueryDict) -> list[RowForm]:
    count = data.get(ROWS, "0")
    number = min(int(count), MAX_CONDITIONS) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    return [RowForm(data, prefix=_prefix(n)) for n in range(number)]


def _changed(rows: Sequence[RowForm], act: str) -> list[RowForm] | None:
    """The rows after a button; None where it changes none."""
    verb, *rest = act.split("-")
    if verb == "add" and len(rows) < MAX_CONDITIONS:
        kind = rest[0] if rest and rest[0] in KINDS else COURSE
        fresh = RowForm(initial={"kind": kind, "count": "1", "complete": True}, prefix=_prefix(len(rows)))
        return [*rows, fresh]
    if not rest or not rest[0].isdigit() or int(rest[0]) >= len(rows):
        return None
    number = int(rest[0])
    if verb == "remove":
        return _renumbered([row for n, row in enumerate(rows) if n != number], {})
    if verb in {"pick", "drop"} and len(rest) == 3 and rest[1] in ID_FIELDS:
        ids = [one for one in split_ids(rows[number].said(rest[1])) if one != rest[2]]
        return _renumbered(rows, {number: {rest[1]: ", ".join([*ids, rest[2]] if verb == "pick" else ids)}})
    return None


def _renumbered(rows: Sequence[RowForm], changes: Mapping[int, Mapping[str, str]]) -> list[RowForm]:
    return [
        RowForm(initial={name: row[name].value() for name in row.fields} | dict(changes.get(n, {})), prefix=_prefix(n))
        for n, row in enumerate(rows)
    ]


def _said(term: Condition) -> dict[str, Any]:
    """A term as the fields of its row."""
    kind = _kind_of(term)
    values = term.to_json()
    return {"kind": kind} | {
        name: _field_value(values[member]) for name, member in _MEMBERS[kind].items() if member in values
    }


def _kind_of(term: Condition) -> str:
    match term:
        case Labs():
            return LAB
        case Courses():
            return TAG if term.tag_ids else COURSE
        case Points():
            return POINTS
        case Achievements():
            return ACHIEVEMENTS


def _field_value(value: Any) -> str | bool:
    if isinstance(value, bool):
        return value
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _value(text: str) -> str:
    """A number as it stands; anything else as a text, which the parser refuses at its place."""
    return text if _NUMBER.fullmatch(text) else json.dumps(text)


def _prefix(number: int) -> str:
    return f"{PREFIX}-{number}"


def _mark(text: str) -> str:
    return hashlib.sha256(text.strip().encode(errors="replace")).hexdigest()[:16]
