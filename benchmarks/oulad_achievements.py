"""Achievements on the imported dataset, each with the SQL that somebody who knows the data would write by hand.

That SQL is the floor of the sweep's time, and an independent answer to compare its earners with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from achievements.models import Achievement
from badges.models import Badge, BadgeProvider
from benchmarks.oulad_files import ORGANIZATION, TIME_ZONE, numbers
from courses.models import Course, CourseTag, Lab
from organizations.models import Organization

type Conditions = list[dict[str, object]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """An achievement as it is to be, and rows (user_id, nth, earned_at) of its earners in `sql`."""

    name: str
    conditions: Conditions
    sql: str
    parameters: Mapping[str, str | int | list[int]] = field(default_factory=dict)
    points: int = 0
    frequency: int = 1
    frequency_type: str = Achievement.FrequencyType.PER_USER
    is_global: bool = False


@dataclass(frozen=True)
class Known:
    """Ids of what was imported."""

    courses: dict[str, int]
    tags: dict[str, int]
    last_tmas: list[int]
    exams: list[int]

    @classmethod
    def of(cls, tables: Path) -> "Known":
        """What the conditions name."""
        labs = dict(Lab.objects.values_list("number", "pk"))
        return cls(
            courses=dict(Course.objects.values_list("number", "pk")),
            tags=dict(CourseTag.objects.values_list("name", "pk")),
            last_tmas=[labs[number] for number in numbers(tables, kind="TMA", presentation="DDD 2014J")],
            exams=[labs[number] for number in numbers(tables, kind="Exam")],
        )


_LABS = "FROM courses_trainingrecord WHERE lab_id IS NOT NULL"
_COURSES = "FROM courses_trainingrecord WHERE lab_id IS NULL"


def _kth(k: int, moment: str, rows: str) -> str:
    """The k-th moment of each user."""
    return (
        f"SELECT user_id, 1 AS nth, (array_agg({moment} ORDER BY {moment}))[{k}] AS earned_at {rows} "
        f"GROUP BY user_id HAVING count(*) >= {k}"
    )


def _every(k: int, times: int, moment: str, rows: str) -> str:
    """Each k-th moment of each user."""
    return (
        f"SELECT user_id, n / {k} AS nth, moment AS earned_at FROM (SELECT user_id, {moment} AS moment, "
        f"row_number() OVER (PARTITION BY user_id ORDER BY {moment}) AS n {rows}) numbered "
        f"WHERE n %% {k} = 0 AND n <= {k * times}"
    )


# Each winner is the first of a day at least seven after the day of the one before; a day's ties go to the lower id.
_FIRST_OF_A_WEEK = f"""
WITH RECURSIVE first AS (
    SELECT DISTINCT ON (day) day, user_id, earned_at
    FROM (SELECT user_id, min(completed_at) AS earned_at, (min(completed_at) AT TIME ZONE '{TIME_ZONE}')::date AS day
        {_LABS} AND passed AND completed_at IS NOT NULL GROUP BY user_id) each
    ORDER BY day, earned_at, user_id),
winner AS (
    (SELECT * FROM first ORDER BY day LIMIT 1)
    UNION ALL
    SELECT next.* FROM winner, LATERAL (SELECT * FROM first WHERE day >= winner.day + 7 ORDER BY day LIMIT 1) next)
SELECT user_id, 1 AS nth, earned_at FROM winner
"""


def on_labs(known: Known) -> list[Case]:
    """Achievements of Subject 0."""
    return [
        Case(
            name="Start any lab",
            conditions=[{"Subject": 0, "Count": 1}],
            sql=f"SELECT user_id, 1 AS nth, min(started_at) AS earned_at {_LABS} GROUP BY user_id",
            points=10,
        ),
        Case(
            name="Pass an exam",
            conditions=[{"Subject": 0, "Count": 1, "LabProfileIds": known.exams, "Passed": True}],
            sql=f"SELECT user_id, 1 AS nth, min(completed_at) AS earned_at {_LABS} AND lab_id = ANY(%(labs)s) AND passed "
            "GROUP BY user_id",
            parameters={"labs": known.exams},
            points=150,
        ),
        Case(
            name="Pass all TMA labs of DDD in 2014J",
            conditions=[
                {
                    "Subject": 0,
                    "Count": len(known.last_tmas),
                    "LabProfileIds": known.last_tmas,
                    "Distinct": True,
                    "Passed": True,
                }
            ],
            sql=f"SELECT user_id, 1 AS nth, max(first) AS earned_at FROM (SELECT user_id, lab_id, min(completed_at) "
            f"AS first {_LABS} AND lab_id = ANY(%(labs)s) AND passed GROUP BY user_id, lab_id) each "
            f"GROUP BY user_id HAVING count(*) = {len(known.last_tmas)}",
            parameters={"labs": known.last_tmas},
            points=200,
        ),
        Case(
            name="Pass 15 different labs",
            conditions=[{"Subject": 0, "Count": 15, "Distinct": True, "Passed": True}],
            sql=_kth(
                15,
                "first",
                f"FROM (SELECT user_id, lab_id, min(completed_at) AS first {_LABS} AND passed GROUP BY user_id, lab_id) each",
            ),
            points=100,
        ),
        Case(
            name="Complete 3 labs on a single day",
            conditions=[{"Subject": 0, "Count": 3, "Complete": True, "SingleDay": True}],
            sql="SELECT user_id, 1 AS nth, min(third) AS earned_at FROM (SELECT user_id, "
            f"(array_agg(completed_at ORDER BY completed_at))[3] AS third {_LABS} AND completed_at IS NOT NULL "
            f"GROUP BY user_id, (completed_at AT TIME ZONE '{TIME_ZONE}')::date HAVING count(*) >= 3) day GROUP BY user_id",
            points=50,
        ),
        Case(
            name="Every 5 labs passed, 10 times",
            conditions=[{"Subject": 0, "Count": 5, "Passed": True}],
            sql=_every(5, 10, "completed_at", f"{_LABS} AND passed AND completed_at IS NOT NULL"),
            points=40,
            frequency=10,
        ),
    ]


def on_courses(known: Known) -> list[Case]:
    """Achievements of Subject 10 and 20."""
    both = [known.courses["AAA"], known.courses["BBB"]]
    complete = f"{_COURSES} AND completed_at IS NOT NULL"
    return [
        Case(
            name="Complete any 3 courses",
            conditions=[{"Subject": 10, "Count": 3, "Complete": True}],
            sql=_kth(3, "completed_at", complete),
            points=150,
        ),
        Case(
            name="Complete AAA and BBB",
            conditions=[{"Subject": 10, "Count": 1, "CourseIds": [pk], "Complete": True} for pk in both],
            sql="SELECT user_id, 1 AS nth, max(first) AS earned_at FROM (SELECT user_id, course_id, "
            f"min(completed_at) AS first {complete} AND course_id = ANY(%(courses)s) GROUP BY user_id, course_id) each "
            "GROUP BY user_id HAVING count(*) = 2",
            parameters={"courses": both},
            points=150,
        ),
        Case(
            name="Complete a STEM course",
            conditions=[{"Subject": 20, "Count": 1, "CourseTagIds": [known.tags["STEM"]], "Complete": True}],
            sql=f"SELECT user_id, 1 AS nth, min(completed_at) AS earned_at {complete} AND course_id IN "
            "(SELECT course_id FROM courses_course_tags WHERE coursetag_id = %(tag)s) GROUP BY user_id",
            parameters={"tag": known.tags["STEM"]},
            points=100,
        ),
        Case(
            name="Enroll again and again",
            conditions=[{"Subject": 10, "Count": 1}],
            sql=_every(1, 3, "started_at", _COURSES),
            points=5,
            frequency=3,
        ),
        Case(
            name="First 20 to complete BBB",
            conditions=[{"Subject": 10, "Count": 1, "CourseIds": both[1:], "Complete": True}],
            sql=f"SELECT user_id, 1 AS nth, min(completed_at) AS earned_at {complete} AND course_id = %(course)s "
            "GROUP BY user_id ORDER BY earned_at, user_id LIMIT 20",
            parameters={"course": both[1]},
            frequency=20,
            frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT,
        ),
    ]


def on_paths(known: Known) -> list[Case]:
    """Achievements of several subjects at once, and of one winner a week."""
    listed = [known.courses[name] for name in ("CCC", "DDD", "EEE")]
    complete = f"{_COURSES} AND completed_at IS NOT NULL"
    course = f"SELECT user_id, min(completed_at) AS first {complete} AND course_id = ANY(%(courses)s) GROUP BY user_id"
    exam = f"SELECT user_id, min(completed_at) AS first {_LABS} AND lab_id = ANY(%(labs)s) AND passed GROUP BY user_id"
    return [
        Case(
            name="Complete CCC, DDD or EEE, and pass an exam",
            conditions=[
                {"Subject": 20, "Count": 1, "CourseIds": listed, "Complete": True},
                {"Subject": 0, "Count": 1, "LabProfileIds": known.exams, "Passed": True},
            ],
            sql=f"SELECT user_id, 1 AS nth, greatest(a.first, b.first) AS earned_at FROM ({course}) a JOIN ({exam}) b"
            " USING (user_id)",
            parameters={"courses": listed, "labs": known.exams},
            points=100,
        ),
        Case(
            name="Complete a STEM course of CCC, DDD and EEE",
            conditions=[
                {
                    "Subject": 20,
                    "Count": 1,
                    "CourseTagIds": [known.tags["STEM"]],
                    "CourseIds": listed,
                    "Complete": True,
                }
            ],
            sql=f"SELECT user_id, 1 AS nth, min(completed_at) AS earned_at {complete} AND course_id = ANY(%(courses)s)"
            " AND course_id IN (SELECT course_id FROM courses_course_tags WHERE coursetag_id = %(tag)s) GROUP BY user_id",
            parameters={"courses": listed, "tag": known.tags["STEM"]},
        ),
        Case(
            name="First of a week to pass a lab",
            conditions=[{"Subject": 0, "Count": 1, "Passed": True}],
            sql=_FIRST_OF_A_WEEK,
            frequency=7,
            frequency_type=Achievement.FrequencyType.PER_DAY,
        ),
    ]


def on_the_guild(known: Known) -> list[Case]:
    """Achievements of the organization above: a global one, and one on a course that is open to outsiders."""
    return [
        Case(
            name="Complete 10 labs anywhere",
            conditions=[{"Subject": 0, "Count": 10, "Complete": True}],
            sql=_kth(10, "completed_at", f"{_LABS} AND completed_at IS NOT NULL"),
            is_global=True,
        ),
        Case(
            name="Complete FFF",
            conditions=[{"Subject": 10, "Count": 1, "CourseIds": [known.courses["FFF"]], "Complete": True}],
            sql=f"SELECT user_id, 1 AS nth, min(completed_at) AS earned_at {_COURSES} AND completed_at IS NOT NULL"
            " AND course_id = %(course)s GROUP BY user_id",
            parameters={"course": known.courses["FFF"]},
        ),
    ]


def on_achievements(ids: Mapping[str, int]) -> list[Case]:
    """Achievements of Subject 40, on those that were created before; they give no points themselves."""
    listed = [ids["Complete a STEM course"], ids["Every 5 labs passed, 10 times"]]
    return [
        Case(
            name="500 points",
            conditions=[{"Subject": 40, "Points": 500}],
            sql="SELECT user_id, 1 AS nth, min(earned_at) AS earned_at FROM (SELECT user_id, earned_at, sum(points) OVER "
            "(PARTITION BY user_id ORDER BY earned_at) AS total FROM achievements_earnedachievement earned "
            "JOIN achievements_achievement source ON source.id = earned.achievement_id) running "
            "WHERE total >= 500 GROUP BY user_id",
        ),
        Case(
            name="STEM and 5 labs",
            conditions=[{"Subject": 40, "Count": 1, "AchievementIds": listed}],
            sql="SELECT user_id, 1 AS nth, max(earned_at) AS earned_at FROM achievements_earnedachievement "
            "WHERE achievement_id = ANY(%(ids)s) AND nth = 1 GROUP BY user_id HAVING count(*) = 2",
            parameters={"ids": listed},
        ),
    ]


def create(tables: Path) -> list[tuple[Achievement, Case]]:
    """All achievements, each with a badge of the built-in issuer, in an order in which those followed come first."""
    organization = Organization.objects.get(name=ORGANIZATION, parent=None)
    Organization.objects.filter(pk=organization.pk).update(
        approval_limit=None
    )  # or the first pass would wait for somebody
    provider = BadgeProvider.objects.create(
        name="Built-in", organization=organization, kind=BadgeProvider.Kind.BUILT_IN
    )
    known = Known.of(tables)
    Course.objects.filter(pk=known.courses["FFF"]).update(achievements_for_outside_organizations=True)
    guild = Organization.objects.create(name="Guild", time_zone=TIME_ZONE, approval_limit=None)
    Organization.objects.filter(pk=organization.pk).update(parent=guild)
    created = _create([*on_labs(known), *on_courses(known), *on_paths(known)], organization, provider)
    created += _create(on_the_guild(known), guild, provider)
    ids = {achievement.name: achievement.pk for achievement, _case in created}
    return created + _create(on_achievements(ids), organization, provider)


def _create(
    cases: Sequence[Case], organization: Organization, provider: BadgeProvider
) -> list[tuple[Achievement, Case]]:
    created = []
    for case in cases:
        badge = Badge.objects.create(name=case.name, organization=organization, provider=provider)
        achievement = Achievement.objects.create(
            name=case.name,
            organization=organization,
            badge=badge,
            conditions=case.conditions,
            points=case.points,
            frequency=case.frequency,
            frequency_type=case.frequency_type,
            is_global=case.is_global,
        )
        created.append((achievement, case))
    return created
