"""Stored conditions for people: canonical JSON, and the names beside the ids."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from achievements.models import Achievement
from courses.models import Course, CourseTag, Lab

_MODELS: dict[str, type[models.Model]] = {
    "LabProfileIds": Lab,
    "CourseIds": Course,
    "CourseTagIds": CourseTag,
    "AchievementIds": Achievement,
}


@dataclass(frozen=True)
class Named:
    """An id of a condition, and what it stands for."""

    field: str
    id: int
    name: str


@dataclass(frozen=True)
class Shown:
    """One condition as it is stored, and its ids."""

    json: str
    ids: list[Named] = field(default_factory=list)


def shown(conditions: Iterable[dict[str, Any]]) -> list[Shown]:
    """The conditions of an achievement; one query for each kind of id. What is gone says so."""
    conditions = list(conditions)
    names = {
        name: dict(model._default_manager.filter(pk__in=ids).values_list("pk", "name"))
        for name, model in _MODELS.items()
        if (ids := {pk for condition in conditions for pk in condition.get(name, ())})
    }
    return [
        Shown(
            json.dumps(condition),
            [
                Named(name, pk, names[name].get(pk) or _("not there any more"))
                for name in _MODELS
                for pk in condition.get(name, ())
            ],
        )
        for condition in conditions
    ]
