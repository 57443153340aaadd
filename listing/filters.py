"""Filters that lists share."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_filters.widgets import DateRangeWidget

from listing.naming import RowField
from listing.narrowing import LONGEST_SEARCH, ChosenRowsField
from operation.searching import found_at, searched
from organizations.access import signed_in
from organizations.models import User
from organizations.scope import EVERYBODY, person_search


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
    """A filter for what a text contains, whatever its case and accents. Longer words than a search takes find nothing."""
    return _TextFilter(field_name=field_name, label=label, max_length=LONGEST_SEARCH)


class _TextFilter(django_filters.CharFilter):  # type: ignore[misc]  # the package has no types
    def filter(self, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        return queryset.filter(found_at(self.field_name, words)) if words else queryset


class _PersonFilter(django_filters.CharFilter):  # type: ignore[misc]  # the package has no types
    def __init__(self, *args: Any, among: Callable[[User], Q] = lambda _user: EVERYBODY, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.among = among

    def filter(self, queryset: QuerySet[Any], words: str) -> QuerySet[Any]:
        if not words:
            return queryset
        user = signed_in(self.parent.request)
        return searched(queryset.filter(self.among(user)), person_search(user, self.field_name), words)


def person(field_name: str, label: str | Promise, **options: Any) -> Any:
    """A filter by the words of a person's name or, within the reader's scope, user name or e-mail address.

    As long as a search may be, and no longer: every word costs a condition for each of the four. With `among`, a
    condition that is made of the reader: only rows whose person is told to him or her.
    """
    return _PersonFilter(field_name=field_name, label=label, max_length=LONGEST_SEARCH, **options)


class _ChosenRowsFilter(django_filters.ModelMultipleChoiceFilter):  # type: ignore[misc]  # the package has no types
    field_class = ChosenRowsField

    def filter(self, queryset: QuerySet[Any], rows: list[Any]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field_name}__in": [row.pk for row in rows]}) if rows else queryset


def chosen(label: str | Promise, rows: Callable[[HttpRequest], QuerySet[Any]], *, chooser: str) -> Any:
    """A filter for any of some `rows`, chosen in the dialog whose address has the name `chooser`.

    A row that is not among them is no choice, and finds nothing. The dialog's list is asked with `Choice(prefix=…)`.
    """
    return _ChosenRowsFilter(label=label, queryset=rows, chooser=chooser)


class _RowFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]  # the package has no types
    field_class = RowField


def one_of(label: str | Promise, rows: Callable[[HttpRequest], QuerySet[Any]], **options: Any) -> Any:
    """A filter for one of some `rows`, which have a `name`: a select of a few, and by words of the name where there are more.

    With `beside`, the name of the relation that tells rows of one name apart. The view answers what is asked while
    somebody writes: `Listing.wants_suggestions`.
    """
    return _RowFilter(label=label, queryset=rows, **options)
