"""Generates people, records and achievements of mixed kinds."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.db import connection

from achievements.models import Achievement
from badges.models import Badge, BadgeProvider
from benchmarks.sweep_cases import ZONE, Case, Mix
from courses.models import ContentProvider, Course, CourseTag, Lab
from organizations.models import Organization

LABS, COURSES, TAGS = 500, 200, 20
_RECORDS = "courses_trainingrecord"


def create(users: int, records: int, achievements: int) -> list[Case]:
    """Everything, and statistics of it."""
    organizations = [
        Organization.objects.create(name=name, time_zone=ZONE, approval_limit=None, **switches)
        for name, switches in [
            ("Home", {}),
            ("Partner", {}),
            ("Apart", {"in_global_achievements": False}),
            ("Off", {"achievements_enabled": False}),
        ]
    ]
    # A global achievement reaches its own tree.
    Organization.objects.exclude(pk=organizations[0].pk).update(parent=organizations[0])
    _catalogue(organizations[0])
    outside = Course.objects.order_by("pk").values_list("pk", flat=True)[:COURSES:20]
    Course.objects.filter(pk__in=list(outside)).update(achievements_for_outside_organizations=True)
    _people(organizations, users)
    _records(records)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return _achievements(organizations[0], Mix(organizations, list(outside)), achievements)


def _catalogue(organization: Organization) -> None:
    provider = ContentProvider.objects.create(name="Provider", organization=organization)
    Lab.objects.bulk_create(Lab(name=f"Lab {i}", number=str(i), organization=organization) for i in range(LABS))
    courses = Course.objects.bulk_create(
        Course(name=f"Course {i}", number=str(i), organization=organization, content_provider=provider)
        for i in range(COURSES)
    )
    tags = CourseTag.objects.bulk_create(CourseTag(name=f"Tag {i}", organization=organization) for i in range(TAGS))
    for i, course in enumerate(courses):
        course.tags.add(tags[i % TAGS], tags[i * 7 % TAGS])


def _people(organizations: Sequence[Organization], users: int) -> None:
    """Eight of ten at home, the rest elsewhere; some do not take part."""
    ids = [organizations[0].pk] * 16 + [organizations[1].pk] * 2 + [organizations[2].pk, organizations[3].pk]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO organizations_user (username, email, organization_id, earner_id, password, first_name, last_name,"
            " is_superuser, is_staff, is_active, date_joined, participates_in_achievements, is_contract_instructor)"
            " SELECT 's' || i, 's' || i || '@example.test', (%s::bigint[])[1 + i %% 20], gen_random_uuid(), '', 'Sam',"
            " 'Student', false, false, i %% 101 > 0, now(), i %% 47 > 0, false FROM generate_series(1, %s) i",
            [ids, users],
        )


def _records(records: int) -> None:
    """Six of ten of labs, some of them within a course; popular ones more often; in the order in which people work."""
    with _written_quickly(_RECORDS), connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.42)")
        cursor.execute(
            f"INSERT INTO {_RECORDS} (user_id, lab_id, course_id, started_at, completed_at, passed,"
            " minutes_spent, source, source_id, recorded_at)"
            " SELECT user_id, CASE WHEN is_lab THEN lab_id END, CASE WHEN NOT is_lab OR in_course THEN course_id END,"
            " started_at, CASE WHEN is_done THEN started_at + minutes * interval '1 minute' END,"
            " CASE WHEN is_lab AND is_done THEN luck < 0.8 END, minutes, 'import', i::text, started_at"
            " FROM (SELECT i, (SELECT min(id) FROM organizations_user) + floor(random() * (SELECT count(*) FROM organizations_user))::bigint"
            " AS user_id, random() < 0.6 AS is_lab, random() < 0.3 AS in_course,"
            " (SELECT min(id) FROM courses_lab) + floor(%(labs)s * random() ^ 1.5)::int AS lab_id,"
            " (SELECT min(id) FROM courses_course) + floor(%(courses)s * random() ^ 1.5)::int AS course_id,"
            " timestamptz '2023-01-01 00:00Z' + i * (interval '1000 days' / %(records)s)"
            " + random() * interval '1 day' AS started_at, random() < 0.7 AS is_done, random() AS luck,"
            " 1 + floor(random() * 60)::int AS minutes FROM generate_series(1, %(records)s) i) drawn",
            {"labs": LABS, "courses": COURSES, "records": records},
        )


@contextlib.contextmanager
def _written_quickly(table: str) -> Iterator[None]:
    """Many rows, which are known to be right: no foreign key is checked, and indexes are built when all are there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
            [table],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("RESET session_replication_role; SET maintenance_work_mem = '1GB'")
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute("RESET maintenance_work_mem")


def _achievements(organization: Organization, mix: Mix, how_many: int) -> list[Case]:
    provider = BadgeProvider.objects.create(
        name="Built-in", organization=organization, kind=BadgeProvider.Kind.BUILT_IN
    )
    dependents = max(2, how_many // 20)
    drawn = mix.draw(how_many - dependents)
    cases = [_create(case, number, organization, provider) for number, case in enumerate(drawn)]
    ids = [case.achievement.pk for case in cases if case.achievement]
    following = mix.draw_following(ids, dependents)
    cases += [_create(case, len(ids) + i, organization, provider) for i, case in enumerate(following)]
    return cases


def _create(case: Case, number: int, organization: Organization, provider: BadgeProvider) -> Case:
    badge = Badge.objects.create(name=f"{case.name} ({number})", organization=organization, provider=provider)
    achievement = Achievement.objects.create(
        name=badge.name,
        organization=organization,
        badge=badge,
        conditions=case.conditions,
        points=case.points,
        frequency=case.frequency,
        frequency_type=case.frequency_type,
        is_global=case.is_global,
    )
    return replace(case, achievement=achievement)
