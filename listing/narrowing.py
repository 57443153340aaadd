"""How what narrows a list is drawn: the search, each filter, the rows chosen for it, and all of it in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.fields import ModelMultipleChoiceField

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
class ChosenRow:
    """A row that a filter looks for, and where the list is without it."""

    row: Model
    url_without: str


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One filter of the page's FilterSet, whether it narrows the list now, and whether it `stands` there either way.

    Where rows are chosen for it in a dialog: those are `chosen`, `chooser` is the dialog's path, and `chooser_url` the
    same with all that the list is asked now.
    """

    field: forms.BoundField
    is_active: bool
    stands: bool = False
    chooser: str = ""
    chooser_url: str = ""
    chosen: Sequence[ChosenRow] = ()


def filter_of(field: forms.BoundField, path: str, query_with: Callable[[Sequence[str]], QueryDict]) -> Filter:
    """The filter as the list at `path` draws it, which `query_with(ids)` asks for what only these rows are chosen for."""
    if not isinstance(field.field, ChosenRowsField):
        return Filter(field=field, is_active=_is_active(field), stands=field.field.widget.attrs.get(STANDS, False))
    rows = _understood(field) or []
    ids = [str(row.pk) for row in rows]
    others = {row: [pk for pk in ids if pk != str(row.pk)] for row in rows}
    chooser = reverse(field.field.chooser)
    return Filter(
        field=field,
        is_active=_is_active(field),
        chooser=chooser,
        chooser_url=f"{chooser}?{query_with(ids).urlencode()}",
        chosen=[ChosenRow(row, f"{path}?{query_with(others[row]).urlencode()}") for row in rows],
    )


def in_words(field: forms.BoundField) -> str:
    """What a filter looks for, as it is printed; nothing where it was sent nonsense."""
    value = _understood(field)
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, slice):
        return f"{_day(value.start)} – {_day(value.stop)}"
    if isinstance(field.field, forms.ChoiceField) and not isinstance(value, Model):
        choices: Any = field.field.choices
        return str(dict(choices).get(value, value))
    return str(value)


def _day(moment: datetime | None) -> str:
    return formats.date_format(timezone.localtime(moment), DAY) if moment else "…"


def _is_active(field: forms.BoundField) -> bool:
    # A box that is not ticked is not there; elsewhere False is an answer that was asked for.
    nothing = (None, "", False) if isinstance(field.field.widget, forms.CheckboxInput) else (None, "")
    parts = field.data if isinstance(field.data, (list, tuple)) else [field.data]
    return any(part not in nothing for part in parts)


def _understood(field: forms.BoundField) -> Any:
    return None if field.errors else field.form.cleaned_data[field.name]
