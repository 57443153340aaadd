"""Issues every badge to every student, in turn with the floor: a batch, the badges and the items in one statement."""

import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from badges.issuing import Source, issue_many
from badges.models import Badge, BadgeProvider, IssuanceBatch, IssuanceItem, IssuedBadge, Via
from organizations.models import Organization, User

# Badges and students of a press.
SIZES = ((10, 100), (10, 500), (10, 2000))

FLOOR = """
WITH batch AS (
    INSERT INTO badges_issuancebatch (idempotency_key, organization_id, via, source_id, source_words, issued_by_id, created_at)
    VALUES (gen_random_uuid(), %(organization)s, 'roster', 1, 'A class', %(issuer)s, now()) RETURNING id),
issued AS (
    INSERT INTO badges_issuedbadge (
        badge_id, provider_id, student_id, recipient_email, issued_at, evidence, status, delivery, next_attempt_at,
        status_changed_at, public_id, created_at, via, source_id, source_words, issued_by_id, batch_id)
    SELECT badge.id, badge.provider_id, person.id, person.email, now(), '{}', 'accepted', 'pending', now(), now(),
        gen_random_uuid(), now(), 'roster', 1, 'A class', %(issuer)s, batch.id
    FROM batch, badges_badge badge, organizations_user person
    WHERE badge.id = ANY(%(badges)s) AND person.id = ANY(%(students)s) ORDER BY badge.id, person.id
    RETURNING id, badge_id, student_id)
INSERT INTO badges_issuanceitem (batch_id, badge_id, student_id, issued_badge_id, code, message)
SELECT batch.id, badge_id, student_id, issued.id, '', '' FROM batch, issued
"""


def run(rounds: int) -> None:
    """Print the table."""
    organization = Organization.objects.create(name="Benchmark")
    issuer = _people(organization, 1)[0]
    students = _people(organization, max(size for _badges, size in SIZES))
    badges = _badges(organization, max(size for size, _students in SIZES))
    print(f"the median of {rounds} rounds, in turn; the table as large each time")
    print(f"{'pairs':>8}{'issue_many':>13}{'a second':>11}{'statement':>12}{'ratio':>8}")
    for of_badges, of_students in SIZES:
        chosen, people = badges[:of_badges], students[:of_students]
        ours, floor = _in_turn(rounds, partial(_ours, chosen, people, issuer), partial(_floor, chosen, people, issuer))
        pairs = of_badges * of_students
        print(f"{pairs:>8,}{ours:>12.3f}s{pairs / ours:>11,.0f}{floor:>11.3f}s{ours / floor:>8.2f}")


def _in_turn(rounds: int, ours: Callable[[], None], floor: Callable[[], None]) -> tuple[float, float]:
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for times, act in zip(seconds, (ours, floor), strict=True):
            _clear()
            start = time.perf_counter()
            act()
            if number:  # the first of each warms up
                times.append(time.perf_counter() - start)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def _ours(badges: Sequence[Badge], students: Sequence[User], issuer: User) -> None:
    source = Source(Via.ROSTER, 1, "A class")
    report = issue_many(
        badges=badges,
        students=students,
        source=source,
        organization=issuer.organization,
        issued_by=issuer,
        at=timezone.now(),
        key=uuid.uuid4(),
    )
    assert len(report.issued) == len(badges) * len(students)


def _floor(badges: Sequence[Badge], students: Sequence[User], issuer: User) -> None:
    parameters: dict[str, Any] = {
        "organization": issuer.organization_id,
        "issuer": issuer.pk,
        "badges": [badge.pk for badge in badges],
        "students": [student.pk for student in students],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FLOOR, parameters)


def _clear() -> None:
    tables = ", ".join(model._meta.db_table for model in (IssuanceItem, IssuedBadge, IssuanceBatch))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables} CASCADE")


def _people(organization: Organization, count: int) -> list[User]:
    first = User.objects.count()
    return User.objects.bulk_create(
        User(username=f"user-{first + n}", email=f"user-{first + n}@example.test", organization=organization)
        for n in range(count)
    )


def _badges(organization: Organization, count: int) -> list[Badge]:
    provider = BadgeProvider.objects.create(
        name="Built in", organization=organization, kind=BadgeProvider.Kind.BUILT_IN
    )
    return Badge.objects.bulk_create(
        Badge(name=f"Badge {n}", organization=organization, provider=provider, manual_issuance=True)
        for n in range(count)
    )
