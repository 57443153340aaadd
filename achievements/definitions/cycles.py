"""Finds achievements that wait for each other by AchievementIds: nobody can be the first to earn one of them."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from achievements.conditions.reach import within_reach
from achievements.conditions.terms import Achievements, Condition
from achievements.models import Achievement
from organizations.models import Organization


def warnings_of_cycles(
    conditions: Sequence[Condition], organization: Organization | None, *, achievement_id: int | None
) -> list[list[str]]:
    """Of each condition of the organization, which of the achievements it lists cannot be earned before this one, or not
    at all. Nothing is told of what the organization may not name.

    `achievement_id`: the one that has the conditions, where it is saved. Two queries, none where no condition lists any.
    """
    listing = [set(term.achievement_ids) if isinstance(term, Achievements) else set() for term in conditions]
    listed = set[int]().union(*listing)
    if not listed or organization is None:
        return [[] for _term in conditions]
    names = dict(within_reach("AchievementIds", organization).filter(pk__in=listed).values_list("pk", "name"))
    waits_for = _graph()
    waits_for[achievement_id or 0] = listed
    return [[_said(names[pk]) for pk in sorted(ids) if pk in names and _never_begins(pk, waits_for)] for ids in listing]


def _said(name: str) -> str:
    return _("“%(name)s” depends on itself through the achievements it lists, so no one can earn it.") % {"name": name}


def _graph() -> dict[int, set[int]]:
    """Which others each achievement that lists others waits for."""
    rows = Achievement.objects.filter(conditions__contains=[{"Subject": 40}]).values_list("pk", "conditions")
    return {pk: {other for one in conditions for other in one.get("AchievementIds", ())} for pk, conditions in rows}


def _never_begins(pk: int, waits_for: Mapping[int, set[int]]) -> bool:
    """Whether it, or anything it waits for, waits for itself."""
    reached = _reached(pk, waits_for)
    return any(one in _reached(other, waits_for) for one in {pk, *reached} for other in waits_for.get(one, ()))


def _reached(pk: int, waits_for: Mapping[int, set[int]]) -> set[int]:
    """It, and all it waits for, near and far."""
    reached, ahead = set[int](), [pk]
    while ahead:
        one = ahead.pop()
        if one not in reached:
            reached.add(one)
            ahead += waits_for.get(one, ())
    return reached
