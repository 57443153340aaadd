"""What narrows a list, and how that is drawn: search, filters, the rows chosen for one, and all of it in words, as chips."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.fields import ModelMultipleChoiceField

from listing.naming import MOST_SUGGESTED, NAMED, RowField, Words
from operation.searching import SearchPath, searched

LONGEST_SEARCH = 200
# They stand in the address, and web servers refuse a long one.
MOST_CHOSEN = 100
DAY = "DATE_FORMAT"
# Of a filter's widget: shown from the start, and not in "Add filter".
STANDS = "data-stands"


class SearchForm(forms.Form):
    """The words to search for. Refuses what no search needs: thousands of characters, and NUL, which is an error to SQL."""

    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=LONGEST_SEARCH,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Search"), "autocomplete": "off"}),
    )


def narrowed[Row: Model](
    rows: QuerySet[Row], form: SearchForm | None, search: Sequence[SearchPath], filterset: Any
) -> QuerySet[Row]:
    """The rows asked for. A search or filter that makes no sense finds nothing: never more than was asked for."""
    if form is not None:
        if not form.is_valid():
            return rows.none()
        rows = searched(rows, search, form.cleaned_data["q"])
    if filterset is None:
        return rows
    found: QuerySet[Row] = filterset.filter_queryset(rows) if filterset.is_valid() else rows.none()
    return found


def _refuse_too_many(chosen: Sequence[object]) -> None:
    if len(chosen) > MOST_CHOSEN:
        raise ValidationError(_("Choose %(most)d at most."), code="too_many", params={"most": MOST_CHOSEN})


class ChosenRowsField(ModelMultipleChoiceField):  # type: ignore[misc]  # the package has no types
    """Rows that were chosen in the dialog at the address of the name `chooser`: the page shows them, not all there are."""

    default_validators = (_refuse_too_many,)

    def __init__(self, *args: Any, chooser: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.chooser = chooser


@dataclass(frozen=True)
class Chip:
    """One thing that narrows the list: what it is called, what it says, the id of where it is changed, the list without it.

    It says nothing where it was sent nonsense.
    """

    label: str | Promise
    words: str
    place: str
    url_without: str


@dataclass(frozen=True)
class Suggestion:
    """A row with the words that somebody writes, what tells it apart, and the list narrowed to it."""

    words: str
    beside: str
    url: str


@dataclass(frozen=True)
class Naming:
    """How a filter's row is looked for by its name: the field for the words, what stands there, the rows that have them.

    `is_more`: there are more rows than are suggested.
    """

    name: str
    words: str
    suggested: Sequence[Suggestion]
    is_more: bool


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One filter of the page's FilterSet, whether it narrows the list now, and whether it `stands` there either way.

    `chips` say what was asked of it: none where the list begins with that anyway, which is the field's `initial`.
    Where rows are chosen for it in a dialog: those are `chosen`, `chooser` is the dialog's path, and `chooser_url` the
    same with all that the list is asked now. Where one of many rows is looked for by its name, `naming` says how, and
    `chosen` is that row.
    """

    field: forms.BoundField
    place: str
    is_active: bool
    chips: Sequence[Chip]
    stands: bool = False
    chooser: str = ""
    chooser_url: str = ""
    chosen: Sequence[Model] = ()
    naming: Naming | None = None


def names_of(field: forms.BoundField) -> list[str]:
    """What the address calls the values of a filter: of two days, each has a name of its own."""
    if isinstance(field.field, RowField):
        return [field.name, f"{field.name}{NAMED}"]
    suffixed = getattr(field.field.widget, "suffixed", None)
    return [suffixed(field.name, part) for part in field.field.widget.suffixes] if suffixed else [field.name]


def filter_of(
    field: forms.BoundField, name: str, path: str, query_with: Callable[[Sequence[str]], QueryDict]
) -> Filter:
    """The filter as the list of this name at `path` draws it, which `query_with(ids)` asks for only these values of it."""

    def url_with(values: Sequence[str]) -> str:
        return f"{path}?{query_with(values).urlencode()}"

    is_active, place = _is_active(field), f"{name}-filter-{field.name}"
    rows = _understood(field) if isinstance(field.field, ChosenRowsField) else None
    if rows:
        others = [[str(other.pk) for other in rows if other != row] for row in rows]
        chips = [Chip(field.label, str(row), place, url_with(rest)) for row, rest in zip(rows, others, strict=True)]
    else:
        is_asked = is_active and field.data != field.initial
        chips = [Chip(field.label, in_words(field), place, url_with([]))] if is_asked else []
    if isinstance(field.field, RowField) and field.field.is_long:
        row, naming = _understood(field), naming_of(field, url_with)
        chosen = [row] if row else []
        return Filter(field=field, place=place, is_active=is_active, chips=chips, chosen=chosen, naming=naming)
    if isinstance(field.field, RowField):
        field.field.draw_few()
    if not isinstance(field.field, ChosenRowsField):
        stands = field.field.widget.attrs.get(STANDS, False)
        return Filter(field=field, place=place, is_active=is_active, chips=chips, stands=stands)
    chooser = reverse(field.field.chooser)
    return Filter(
        field=field,
        place=place,
        is_active=is_active,
        chips=chips,
        chooser=chooser,
        chooser_url=f"{chooser}?{query_with([str(row.pk) for row in rows or []]).urlencode()}",
        chosen=rows or [],
    )


def with_ids(asked: QueryDict, fields: Iterable[forms.BoundField]) -> QueryDict:
    """What a list is asked, with the id of each row that was asked for by words: what is kept of it stays about that row."""
    changed = asked.copy()
    for field in fields:
        if isinstance(field.field, RowField) and isinstance(field.data, Words) and (row := _understood(field)):
            changed.pop(f"{field.name}{NAMED}")
            changed[field.name] = str(row.pk)
    return changed


def naming_of(
    field: forms.BoundField, url_with: Callable[[Sequence[str]], str], *, is_being_written: bool = False
) -> Naming:
    """What is suggested for the words that the filter was sent: nothing once they are a choice, and are written no more."""
    assert isinstance(field.field, RowField)
    words = str(field.data) if isinstance(field.data, Words) else ""
    if not is_being_written and _understood(field) is not None:
        words = ""
    rows = field.field.found(words)
    suggested = [
        Suggestion(field.field.label_from_instance(row), field.field.words_beside(row), url_with([str(row.pk)]))
        for row in rows[:MOST_SUGGESTED]
    ]
    return Naming(f"{field.name}{NAMED}", words, suggested, len(rows) > MOST_SUGGESTED)


def in_words(field: forms.BoundField) -> str:
    """What a filter looks for, as it is printed; nothing where it was sent nonsense."""
    value = _understood(field)
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, (slice, date)):
        return _days(value)
    if isinstance(field.field, forms.ChoiceField) and not isinstance(value, Model):
        choices: Any = field.field.choices
        return str(dict(choices).get(value, value))
    return str(value)


def _days(value: slice | date) -> str:
    """The days that a filter was given: one, or from which to which."""
    if not isinstance(value, slice):
        return formats.date_format(value, DAY)
    first, last = (
        formats.date_format(timezone.localtime(one), DAY) if one else "" for one in (value.start, value.stop)
    )
    if first and last:
        return first if first == last else f"{first} – {last}"
    return _("from %(day)s") % {"day": first} if first else _("until %(day)s") % {"day": last}


def _is_active(field: forms.BoundField) -> bool:
    # A box that is not ticked is not there; elsewhere False is an answer that was asked for.
    nothing = (None, "", False) if isinstance(field.field.widget, forms.CheckboxInput) else (None, "")
    parts = field.data if isinstance(field.data, (list, tuple)) else [field.data]
    return any(part not in nothing for part in parts)


def _understood(field: forms.BoundField) -> Any:
    return None if field.errors else field.form.cleaned_data[field.name]
