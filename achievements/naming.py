"""Stored conditions for people: canonical JSON, and the names beside the ids."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext as _

from achievements.conditions.parsing import ConditionError, parse_stored
from achievements.conditions.terms import canonical
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


def shown(achievement: Achievement) -> list[Shown]:
    """The conditions of an achievement; one query for each kind of id. An id whose row is gone says so.

    The database keeps no order of names, so the canonical one is made again; what no parser has written is shown as it
    is stored.
    """
    conditions: Sequence[Mapping[str, object]] = achievement.conditions
    with contextlib.suppress(ConditionError):
        conditions = canonical(parse_stored(achievement.conditions))
    names = {
        name: dict(model._default_manager.filter(pk__in=ids).values_list("pk", "name"))
        for name, model in _MODELS.items()
        if (ids := {pk for condition in conditions for pk in _ids(condition, name)})
    }
    return [
        Shown(
            json.dumps(condition),
            [
                Named(name, pk, names[name].get(pk) or _("not there any more"))
                for name in _MODELS
                for pk in _ids(condition, name)
            ],
        )
        for condition in conditions
    ]


def _ids(condition: Mapping[str, object], name: str) -> list[int]:
    found = condition.get(name)
    return found if isinstance(found, list) else []
