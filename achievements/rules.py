"""Reads achievements from the database as the sweep needs them, and tells which could concern whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import connection

from achievements.conditions.parsing import ConditionError, parse_stored
from achievements.conditions.sql import EVERYBODY, People, Rule
from achievements.conditions.terms import Achievements, Condition, Courses, Labs, Points
from achievements.models import Achievement
from courses.models import Course


@dataclass(frozen=True)
class Swept:
    """An achievement, ready to be evaluated."""

    achievement: Achievement
    rule: Rule

    @property
    def follows_others(self) -> bool:
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

    swept: list[Swept]
    poisoned: list[tuple[Achievement, ConditionError]]


def load(achievement_ids: Iterable[int] | None = None) -> Loaded:
    """The enabled achievements in the order of their ids, or those of them with these ids. Two queries."""
    achievements = Achievement.objects.enabled().select_related("organization", "badge__provider").order_by("pk")
    if achievement_ids is not None:
        achievements = achievements.filter(pk__in=list(achievement_ids))
    has_outsiders = Course.objects.filter(achievements_for_outside_organizations=True).exists()
    loaded = Loaded([], [])
    for achievement in achievements:
        try:
            rule = rule_of(achievement, has_outsiders=has_outsiders)
        except ConditionError as error:
            loaded.poisoned.append((achievement, error))
        else:
            loaded.swept.append(Swept(achievement, rule))
    return loaded


def rule_of(achievement: Achievement, *, has_outsiders: bool = True) -> Rule:
    """What the compiler needs of an achievement. Raises ConditionError.

    Students compete for a limited achievement, so each earns it once at most: only the first time is asked for.
    """
    is_limited = achievement.frequency_type != Achievement.FrequencyType.PER_USER
    return Rule(
        achievement_id=achievement.pk,
        organization_id=achievement.organization_id,
        conditions=parse_stored(achievement.conditions),
        is_global=achievement.is_global,
        time_zone=achievement.organization.time_zone,
        times=1 if is_limited else achievement.frequency,
        has_outsiders=has_outsiders,
        people=EVERYBODY,
    )


@dataclass(frozen=True)
class Touched:
    """What some students have any record of. A condition on none of it cannot be met by any of them."""

    labs: frozenset[int]
    courses: frozenset[int]
    tags: frozenset[int]
    organizations: frozenset[int]

    @classmethod
    def by(cls, user_ids: Sequence[int]) -> "Touched":
        """One query, for any number of students."""
        with connection.cursor() as cursor:
            cursor.execute(_TOUCHED, [list(user_ids), list(user_ids)])
            sets = [frozenset(ids or ()) for ids in cursor.fetchone()]
        return cls(*sets)

    def could_meet(self, rule: Rule) -> bool:
        """False only when none of the students can earn it. Earned achievements are not looked at."""
        is_for_them = rule.is_global or rule.has_outsiders or rule.organization_id in self.organizations
        return is_for_them and all(self._could_meet(condition) for condition in rule.conditions)

    def _could_meet(self, condition: Condition) -> bool:
        match condition:
            case Labs():
                return not self.labs.isdisjoint(condition.lab_ids) if condition.lab_ids else bool(self.labs)
            case Courses():
                by_id = not condition.course_ids or not self.courses.isdisjoint(condition.course_ids)
                by_tag = not condition.tag_ids or not self.tags.isdisjoint(condition.tag_ids)
                return bool(self.courses) and by_id and by_tag
            case _:
                return True


_TOUCHED = """
WITH record AS MATERIALIZED (
    SELECT lab_id, course_id FROM courses_trainingrecord WHERE user_id = ANY(%s::bigint[]) GROUP BY lab_id, course_id)
SELECT
    (SELECT array_agg(lab_id) FROM record WHERE lab_id IS NOT NULL),
    (SELECT array_agg(course_id) FROM record WHERE lab_id IS NULL),
    (SELECT array_agg(DISTINCT coursetag_id) FROM courses_course_tags
     WHERE course_id IN (SELECT course_id FROM record WHERE lab_id IS NULL)),
    (SELECT array_agg(DISTINCT organization_id) FROM tms_user WHERE id = ANY(%s::bigint[]))
"""


@dataclass(frozen=True)
class Order:
    """Achievements that follow others, in the order in which to award them.

    `lined_up`: each follows only what comes before it. `ring`: those that feed each other, or come after such. `limited`:
    those that students compete for.
    """

    lined_up: list[Swept]
    ring: list[Swept]
    limited: list[Swept]


def in_order(followers: Sequence[Swept]) -> Order:
    """The order of these: points follow everything that gives points, AchievementIds what they list."""
    order = Order([], [], [swept for swept in followers if swept.is_limited])
    waiting = [swept for swept in followers if not swept.is_limited]
    while waiting:
        free = [swept for swept in waiting if not any(_feeds(other, swept) for other in waiting)]
        if not free:
            break
        order.lined_up.extend(free)
        waiting = [swept for swept in waiting if swept not in free]
    order.ring.extend(waiting)
    return order


def _feeds(source: Swept, swept: Swept) -> bool:
    if source is swept:
        return False
    return any(
        (isinstance(condition, Points) and source.achievement.points > 0)
        or (isinstance(condition, Achievements) and source.achievement.pk in condition.achievement_ids)
        for condition in swept.rule.conditions
    )
