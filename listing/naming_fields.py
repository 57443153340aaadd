"""Rows that a form asks for: a few are drawn to choose from, and one of many is found by its name, as in a filter.

Of many rows those chosen stand there, and a field for the words of another's name. With a script its rows are suggested while
somebody writes; without one where the words were sent and several rows have them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model
from django.forms.renderers import get_default_renderer
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe

from listing.chosen import is_id
from listing.naming import MOST_SUGGESTED, NAMED, SUGGEST, FoundByName, RowField, RowSelect, Words

_TEMPLATE = "listing/_named_rows.html"


@dataclass(frozen=True)
class NamedRow:
    """A row to choose, or, without a value, that none is chosen."""

    value: str
    words: str
    beside: str = ""
    is_chosen: bool = False


class Ticks(list[str]):
    """The ids that were sent, and the words of one more row's name."""

    words: str = ""


class NamedRowSelect(RowSelect):
    """A select of a few rows; of many, the one chosen and a field for words."""

    field: "NamedRowField"

    def use_required_attribute(self, initial: Any) -> bool:
        """Words are never required: something may be chosen already."""
        if self.field.is_long:
            return False
        self.field.draw_few()
        return super().use_required_attribute(initial)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The select, or what finds a row by its name."""
        if not self.field.is_long:
            self.field.draw_few()
            return super().render(name, value, attrs, renderer)
        words = str(value) if isinstance(value, Words) else ""
        found = self.field.found(words)
        row = next(iter(found), None) if len(found) == 1 else self.field.chosen(value)
        rows = [self.field.line_of(row, is_chosen=True)] if row else []
        if not self.is_required:
            rows.insert(0, NamedRow("", str(self.field.empty_label), is_chosen=row is None and not found))
        return _rendered(self, name, attrs, renderer, rows=rows, found=[] if row else found, words=words)


class _NamedRows(FoundByName):
    """A field whose widget asks it for its rows."""

    widget: Any
    label_from_instance: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.widget.field = self

    def __deepcopy__(self, memo: Any) -> Any:
        result: Any = super().__deepcopy__(memo)  # type: ignore[misc]  # of the form field beside it
        result.widget.field = result
        return result

    def line_of(self, row: Model, *, is_chosen: bool = False) -> NamedRow:
        """A row as it is drawn."""
        return NamedRow(str(row.pk), self.label_from_instance(row), self.words_beside(row), is_chosen)


class NamedRowField(_NamedRows, RowField):
    """One of the rows."""

    widget = NamedRowSelect

    def chosen(self, value: Any) -> Model | None:
        """The row of an id, where it is one of those."""
        found: Model | None = self.queryset.filter(pk=value).first() if is_id(str(value or "")) else None
        return found


class NamedRowTicks(forms.CheckboxSelectMultiple):
    """Boxes for a few rows; of many, those ticked and a field for words."""

    field: "NamedRowsField"

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Ticks:
        """The ids, and the words."""
        ticks = Ticks(super().value_from_datadict(data, files, name) or ())
        ticks.words = str(data.get(f"{name}{NAMED}", "")).strip()
        return ticks

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """The boxes, or what finds rows by their names."""
        if not self.field.is_long:
            self.choices = [(str(row.pk), self.field.label_from_instance(row)) for row in self.field.drawn]
            return super().render(name, value, attrs, renderer)
        words = getattr(value, "words", "")
        found = self.field.found(words)
        ids = [str(one) for one in value or () if is_id(str(one))]
        ids += [str(found[0].pk)] if len(found) == 1 else []
        rows = [self.field.line_of(row, is_chosen=True) for row in self.field.queryset.filter(pk__in=ids)]
        return _rendered(
            self, name, attrs, renderer, rows=rows, found=found[:0] if len(found) == 1 else found, words=words
        )


class NamedRowsField(_NamedRows, forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Any of the rows."""

    widget = NamedRowTicks

    def prepare_value(self, value: Any) -> Any:
        """What was sent keeps its words."""
        return value if isinstance(value, Ticks) else super().prepare_value(value)

    def clean(self, value: Any) -> Any:
        """The rows, with the one whose name was written."""
        words = getattr(value, "words", "")
        return super().clean([*value, str(self.named(words).pk)] if words else value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Words are of a row more."""
        return bool(getattr(data, "words", "")) or super().has_changed(initial, data)


def suggestions(request: HttpRequest, form: forms.BaseForm) -> HttpResponse | None:
    """The rows of a field of the form that have the words somebody writes there; None where nothing of the kind is asked."""
    name = request.GET.get(SUGGEST, "")
    field = form.fields.get(name)
    if request.method != "GET" or not isinstance(field, NamedRowField | NamedRowsField):
        return None
    words = request.GET.get(f"{form.add_prefix(name)}{NAMED}", "").strip()
    found = field.found(words)
    rows = [field.line_of(row) for row in found[:MOST_SUGGESTED]]
    context = {"rows": rows, "words": words, "is_more": len(found) > MOST_SUGGESTED}
    return render(request, "listing/_named_suggestions.html", context)


def _rendered(
    widget: NamedRowSelect | NamedRowTicks,
    name: str,
    attrs: Any,
    renderer: Any,
    *,
    rows: Iterable[NamedRow],
    found: Iterable[Model],
    words: str,
) -> SafeString:
    context = {
        "widget": {"name": name, "attrs": widget.build_attrs(widget.attrs, attrs)},
        "input_type": "checkbox" if isinstance(widget, NamedRowTicks) else "radio",
        "named": f"{name}{NAMED}",
        "suggest": f"?{SUGGEST}={name}",
        "rows": [*rows, *(widget.field.line_of(row) for row in list(found)[:MOST_SUGGESTED])],
        "words": "" if found or not words else words,
    }
    return mark_safe((renderer or get_default_renderer()).render(_TEMPLATE, context))  # noqa: S308 - a template has drawn it
