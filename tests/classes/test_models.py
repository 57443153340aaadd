import datetime as dt

import pytest

from classes.models import Class, Enrollment
from organizations.models import Organization
from tests.factories import PAST, ClassFactory, EnrollmentFactory, InstructorFactory
from tests.violations import violates

pytestmark = pytest.mark.django_db


def test_numbers_of_classes_differ_within_an_organization():
    klass = ClassFactory.create(number="A-1")

    with violates("class_number_unique"):
        ClassFactory.create(organization=klass.organization, number="A-1")


@pytest.mark.parametrize("hours", [0, -1])
def test_a_class_ends_after_its_start(hours):
    with violates("class_ends_after_its_start"):
        ClassFactory.create(ends_at=PAST + dt.timedelta(hours=hours))


def test_the_maximum_is_not_below_the_minimum():
    with violates("class_maximum_not_below_minimum"):
        ClassFactory.create(min_students=2, max_students=1)


@pytest.mark.parametrize(("seconds", "has_begun"), [(-1, False), (0, True), (1, True)])
def test_a_class_begins_at_its_start(seconds, has_begun):
    assert ClassFactory.build(starts_at=PAST).has_begun(PAST + dt.timedelta(seconds=seconds)) is has_begun


def test_a_student_is_on_a_roster_once(world):
    with violates("enrollment_once"):
        EnrollmentFactory.create(klass=world.klass, student=world.student)


@pytest.mark.parametrize("status", ["requested", "cancelled", "wait_listed", "approved", "denied", "audit"])
def test_only_enrolled_has_a_completion_status(world, status):
    with violates("enrollment_completion_needs_enrolled"):
        Enrollment.objects.filter(pk=world.enrollment.pk).update(
            enrollment_status=status, completion_status="attending"
        )


@pytest.mark.parametrize(("status", "completed_at"), [("complete", None), ("failed", PAST), ("unknown", PAST)])
def test_complete_and_its_moment_go_together(world, status, completed_at):
    with violates("enrollment_complete_has_a_moment"):
        Enrollment.objects.filter(pk=world.enrollment.pk).update(completion_status=status, completed_at=completed_at)


def seen_by_the_contractor(world):
    contractor = world.contractor
    return {
        "class": Class.objects.visible_to(contractor).exists(),
        "roster": Class.objects.with_roster_for(contractor).exists(),
        "taught": Class.objects.taught_by(contractor).exists(),
        "lines": Enrollment.objects.visible_to(contractor).exists(),
        "issuing": Enrollment.objects.on_rosters_of(contractor).exists(),
    }


def test_a_contract_instructor_teaches_only_where_the_organization_uses_them(world):
    before = seen_by_the_contractor(world)

    Organization.objects.filter(pk=world.academy.pk).update(uses_contract_instructors=False)

    assert before == dict.fromkeys(before, True)
    assert seen_by_the_contractor(world) == dict.fromkeys(before, False)
    assert Enrollment.objects.on_rosters_of(world.instructor).exists()


def test_who_sees_a_class(world):
    seen = {name for name, user in world.personas.items() if world.klass in Class.objects.visible_to(user)}

    assert seen == {"administrator", "instructor", "contractor", "student"}


@pytest.mark.parametrize("status", ["cancelled", "denied"])
def test_who_is_not_on_the_roster_any_more_does_not_see_the_class(world, status):
    Enrollment.objects.filter(pk=world.enrollment.pk).update(enrollment_status=status)

    assert list(Class.objects.visible_to(world.student)) == []


def test_an_instructor_sees_all_classes_of_the_own_organization(world):
    other = ClassFactory.create(organization=world.academy)

    assert set(Class.objects.visible_to(world.instructor)) == {world.klass, other}


def test_a_contract_instructor_sees_only_the_classes_taught(world):
    ClassFactory.create(organization=world.academy)
    ClassFactory.create(organization=world.outside)

    assert list(Class.objects.visible_to(world.contractor)) == [world.klass]


def test_who_opens_the_roster(world):
    other = InstructorFactory.create(organization=world.academy)

    users = world.personas | {"colleague": other}

    assert {name for name, user in users.items() if world.klass in Class.objects.all().with_roster_for(user)} == {
        "administrator",
        "instructor",
        "contractor",
    }


def test_a_class_with_two_students_is_listed_once(world):
    assert list(Class.objects.visible_to(world.administrator)) == [world.klass]


def test_who_sees_which_lines_of_the_roster(world):
    lines = {world.enrollment.pk: "own", world.guest_enrollment.pk: "guest"}

    seen = {
        name: sorted(lines[pk] for pk in Enrollment.objects.visible_to(user).values_list("pk", flat=True))
        for name, user in world.personas.items()
    }

    assert seen == {
        "administrator": ["guest", "own"],
        "instructor": ["own"],
        "contractor": ["guest", "own"],
        "student": ["own"],
        "stranger": [],
    }


def test_badges_go_to_the_enrolled(world):
    Enrollment.objects.filter(pk=world.enrollment.pk).update(enrollment_status="audit")

    assert list(Enrollment.objects.all().enrolled()) == [world.guest_enrollment]
