"""Reads achievements from the database as the sweep needs them, and tells in which order to award them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from django.db import connection, transaction

from achievements.conditions.events import EVERYBODY, People, Rule
from achievements.conditions.parsing import ConditionError, parse_stored
from achievements.conditions.terms import Achievements, Condition, Points
from achievements.models import Achievement

_TREES = """
WITH RECURSIVE line (of_id, id, parent_id) AS (
    SELECT id, id, parent_id FROM organizations_organization WHERE id = ANY(%s)
    UNION
    SELECT of_id, parent.id, parent.parent_id FROM line JOIN organizations_organization parent ON parent.id = line.parent_id),
credited (id, parent_id) AS (
    SELECT id, parent_id FROM organizations_organization
    WHERE id IN (SELECT organization_id FROM courses_course WHERE achievements_for_outside_organizations)
    UNION
    SELECT parent.id, parent.parent_id FROM credited JOIN organizations_organization parent ON parent.id = credited.parent_id)
SELECT of_id, id, of_id IN (SELECT id FROM credited) FROM line WHERE parent_id IS NULL
"""


_EVALUATED = """
UPDATE achievements_achievement SET evaluated_at = statement_timestamp() WHERE id = (
    SELECT id FROM achievements_achievement WHERE id = %s AND modified_at = %s FOR NO KEY UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class Trees:
    """Where organizations stand: by id, the root of the tree; and those that own, or stand above the owner of, a course
    that is open to outside organizations: outsiders can earn their achievements.
    """

    roots: Mapping[int, int] = field(default_factory=dict)
    credited: frozenset[int] = frozenset()


def trees_of(achievements: Iterable[Achievement]) -> Trees:
    """Where the organizations of these achievements stand. One query, whatever their number."""
    with connection.cursor() as cursor:
        cursor.execute(_TREES, [sorted({one.organization_id for one in achievements})])
        rows = cursor.fetchall()
    roots = {organization_id: root_id for organization_id, root_id, _is_credited in rows}
    return Trees(roots, frozenset(organization_id for organization_id, _root_id, is_credited in rows if is_credited))


@dataclass(frozen=True)
class RuledAchievement:
    """An achievement, ready to be evaluated."""

    achievement: Achievement
    rule: Rule

    @property
    def depends_on_others(self) -> bool:
        """Whether other achievements' being earned can make this one earned (Subject 40)."""
        return any(isinstance(condition, Points | Achievements) for condition in self.rule.conditions)

    @property
    def is_limited(self) -> bool:
        """Whether students compete for it (Per Day, Per Achievement)."""
        return self.achievement.frequency_type != Achievement.FrequencyType.PER_USER

    def rule_for(self, people: People) -> Rule:
        """The rule, looking at these people only."""
        return replace(self.rule, people=people)


@dataclass(frozen=True)
class Loaded:
    """The achievements that a sweep evaluates, and those whose stored conditions cannot be understood."""

    ruled: list[RuledAchievement]
    poisoned: list[tuple[Achievement, ConditionError]]


def load(achievement_ids: Iterable[int] | None = None, *, at: datetime) -> Loaded:
    """The enabled achievements in the order of their ids, or those of them with these ids. Two queries.

    What is dated after `at` will not count.
    """
    achievements = Achievement.objects.enabled().select_related("organization").order_by("pk")
    if achievement_ids is not None:
        achievements = achievements.filter(pk__in=list(achievement_ids))
    trees = trees_of(achievements)
    loaded = Loaded([], [])
    for achievement in achievements:
        try:
            rule = rule_of(achievement, trees, at=at)
        except ConditionError as error:
            loaded.poisoned.append((achievement, error))
        else:
            loaded.ruled.append(RuledAchievement(achievement, rule))
    return loaded


def is_changed(loaded: Loaded) -> bool:
    """Whether any achievement was saved, enabled, disabled or deleted since all were loaded. One query."""
    known = [ruled.achievement for ruled in loaded.ruled] + [achievement for achievement, _error in loaded.poisoned]
    now = Achievement.objects.enabled().values_list("pk", "modified_at")
    return dict(now) != {achievement.pk: achievement.modified_at for achievement in known}


def are_changed(several: Sequence[RuledAchievement]) -> bool:
    """Whether somebody has saved or deleted any of these since they were loaded. One query."""
    now = Achievement.objects.filter(pk__in=[one.achievement.pk for one in several])
    return dict(now.values_list("pk", "modified_at")) != {
        one.achievement.pk: one.achievement.modified_at for one in several
    }


def held_by_others(several: Sequence[RuledAchievement]) -> set[int]:
    """Ids of those whose rows another session holds, so that nobody can be awarded them. One query, which does not wait."""
    ids = {one.achievement.pk for one in several}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM achievements_achievement WHERE id = ANY(%s) FOR KEY SHARE SKIP LOCKED", [sorted(ids)]
        )
        return ids - {pk for (pk,) in cursor.fetchall()}


def note_evaluated(ruled: RuledAchievement) -> bool:
    """Note that everybody was looked at; False where somebody has changed it since it was loaded, or does so now."""
    with connection.cursor() as cursor:
        cursor.execute(_EVALUATED, [ruled.achievement.pk, ruled.achievement.modified_at])
        return bool(cursor.rowcount)


def rule_of(achievement: Achievement, trees: Trees, *, at: datetime) -> Rule:
    """What the compiler needs of an achievement: `trees` know its organization. Raises ConditionError.

    Students compete for a limited achievement, so each earns it once at most: only the first time is asked for.
    """
    is_limited = achievement.frequency_type != Achievement.FrequencyType.PER_USER
    return Rule(
        achievement_id=achievement.pk,
        organization_id=achievement.organization_id,
        root_id=trees.roots.get(achievement.organization_id, achievement.organization_id),
        conditions=conditions_of(achievement),
        until=at,
        is_global=achievement.is_global,
        reaches_all_trees=achievement.reaches_all_trees,
        time_zone=achievement.organization.time_zone,
        times=1 if is_limited else achievement.frequency,
        has_outsiders=achievement.organization_id in trees.credited,
        people=EVERYBODY,
    )


def conditions_of(achievement: Achievement) -> tuple[Condition, ...]:
    """Its conditions, parsed. Raises ConditionError."""
    return _parsed(json.dumps(achievement.conditions))


@lru_cache(maxsize=4096)
def _parsed(conditions: str) -> tuple[Condition, ...]:
    """A drain looks at every achievement, every few seconds, and they hardly ever change."""
    return parse_stored(json.loads(conditions))


@dataclass(frozen=True)
class Order:
    """Achievements that follow others, in the order in which to award them.

    `lined_up`: steps of those that follow only what comes before. `cycle`: those that feed each other, or come after such;
    `limited`: those of them that students compete for.
    """

    lined_up: list[list[RuledAchievement]]
    cycle: list[RuledAchievement]
    limited: list[RuledAchievement]


def in_order(dependents: Sequence[RuledAchievement]) -> Order:
    """The order of these: points follow everything that gives points, AchievementIds what they list."""
    lined_up, waiting = [], list(dependents)
    while free := [ruled for ruled in waiting if not any(feeds(other, ruled) for other in waiting)]:
        lined_up.append(free)
        waiting = [ruled for ruled in waiting if ruled not in free]
    cycle = [ruled for ruled in waiting if not ruled.is_limited]
    return Order(lined_up, cycle, [ruled for ruled in waiting if ruled.is_limited])


def feeds(source: RuledAchievement, ruled: RuledAchievement) -> bool:
    """Whether the second can be earned by earning the first."""
    if source is ruled:
        return False
    return any(
        (isinstance(condition, Points) and source.achievement.points > 0)
        or (isinstance(condition, Achievements) and source.achievement.pk in condition.achievement_ids)
        for condition in ruled.rule.conditions
    )
