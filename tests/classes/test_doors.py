"""From where a badge may be issued to one student."""

import pytest
from django.utils import timezone

from badges.models import Badge
from classes.doors import SHOWN, doors_to
from classes.models import Enrollment
from organizations.models import User
from tests.factories import PAST, BadgeFactory, ClassFactory, CourseAssignmentFactory, EnrollmentFactory


@pytest.fixture
def badge(world):
    return BadgeFactory.create(organization=world.academy)


@pytest.mark.parametrize(
    ("persona", "of_student", "of_guest"),
    [
        ("administrator", ["class", "assignment"], ["class"]),
        ("instructor", ["class"], []),
        ("contractor", ["class"], ["class"]),
        ("student", [], []),
        ("stranger", [], []),
    ],
)
def test_doors_are_the_rosters_and_assignments_that_the_reader_may_issue_from(
    world, badge, signed_in, persona, of_student, of_guest
):
    CourseAssignmentFactory.create(student=world.student, course=world.course, assigned_at=PAST)
    reader = getattr(world, persona)

    found = [doors_to(student, reader) for student in (world.student, world.guest)]

    kinds = [sorted("class" if door.class_id else "assignment" for door in doors) for doors in found]
    assert kinds == [sorted(of_student), sorted(of_guest)]
    client = signed_in(reader)
    assert {client.get(door.address).status_code for doors in found for door in doors} <= {200}


def test_there_is_none_where_no_badge_is_offered_or_nothing_may_be_issued(world, badge):
    CourseAssignmentFactory.create(student=world.guest, course=world.course, cancelled_at=timezone.now())
    Enrollment.objects.update(enrollment_status=Enrollment.Status.WAIT_LISTED)
    over = [doors_to(student, world.administrator) for student in (world.student, world.guest)]
    Enrollment.objects.update(enrollment_status=Enrollment.Status.ENROLLED)
    CourseAssignmentFactory.create(student=world.student, course=world.course)
    Badge.objects.update(manual_issuance=False)
    without_badges = doors_to(world.student, world.administrator)

    assert (over, without_badges) == ([[], []], [])


@pytest.mark.parametrize("rows", [1, 12])
def test_the_newest_stand_first_and_the_queries_are_three(world, badge, django_assert_num_queries, rows):
    for _row in range(rows):
        klass = ClassFactory.create(organization=world.academy, starts_at=timezone.now())
        EnrollmentFactory.create(klass=klass, student=world.student)
        CourseAssignmentFactory.create(student=world.student, course=world.course)
    reader = User.objects.get(pk=world.administrator.pk)
    reader.has_perm("classes.issue_badges")

    with django_assert_num_queries(3):
        doors = doors_to(world.student, reader)

    assert [door.at for door in doors] == sorted((door.at for door in doors), reverse=True)
    assert len(doors) == 2 * min(rows + 1, SHOWN) - (rows < SHOWN)
