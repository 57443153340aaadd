"""Stored conditions for people: canonical JSON, and the names beside the ids."""

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext as _

from achievements.conditions.parsing import ConditionError, parse_stored
from achievements.conditions.reach import within_reach
from achievements.conditions.terms import Condition, Json, canonical
from achievements.models import Achievement
from courses.models import Course, CourseTag, Lab
from organizations.models import Organization

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
    """One condition as it is stored, and its ids; `term` is None where no parser understands them."""

    json: str
    ids: list[Named] = field(default_factory=list)
    term: Condition | None = None


def shown(achievement: Achievement) -> list[Shown]:
    """The conditions of an achievement; see `shown_all`."""
    return shown_all([achievement.conditions])[0]


def shown_all(several: Sequence[Sequence[Mapping[str, object]]]) -> list[list[Shown]]:
    """Of each list of stored conditions its lines; one query for each kind of id. An id whose row is gone says so.

    The database keeps no order of names, so the canonical one is made again; what no parser has written is shown as it
    is stored.
    """
    understood = [_understood(conditions) for conditions in several]
    names = _names([condition for conditions in understood for condition, _term in conditions])
    return [
        [Shown(json.dumps(condition), named(condition, names), term) for condition, term in conditions]
        for conditions in understood
    ]


def named_ids(conditions: Sequence[Condition], organization: Organization | None) -> list[list[Named]]:
    """The ids of each term as somebody writes them for the organization, with the names that it may see.

    What is somebody else's and what does not exist are the same here; without an organization, so is everything.
    """
    return written_ids([condition.to_json() for condition in conditions], organization)


def written_ids(conditions: Sequence[Mapping[str, object]], organization: Organization | None) -> list[list[Named]]:
    """The same of conditions as JSON, whatever else they say."""
    names = _names(conditions, lambda kind: within_reach(kind, organization)) if organization else {}
    return [named(condition, names, lacking=_("not available here")) for condition in conditions]


def named(condition: Mapping[str, object], names: Mapping[str, Mapping[int, str]], *, lacking: str = "") -> list[Named]:
    """The ids of one condition, kind by kind; those without a name are `lacking`."""
    return [
        Named(kind, pk, names.get(kind, {}).get(pk) or lacking or _("one that is no longer there"))
        for kind in _MODELS
        for pk in _ids(condition, kind)
    ]


def _understood(
    conditions: Sequence[Mapping[str, object]],
) -> Sequence[tuple[Mapping[str, object], Condition | None]]:
    with contextlib.suppress(ConditionError):
        terms = parse_stored(conditions)
        written: list[Json] = canonical(terms)
        return list(zip(written, terms, strict=True))
    return [(condition, None) for condition in conditions]


def _names(
    conditions: Sequence[Mapping[str, object]],
    rows: Callable[[str], models.QuerySet[models.Model]] = lambda kind: _MODELS[kind]._default_manager.all(),
) -> dict[str, dict[int, str]]:
    return {
        kind: dict(rows(kind).filter(pk__in=ids).values_list("pk", "name"))
        for kind in _MODELS
        if (ids := {pk for condition in conditions for pk in _ids(condition, kind)})
    }


def _ids(condition: Mapping[str, object], kind: str) -> list[int]:
    found = condition.get(kind)
    return found if isinstance(found, list) else []
