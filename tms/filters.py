"""Filters that lists share."""

from typing import Any

import django_filters
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_filters.widgets import DateRangeWidget


def days(field_name: str, label: str | Promise) -> Any:
    """A filter for the days between two dates, both included, in the reader's time zone; either may be left out.

    In the address they are `<name>_after` and `<name>_before`.
    """
    widget = DateRangeWidget()
    for part, name in zip(widget.widgets, (_("From"), _("To")), strict=True):
        part.input_type = "date"
        part.attrs["aria-label"] = name
    return django_filters.DateFromToRangeFilter(field_name=field_name, label=label, widget=widget)
