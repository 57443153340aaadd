"""What an entry tells of columns, in words: a label, what was there before, and what is there now."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Field, Model
from django.db.models.base import ModelBase
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from organizations.models import AuditEntry, User

HIDDEN = "…"
# What entries tell that are about no row, and what no page of a row shows.
_LABELS = {
    "rows": _lazy("Rows"),
    "count": _lazy("Sessions"),
    "query": _lazy("Filters"),
    "webhook_digest": _lazy("Webhook"),
}
# Rows that are told of as parts of others.
_PARTS = {
    "badges.issuedbadge": ("badges.badgeletter",),
    "courses.course": ("courses.courseactivity",),
    "courses.learningpath": ("courses.learningpathcourse",),
}


@dataclass(frozen=True)
class Change:
    """One column, or a number that an entry tells."""

    label: str
    before: str = ""
    after: str = ""

    @property
    def is_hidden(self) -> bool:
        """Whether the audit keeps that it changed, and not what it says."""
        return HIDDEN in (self.before, self.after)

    def __str__(self) -> str:
        if self.is_hidden:
            return self.label
        if self.before and self.after:
            return f"{self.label}: {self.before} → {self.after}"
        return f"{self.label}: {self.after}" if self.after else f"{self.label}: {self.before} → –"


def put_changes(entries: Sequence[AuditEntry]) -> None:
    """Give each entry its `changes`. A query for each table whose rows they name."""
    names = _names(entries)
    for entry in entries:
        fields = _fields(entry.kind)
        columns = list(dict.fromkeys([*entry.before, *entry.after]))
        entry.changes = [  # type: ignore[attr-defined]
            Change(
                _label(column, fields.get(column)),
                _words(entry.before.get(column), fields.get(column), names),
                _words(entry.after.get(column), fields.get(column), names),
            )
            for column in columns
        ]


@cache
def _fields(kind: str) -> "dict[str, Field[Any, Any]]":
    """By column: those of the model, and of the tables that tie other rows to it."""
    try:
        model = apps.get_model(kind) if kind else None
    except LookupError:  # of an older version
        return {}
    if model is None:
        return {}
    tied = [field.remote_field.through for field in model._meta.local_many_to_many]
    of_models = [*tied, *(apps.get_model(part) for part in _PARTS.get(kind, ())), model]
    return {
        field.column: field for one in of_models for field in one._meta.local_concrete_fields if field.column != "id"
    }


def _label(column: str, field: "Field[Any, Any] | None") -> str:
    """As the page of the row calls it; a reference without words of its own by what it leads to."""
    if field is None or column in _LABELS:
        return str(_LABELS.get(column, column.replace("_", " ").capitalize()))
    related = field.related_model if isinstance(field.verbose_name, str) else None
    return capfirst(str(related._meta.verbose_name if isinstance(related, ModelBase) else field.verbose_name))


def _names(entries: Iterable[AuditEntry]) -> dict[tuple[type[Model], int], str]:
    wanted: dict[type[Model], set[int]] = defaultdict(set)
    for entry in entries:
        fields = _fields(entry.kind)
        for values in (entry.before, entry.after):
            for column, value in values.items():
                model = _named_model(fields.get(column))
                if model is not None and isinstance(value, int):
                    wanted[model].add(value)
    return {
        (model, pk): name
        for model, ids in wanted.items()
        for pk, name in model._default_manager.filter(pk__in=ids).values_list("pk", "name")
    }


def _named_model(field: "Field[Any, Any] | None") -> type[Model] | None:
    related = field.related_model if field is not None else None
    if not isinstance(related, type) or issubclass(related, User):
        return None
    return related if any(one.name == "name" for one in related._meta.fields) else None


def _words(value: Any, field: "Field[Any, Any] | None", names: dict[tuple[type[Model], int], str]) -> str:
    if value is None or value == HIDDEN:
        return value or ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    model = _named_model(field)
    if model is not None and isinstance(value, int):
        return names.get((model, value), str(value))
    choices = dict(field.flatchoices) if field is not None else {}
    if isinstance(value, str | int) and value in choices:
        return str(choices[value])
    moment = parse_datetime(value) if isinstance(value, str) and value[4:5] == "-" and "T" in value else None
    return _moment(moment) if moment else str(value)


def _moment(moment: datetime) -> str:
    return formats.date_format(
        timezone.localtime(moment) if timezone.is_aware(moment) else moment, "SHORT_DATETIME_FORMAT"
    )
