"""Gathers some people and their records in tables of the session: one look into the big tables serves every achievement."""
# ruff: noqa: S608 - the names of columns are constants

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from achievements.conditions.events import COLUMNS, People, Rule
from achievements.conditions.terms import Condition, Courses, Labs

_MANY = 50  # people, whose records are worth an index: every condition looks at them

# People who take no part could meet nothing (S81 to S85). A record counts since it was written, or since its course's
# tags or switch were changed: that moment is what `recorded_at` says here. `root_id` is the top of the person's tree;
# `credited_to` are the organizations whose achievements an outsider's record counts for: the owner of a course that is
# open to outsiders, and those above it.
_GATHER = [
    "DROP TABLE IF EXISTS pg_temp.gathered_person, pg_temp.gathered_record",
    """
    CREATE TEMPORARY TABLE gathered_person ON COMMIT DROP AS
    WITH RECURSIVE line (of_id, id, parent_id) AS (
        SELECT id, id, parent_id FROM organizations_organization
        WHERE id IN (SELECT organization_id FROM organizations_user WHERE id = ANY(%(ids)s::bigint[]))
        UNION
        SELECT of_id, parent.id, parent.parent_id FROM line JOIN organizations_organization parent ON parent.id = line.parent_id)
    SELECT person.id, organization_id, in_global_achievements, line.id AS root_id
    FROM organizations_user person
    JOIN organizations_organization organization ON organization.id = organization_id
    LEFT JOIN line ON of_id = organization_id AND line.parent_id IS NULL
    WHERE person.id = ANY(%(ids)s::bigint[])
        AND is_active AND participates_in_achievements AND achievements_enabled
    """,
    f"""
    CREATE TEMPORARY TABLE gathered_record ON COMMIT DROP AS
    WITH RECURSIVE line (of_id, id, parent_id) AS (
        SELECT id, id, parent_id FROM organizations_organization
        WHERE id IN (SELECT organization_id FROM courses_course WHERE achievements_for_outside_organizations)
        UNION
        SELECT of_id, parent.id, parent.parent_id FROM line JOIN organizations_organization parent ON parent.id = line.parent_id),
    credit AS (SELECT of_id, array_agg(id) AS credited_to FROM line GROUP BY of_id)
    SELECT {", ".join(f"record.{column}" for column in COLUMNS)},
        greatest(recorded_at, course.switched_at) AS recorded_at, person.organization_id, in_global_achievements,
        root_id, credited_to
    FROM gathered_person person
    JOIN courses_trainingrecord record ON record.user_id = person.id
    LEFT JOIN courses_course course ON course.id = course_id
    LEFT JOIN credit ON achievements_for_outside_organizations AND of_id = course.organization_id
    """,
    "ANALYZE gathered_person, gathered_record",
]
_INDEX = [
    "CREATE INDEX ON gathered_record (lab_id) WHERE lab_id IS NOT NULL",
    "CREATE INDEX ON gathered_record (course_id) WHERE lab_id IS NULL",
]
# What is dated after the moment of the look does not count yet: the person is looked at again when it does.
_COME_BACK = """
INSERT INTO operation_sweephint (student_id, due_at, created_at)
SELECT user_id, min(moment), clock_timestamp()
FROM gathered_record CROSS JOIN LATERAL (VALUES (started_at), (completed_at)) AS dated (moment)
WHERE moment > %s GROUP BY user_id ORDER BY user_id
"""
_TOUCHED = """
SELECT
    (SELECT array_agg(DISTINCT lab_id) FROM gathered_record WHERE lab_id IS NOT NULL),
    (SELECT array_agg(DISTINCT course_id) FROM gathered_record WHERE lab_id IS NULL),
    (SELECT array_agg(DISTINCT coursetag_id) FROM courses_course_tags
     WHERE course_id IN (SELECT course_id FROM gathered_record WHERE lab_id IS NULL)),
    (SELECT array_agg(DISTINCT organization_id) FROM gathered_person),
    (SELECT array_agg(DISTINCT root_id) FROM gathered_person WHERE in_global_achievements),
    (SELECT array_agg(DISTINCT id) FROM (SELECT DISTINCT credited_to FROM gathered_record) credit, unnest(credited_to) id),
    (SELECT array_agg(id) FROM organizations_organization WHERE NOT achievements_enabled)
"""


@dataclass(frozen=True)
class RecordSummary:
    """What those gathered have any record of. A condition on none of it cannot be met by any of them.

    `roots`: the tops of the trees of those who take part in global achievements; `credited`: the organizations whose
    achievements their records count for where they are outsiders. `switched_off` are organizations that take no part:
    no one earns their achievements (S81).
    """

    labs: frozenset[int]
    courses: frozenset[int]
    tags: frozenset[int]
    organizations: frozenset[int]
    roots: frozenset[int]
    credited: frozenset[int]
    switched_off: frozenset[int]

    def could_meet(self, rule: Rule) -> bool:
        """False only when none of them can earn it. Earned achievements are not looked at."""
        if rule.organization_id in self.switched_off:
            return False
        is_for_them = not self.credited.union(self.organizations).isdisjoint({rule.organization_id})
        if rule.is_global:
            is_for_them |= rule.reaches_all_trees or rule.root_id in self.roots
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


def gather(user_ids: Sequence[int], *, at: datetime) -> RecordSummary:
    """Gather these people, until the transaction ends. Whose training goes on later is queued for that moment."""
    with connection.cursor() as cursor:
        statements = _GATHER + (_INDEX if len(user_ids) > _MANY else [])
        cursor.execute(";".join(statements), {"ids": list(user_ids)})
        cursor.execute(_COME_BACK, [at])
        cursor.execute(_TOUCHED)
        return RecordSummary(*(frozenset(ids or ()) for ids in cursor.fetchone()))
