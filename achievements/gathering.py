"""Gathers some people and their records in tables of the session: one look into the big tables serves every achievement."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from achievements.conditions.sql import People, Rule
from achievements.conditions.terms import Condition, Courses, Labs

_MANY = 50  # people, whose records are worth an index: every condition looks at them

# The columns that the compiled conditions read. People who take no part could meet nothing (S81 to S85). A record counts
# since it was written, or since its course's tags or switch were changed: that moment is what `recorded_at` says here.
_GATHER = [
    "DROP TABLE IF EXISTS pg_temp.gathered_person, pg_temp.gathered_record",
    """
    CREATE TEMPORARY TABLE gathered_person ON COMMIT DROP AS
    SELECT person.id, organization_id, in_global_achievements
    FROM tms_user person JOIN tms_organization organization ON organization.id = organization_id
    WHERE person.id = ANY(%(ids)s::bigint[])
        AND is_active AND participates_in_achievements AND achievements_enabled
    """,
    """
    CREATE TEMPORARY TABLE gathered_record ON COMMIT DROP AS
    SELECT record.id, user_id, lab_id, course_id, started_at, completed_at, passed, minutes_spent,
        greatest(recorded_at, course.switched_at) AS recorded_at, person.organization_id, in_global_achievements,
        course.achievements_for_outside_organizations IS TRUE AS is_outside
    FROM gathered_person person
    JOIN courses_trainingrecord record ON record.user_id = person.id
    LEFT JOIN courses_course course ON course.id = course_id
    """,
    "ANALYZE gathered_person, gathered_record",
]
_INDEX = [
    "CREATE INDEX ON gathered_record (lab_id) WHERE lab_id IS NOT NULL",
    "CREATE INDEX ON gathered_record (course_id) WHERE lab_id IS NULL",
]
_TOUCHED = """
SELECT
    (SELECT array_agg(DISTINCT lab_id) FROM gathered_record WHERE lab_id IS NOT NULL),
    (SELECT array_agg(DISTINCT course_id) FROM gathered_record WHERE lab_id IS NULL),
    (SELECT array_agg(DISTINCT coursetag_id) FROM courses_course_tags
     WHERE course_id IN (SELECT course_id FROM gathered_record WHERE lab_id IS NULL)),
    (SELECT array_agg(DISTINCT organization_id) FROM gathered_person),
    (SELECT array_agg(id) FROM tms_organization WHERE NOT achievements_enabled)
"""


@dataclass(frozen=True)
class Touched:
    """What those gathered have any record of. A condition on none of it cannot be met by any of them.

    `switched_off` are organizations that take no part: their achievements are earned by nobody (S81).
    """

    labs: frozenset[int]
    courses: frozenset[int]
    tags: frozenset[int]
    organizations: frozenset[int]
    switched_off: frozenset[int]

    def could_meet(self, rule: Rule) -> bool:
        """False only when none of them can earn it. Earned achievements are not looked at."""
        if rule.organization_id in self.switched_off:
            return False
        is_for_them = rule.is_global or rule.has_outsiders or rule.organization_id in self.organizations
        return is_for_them and all(self._could_meet(condition) for condition in rule.conditions)

    @property
    def people(self) -> People:
        """Those gathered."""
        return People(gathered_from=self.organizations)

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


def gather(user_ids: Sequence[int]) -> Touched:
    """Gather these people, until the transaction ends."""
    with connection.cursor() as cursor:
        for statement in _GATHER + (_INDEX if len(user_ids) > _MANY else []):
            cursor.execute(statement, {"ids": list(user_ids)})
        cursor.execute(_TOUCHED)
        return Touched(*(frozenset(ids or ()) for ids in cursor.fetchone()))
