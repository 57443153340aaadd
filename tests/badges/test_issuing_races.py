"""What the database promises, with real threads and real commits."""

import os
import uuid

import pytest

from badges.issuing import Source, issue_many
from badges.models import IssuanceBatch, IssuedBadge, Via
from tests.factories import PAST, BadgeFactory, InstructorFactory, OrganizationFactory, StudentFactory
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = int(os.environ.get("RACE_ROUNDS", "50"))


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
