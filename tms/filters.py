"""Filters that lists share."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_filters.widgets import DateRangeWidget

from tms.narrowing import LONGEST_SEARCH, ChosenRowsField, searched


def days(field_name: str, label: str | Promise) -> Any:
    """A filter for the days between two dates, both included, in the reader's time zone; either may be left out.

    In the address they are `<name>_after` and `<name>_before`.
    """
    widget = DateRangeWidget()
    for part, name in zip(widget.widgets, (_("From"), _("To")), strict=True):
        part.input_type = "date"
        part.attrs["aria-label"] = name
    return django_filters.DateFromToRangeFilter(field_name=field_name, label=label, widget=widget)


def text(field_name: str, label: str | Promise) -> Any:
    """A filter for what a text contains, in any case. Longer words than a search takes find nothing."""
    return django_filters.CharFilter(
        field_name=field_name, label=label, lookup_expr="icontains", max_length=LONGEST_SEARCH
    )


def person(field_name: str, label: str | Promise) -> Any:
    """A filter by the words of a person's name, user name or e-mail address, each found in one of them.

    As long as a search may be, and no longer: every word costs a condition for each of the four.
    """
    return django_filters.CharFilter(field_name=field_name, label=label, method=_with_person, max_length=LONGEST_SEARCH)


class _ChosenRowsFilter(django_filters.ModelMultipleChoiceFilter):  # type: ignore[misc]  # the package has no types
    field_class = ChosenRowsField

    def filter(self, queryset: QuerySet[Any], rows: list[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field_name}__in": [row.pk for row in rows]}) if rows else queryset


def chosen(label: str | Promise, rows: Callable[[HttpRequest], QuerySet[Any]], *, chooser: str) -> Any:
    """A filter for any of some `rows`, chosen in the dialog whose address has the name `chooser`.

    A row that is not among them is no choice, and finds nothing. The dialog's list is asked with `Choice(prefix=…)`.
    """
    return _ChosenRowsFilter(label=label, queryset=rows, chooser=chooser)


def _with_person(queryset: QuerySet[Any], name: str, words: str) -> QuerySet[Any]:
    parts = ("first_name", "last_name", "username", "email")
    return searched(queryset, [f"{name}__{part}__icontains" for part in parts], words)
