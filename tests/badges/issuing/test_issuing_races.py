"""What the database promises, with real threads and real commits."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction

from badges.issuing import Source, issue_many
from badges.models import IssuanceBatch, IssuedBadge, Via
from tests.factories import PAST, BadgeFactory, InstructorFactory, OrganizationFactory, StudentFactory
from tests.racing import at_once, closing, wait_until_somebody_waits_for_a_lock

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = int(os.environ.get("RACE_ROUNDS", "20"))


def issuing(badges, students, issued_by, key=None):
    return lambda: issue_many(
        badges=badges,
        students=students,
        source=Source(Via.ROSTER, 1, "Race"),
        organization=issued_by.organization,
        issued_by=issued_by,
        at=PAST,
        key=key or uuid.uuid4(),
    )


def test_eight_people_issue_the_same_badge_to_the_same_student():
    badge, student = BadgeFactory.create(), StudentFactory.create()
    instructors = InstructorFactory.create_batch(8)

    reports = at_once(*(issuing([badge], [student], instructor) for instructor in instructors))

    assert sorted(len(report.issued) for report in reports) == [0] * 7 + [1]
    assert [f.refusal.code for report in reports for f in report.failed] == ["already_held"] * 7
    assert IssuedBadge.objects.count() == 1


def test_eight_presses_of_the_same_button():
    badge, student, instructor, key = (
        BadgeFactory.create(),
        StudentFactory.create(),
        InstructorFactory.create(),
        uuid.uuid4(),
    )

    reports = at_once(*[issuing([badge], [student], instructor, key)] * 8)

    assert [len(report.issued) for report in reports] == [1] * 8
    assert (IssuanceBatch.objects.count(), IssuedBadge.objects.count()) == (1, 1)


def test_two_instructors_issue_the_same_pairs_in_opposite_order():
    organization = OrganizationFactory.create()
    first, second = InstructorFactory.create_batch(2, organization=organization)
    students = StudentFactory.create_batch(100, organization=organization, password="")

    for _ in range(ROUNDS):
        badges = BadgeFactory.create_batch(5, organization=organization)
        reports = at_once(issuing(badges, students, first), issuing(badges[::-1], students[::-1], second))

        assert sum(len(report.issued) for report in reports) == 500
        assert sum(len(report.failed) for report in reports) == 500
        assert IssuedBadge.objects.filter(badge__in=badges).count() == 500


@pytest.mark.parametrize(
    ("change", "code"),
    [({"manual_issuance": False}, "manual_issuance_off"), ({"name": "Renamed"}, None)],
    ids=["switched off", "renamed"],
)
def test_who_issues_while_the_badge_is_being_changed_waits_for_how_it_ends(change, code):
    badge, student, instructor = BadgeFactory.create(), StudentFactory.create(), InstructorFactory.create()
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            type(badge).objects.filter(pk=badge.pk).update(**change)
            press = pool.submit(closing, issuing([badge], [student], instructor))
            wait_until_somebody_waits_for_a_lock(press)
        report = press.result(timeout=60)

    assert [failure.refusal.code for failure in report.failed] == ([code] if code else [])
    assert IssuedBadge.objects.count() == (0 if code else 1)
