import datetime as dt

import pytest
from django.db import connection, transaction

from classes import enrolling
from classes.models import Enrollment
from courses.models import TrainingRecord
from operation.models import SweepHint
from organizations.models import User
from tests.factories import PAST, AdministratorFactory, ClassFactory, EnrollmentFactory, StudentFactory
from tests.racing import at_once

Status, Completion = Enrollment.Status, Enrollment.Completion


@pytest.fixture
def students(world):
    return StudentFactory.create_batch(3, organization=world.academy, password="")


def add(world, students, status=Status.ENROLLED, at=PAST):
    return enrolling.add_students(world.klass, students, status=status, at=at)


def seats(world, number):
    world.klass.max_students = number
    world.klass.save()


def failures(added):
    return [(failure.student, failure.refusal.code, failure.refusal.message) for failure in added.failed]


# Who may add whom


@pytest.mark.parametrize(
    ("persona", "may"),
    [("administrator", True), ("instructor", False), ("contractor", False), ("student", False), ("stranger", False)],
)
def test_who_may_add_to_a_roster(world, persona, may):
    assert enrolling.may_add(world.klass, world.personas[persona]) is may


def test_an_administrator_of_another_organization_may_not_add(world):
    assert enrolling.may_add(world.klass, AdministratorFactory.create(organization=world.outside)) is False


def test_offered_are_active_people_in_reach_who_are_not_on_the_roster(world, students):
    StudentFactory.create(organization=world.outside)
    StudentFactory.create(organization=world.academy, is_active=False)
    EnrollmentFactory.create(klass=world.klass, student=students[0], enrollment_status=Status.CANCELLED)
    EnrollmentFactory.create(klass=ClassFactory.create(organization=world.academy), student=students[1])

    offered = enrolling.addable_students(world.klass, world.administrator)

    assert set(offered) == {students[1], students[2], world.instructor, world.administrator}


# What becomes of them


def test_the_enrolled_are_on_the_roster_recorded_and_queued_for_the_sweep(world, students):
    added = add(world, students)

    lines = Enrollment.objects.filter(student__in=students)
    assert set(added.lines) == set(lines)
    assert added.failed == []
    assert set(lines.values_list("klass", "enrollment_status", "completion_status", "enrolled_at", "completed_at")) == {
        (world.klass.pk, Status.ENROLLED, Completion.UNKNOWN, PAST, None)
    }
    records = TrainingRecord.objects.values_list("user", "course", "started_at", "completed_at")
    assert set(records) == {(student.pk, world.course.pk, PAST, None) for student in students}
    assert set(SweepHint.objects.values_list("student_id", flat=True)) == {student.pk for student in students}


@pytest.mark.parametrize("status", [s for s in enrolling.FIRST_STATUSES if s != Status.ENROLLED])
def test_another_status_takes_no_seat_and_leaves_no_record(world, students, status):
    seats(world, 2)

    added = add(world, students, status)

    assert {line.enrollment_status for line in added.lines} == {status}
    assert (len(added.lines), added.failed) == (3, [])
    assert not TrainingRecord.objects.exists()


def test_seats_are_given_in_order_and_those_beyond_the_maximum_are_refused_with_a_reason(world, students):
    seats(world, 4)
    first, second, third = students

    added = add(world, [third, first, second])

    assert {line.student_id for line in added.lines} == {third.pk, first.pk}
    assert failures(added) == [(second, "class_full", "The class is full: its maximum is 4.")]


def test_a_seat_is_counted_by_the_maximum_of_now(world, students):
    type(world.klass).objects.filter(pk=world.klass.pk).update(max_students=3)

    assert [len(add(world, students).lines), world.klass.max_students] == [1, 20]


def test_an_overbooked_class_takes_nobody(world, students):
    seats(world, 1)

    added = add(world, students)

    assert ([line.pk for line in added.lines], len(added.failed)) == ([], 3)


def test_a_line_at_audit_leaves_its_seat_free(world, students):
    Enrollment.objects.filter(pk=world.enrollment.pk).update(enrollment_status=Status.AUDIT)
    seats(world, 2)

    assert len(add(world, students).lines) == 1


def test_who_is_on_the_roster_already_is_refused_takes_no_seat_and_stays_as_is(world, students):
    EnrollmentFactory.create(klass=world.klass, student=students[0], enrollment_status=Status.DENIED)
    seats(world, 4)

    added = add(world, students)

    assert {line.student_id for line in added.lines} == {students[1].pk, students[2].pk}
    assert failures(added) == [(students[0], "on_roster", "Already on the roster.")]
    assert Enrollment.objects.get(student=students[0]).enrollment_status == Status.DENIED


def test_adding_again_changes_nothing(world, students):
    add(world, students)
    before = list(Enrollment.objects.order_by("pk").values())

    added = add(world, students, Status.AUDIT, at=PAST + dt.timedelta(days=1))

    assert [failure.refusal.code for failure in added.failed] == ["on_roster"] * 3
    assert list(Enrollment.objects.order_by("pk").values()) == before


def test_adding_nobody_adds_nobody(world):
    assert add(world, User.objects.none()) == enrolling.Added([], [])


def test_many_students_take_no_more_queries_than_one(world, students, django_assert_num_queries):
    seats(world, 100)
    many = StudentFactory.create_batch(30, organization=world.academy, password="")

    with django_assert_num_queries(8):
        add(world, students[:1])
    with django_assert_num_queries(8):
        assert len(add(world, many).lines) == 30


# Several people at once, with real threads and real commits


@pytest.mark.django_db(transaction=True)
def test_two_administrators_add_the_same_students_in_opposite_order(world):
    students = StudentFactory.create_batch(20, organization=world.academy, password="")
    seats(world, 100)

    for _ in range(10):
        Enrollment.objects.filter(student__in=students).delete()
        results = at_once(lambda: add(world, students), lambda: add(world, students[::-1]))

        assert sorted(len(added.lines) for added in results) == [0, 20]
        assert sorted(len(added.failed) for added in results) == [0, 20]
        assert Enrollment.objects.filter(student__in=students).count() == 20


@pytest.mark.django_db(transaction=True)
def test_eight_administrators_give_the_last_seat_away_once(world):
    students = StudentFactory.create_batch(8, organization=world.academy, password="")
    seats(world, 3)

    results = at_once(*(lambda student=student: add(world, [student]) for student in students))

    assert sorted(len(added.lines) for added in results) == [0] * 7 + [1]
    assert [f.refusal.code for added in results for f in added.failed] == ["class_full"] * 7
    assert Enrollment.objects.filter(klass=world.klass).enrolled().count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_line_that_the_admin_made_meanwhile_stays_and_is_told(world):
    student = StudentFactory.create(organization=world.academy)

    for _ in range(20):
        Enrollment.objects.filter(student=student).delete()
        made, added = at_once(lambda: _made_in_the_admin(world, student), lambda: add(world, [student]))

        codes = [failure.refusal.code for failure in added.failed]
        assert (made, codes, len(added.lines)) in [(True, ["on_roster"], 0), (False, [], 1)]
        status = Status.WAIT_LISTED if made else Status.ENROLLED
        assert Enrollment.objects.get(student=student).enrollment_status == status


def _made_in_the_admin(world, student):
    """Whether the line was made: the admin takes no lock, and the database refuses a second line."""
    line = Enrollment(klass=world.klass, student=student, enrollment_status=Status.WAIT_LISTED, enrolled_at=PAST)
    with transaction.atomic():
        Enrollment.objects.bulk_create([line], ignore_conflicts=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.01)")
        return Enrollment.objects.filter(student=student, enrollment_status=Status.WAIT_LISTED).exists()
