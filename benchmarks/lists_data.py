"""A training company with a million issued badges, made by SQL: what every list is asked for."""

from typing import Any

from django.contrib.auth.models import Group
from django.db import connection

from badges.models import BadgeProvider
from courses.models import ContentProvider
from organizations.models import Organization, User

CHILDREN, BADGES, COURSES, CLASSES, BATCHES, SWEEPS = 20, 1_000, 200, 2_000, 5_000, 5_000
# Issued badges of each badge fall off: the first has a tenth of all.
_TABLES = (
    # Names that nobody has: syllables, so that three letters are in many of them and six in few.
    """
INSERT INTO organizations_user (username, first_name, last_name, email, password, organization_id, earner_id, is_active,
    is_staff, is_superuser, date_joined, participates_in_achievements, is_contract_instructor, list_columns, last_login)
SELECT 'user' || n, initcap(syllables[1 + n %% 24] || syllables[1 + n / 24 %% 24]),
    initcap(syllables[1 + n / 7 %% 24] || syllables[1 + n / 168 %% 24] || syllables[1 + n / 4032 %% 24]),
    'user' || n || '@example.test', '!', %(organization)s + n %% (%(children)s + 1), gen_random_uuid(), true, false, false,
    timestamptz '2020-01-01 00:00Z' + n * interval '10 minutes', true, false, '{}',
    CASE WHEN n %% 3 > 0 THEN timestamptz '2026-01-01 00:00Z' + n * interval '1 minute' END
FROM generate_series(1, %(people)s) n, (SELECT string_to_array(
    'ba,ka,lo,mi,nu,re,so,ta,vé,wi,žu,fo,ga,he,ji,ko,ły,me,no,pa,ri,su,to,va', ',') AS syllables) names
""",
    """
INSERT INTO badges_badge (public_id, name, description, criteria, image, organization_id, provider_id,
    provider_template_id, manual_issuance, created_at, modified_at)
SELECT gen_random_uuid(), 'Badge ' || md5(n::text), 'Description', '', '', %(organization)s + n %% (%(children)s + 1),
    %(provider)s, 'template-' || n, n %% 2 = 0, now(), now()
FROM generate_series(1, %(badges)s) n
""",
    """
INSERT INTO badges_issuancebatch (idempotency_key, organization_id, via, source_id, source_words, issued_by_id, created_at)
SELECT gen_random_uuid(), %(organization)s + n %% (%(children)s + 1), 'roster', n, 'Class ' || n, %(first_user)s + n,
    timestamptz '2024-01-01 00:00Z' + n * interval '4 hours'
FROM generate_series(1, %(batches)s) n
""",
    """
INSERT INTO badges_issuedbadge (badge_id, student_id, provider_id, public_id, issued_at, expires_at, created_at,
    recipient_email, via, source_words, source_id, issued_by_id, batch_id, status, delivery, delivered_at, failure_code,
    failure_message, failed_at, external_id, revoked_at, revoked_by_id, revocation_reason)
SELECT %(first_badge)s + badge, %(first_user)s + student, %(provider)s, gen_random_uuid(), moment,
    CASE WHEN n %% 5 = 0 THEN moment + interval '3 years' END, moment, 'user' || student || '@example.test',
    CASE WHEN n %% 4 = 0 THEN 'roster' ELSE 'achievement' END, 'Source ' || badge, badge,
    CASE WHEN n %% 4 = 0 THEN %(first_user)s END, CASE WHEN n %% 4 = 0 THEN %(first_batch)s + n %% %(batches)s END,
    CASE WHEN n %% 50 = 0 THEN 'revoked' WHEN n %% 3 = 0 THEN 'accepted' ELSE 'pending' END,
    CASE WHEN n %% 101 = 0 THEN 'failed' ELSE 'delivered' END, CASE WHEN n %% 101 > 0 THEN moment END,
    CASE WHEN n %% 101 = 0 THEN 'rejected' ELSE '' END, CASE WHEN n %% 101 = 0 THEN 'The provider refused it.' ELSE '' END,
    CASE WHEN n %% 101 = 0 THEN moment END, CASE WHEN n %% 101 = 0 THEN '' ELSE 'external-' || n END,
    CASE WHEN n %% 50 = 0 THEN moment + interval '1 day' END, CASE WHEN n %% 50 = 0 THEN %(first_user)s END, ''
FROM (SELECT n, (n * 7919::bigint %% %(people)s)::int AS student,
        ((n / %(people)s + n * 7919::bigint %% %(people)s) * 13 %% %(badges)s)::int AS badge,
        timestamptz '2023-01-01 00:00Z' + n * (interval '1000 days' / %(issued)s) AS moment
    FROM generate_series(1, %(issued)s) n) drawn
""",
    """
INSERT INTO badges_issuanceitem (batch_id, badge_id, student_id, issued_badge_id, code, message)
SELECT batch_id, badge_id, student_id, id, '', '' FROM badges_issuedbadge WHERE batch_id IS NOT NULL
ON CONFLICT DO NOTHING
""",
    """
INSERT INTO courses_course (name, number, description, organization_id, content_provider_id,
    achievements_for_outside_organizations, is_instructor_led, is_self_paced, is_archived)
SELECT 'Course ' || md5(n::text), 'C' || n, '', %(organization)s + n %% (%(children)s + 1), %(content)s, false, true, true, false
FROM generate_series(1, %(courses)s) n
""",
    """
INSERT INTO classes_class (name, organization_id, course_id, starts_at, ends_at, time_zone, location, min_students,
    max_students, number)
SELECT 'Class ' || md5(n::text), %(organization)s + n %% (%(children)s + 1), %(first_course)s + n %% %(courses)s,
    moment, moment + interval '3 days', 'UTC', 'Room ' || n %% 30, 0, 100, ''
FROM (SELECT n, timestamptz '2023-01-01 00:00Z' + n * interval '12 hours' AS moment FROM generate_series(1, %(classes)s) n) drawn
""",
    """
INSERT INTO classes_enrollment (klass_id, student_id, enrollment_status, completion_status, enrolled_at)
SELECT (SELECT min(id) FROM classes_class) + n %% %(classes)s, %(first_user)s + n, 'enrolled', 'attending', now()
FROM generate_series(0, %(people)s - 1) n
""",
    """
INSERT INTO courses_courseassignment (student_id, course_id, assigned_at, started_at, completed_at, expires_at, include_labs)
SELECT %(first_user)s + n, %(first_course)s + n %% %(courses)s, moment,
    CASE WHEN n %% 2 = 0 THEN moment END, CASE WHEN n %% 4 = 0 THEN moment END,
    CASE WHEN n %% 5 > 0 THEN moment + interval '1 year' END, true
FROM (SELECT n, timestamptz '2025-01-01 00:00Z' + n * interval '5 minutes' AS moment
    FROM generate_series(0, %(people)s - 1) n) drawn
""",
    """
INSERT INTO achievements_achievement (name, description, organization_id, frequency, frequency_type, badge_id, conditions,
    points, is_global, reaches_all_trees, is_enabled, version, created_at, modified_at)
SELECT 'Achievement ' || md5(n::text), '', %(organization)s + n %% (%(children)s + 1), 1, 'user', %(first_badge)s + n - 1,
    '{}', 10, false, false, true, 1, now(), now()
FROM generate_series(1, %(badges)s) n
""",
    """
INSERT INTO achievements_sweep (kind, started_at, finished_at, achievements, skipped, earned, issued, failed, held, worker,
    is_waiting, is_stopped, evaluated)
SELECT 'drain', moment, moment + interval '2 seconds', 10, 0, 5, 5, 0, 0, 'worker', false, false, 10
FROM (SELECT n, timestamptz '2026-01-01 00:00Z' + n * interval '1 hour' AS moment FROM generate_series(1, %(sweeps)s) n) drawn
""",
    """
INSERT INTO achievements_earnedachievement (achievement_id, user_id, nth, earned_at, version, created_at, sweep_id)
SELECT (SELECT min(id) FROM achievements_achievement) + badge_id - %(first_badge)s, student_id, 1, min(issued_at), 1,
    min(issued_at), (SELECT max(id) FROM achievements_sweep)
FROM badges_issuedbadge WHERE via = 'achievement' GROUP BY badge_id, student_id
""",
)


def create(people: int, issued: int) -> None:
    """Everything, with statistics; signs in as `rowan`, who administers all, and as `robin`, of one organization of many."""
    root = Organization.objects.create(name="Umbrella")
    for number in range(CHILDREN):
        child = Organization.objects.create(name=f"Branch {number}", parent=root)
    provider = BadgeProvider.objects.create(name="Issuer", organization=root, kind=BadgeProvider.Kind.BUILT_IN)
    content = ContentProvider.objects.create(name="Content", organization=root)
    numbers: dict[str, int] = {"people": people, "issued": issued, "organization": root.pk, "children": CHILDREN}
    numbers |= {"provider": provider.pk, "content": content.pk, "badges": BADGES, "courses": COURSES}
    numbers |= {"classes": CLASSES, "batches": min(BATCHES, people - 1), "sweeps": SWEEPS}
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(table, numbers | _first_ids(cursor))
        cursor.execute("VACUUM ANALYZE")
    _administrator("rowan", root)
    _administrator("robin", child)


def _first_ids(cursor: Any) -> dict[str, int]:
    names = {
        "user": "organizations_user",
        "badge": "badges_badge",
        "batch": "badges_issuancebatch",
        "course": "courses_course",
    }
    found = {}
    for name, table in names.items():
        cursor.execute(f"SELECT coalesce(min(id), 0) FROM {table}")
        found[f"first_{name}"] = cursor.fetchone()[0]
    return found


def _administrator(name: str, organization: Organization) -> None:
    user: Any = User.objects.create_user(name, organization=organization, is_staff=True)
    user.managed_organizations.add(organization)
    user.groups.add(Group.objects.get(name="Administrator"))
