"""How far a student has come with the activities of a course, asked without a page."""

import datetime as dt

import pytest

from courses.activities import ActivityProgress, Done, is_any_lab_done, labs_done, labs_done_by, progress_of
from courses.models import CourseActivity
from organizations.models import User
from tests.factories import (
    PAST,
    CourseActivityFactory,
    CourseAssignmentFactory,
    CourseFactory,
    LabFactory,
    TrainingRecordFactory,
)

LAB = CourseActivity.Kind.LAB


@pytest.fixture
def assignment(world):
    return CourseAssignmentFactory.create(student=world.student, course=world.course)


def lab_of(course, *, is_exam=False, **fields):
    lab = LabFactory.create(is_exam=is_exam)
    CourseActivityFactory.create(course=course, lab=lab, kind=LAB, **fields)
    return lab


def attempt(student, lab, **fields):
    return TrainingRecordFactory.create(user=student, lab=lab, course=None, **fields)


@pytest.mark.parametrize(
    ("is_exam", "attempts", "state", "is_done"),
    [
        (False, [], "Not started", False),
        (False, [{"completed_at": None}], "In progress", False),
        (False, [{"completed_at": PAST}], "Complete", True),
        (False, [{"completed_at": PAST, "passed": True}], "Passed", True),
        (False, [{"completed_at": PAST}, {"completed_at": None}], "Complete", True),
        (True, [], "Not taken yet", False),
        (True, [{"completed_at": PAST, "passed": False}], "Not passed", False),
        (True, [{"passed": True, "completed_at": None}], "In progress", False),
        (True, [{"passed": False}, {"passed": True}, {"passed": False}], "Passed", True),
    ],
)
def test_the_best_attempt_says_how_far_an_activity_is(world, assignment, is_exam, attempts, state, is_done):
    lab = lab_of(world.course, is_exam=is_exam)
    for number, fields in enumerate(attempts):
        attempt(world.student, lab, started_at=PAST - dt.timedelta(days=number), **fields)
    attempt(world.guest, lab, passed=True)

    [line] = progress_of(assignment)

    assert (str(line.state), line.is_done) == (state, is_done)


def test_what_keeps_no_attempts_has_no_state():
    line = ActivityProgress(CourseActivity(kind=CourseActivity.Kind.VIDEO), None)

    assert (line.state, line.is_done, line.result) == ("", False, None)


def test_activities_come_in_their_order_in_two_queries(world, assignment, django_assert_num_queries):
    labs = [lab_of(world.course, position=position) for position in (3, 1, 2)]
    for lab in labs:
        attempt(world.student, lab)

    with django_assert_num_queries(2):
        lines = progress_of(assignment)

    assert [line.activity.lab for line in lines] == [labs[1], labs[2], labs[0]]


def test_labs_that_a_course_requires_are_counted_and_those_that_are_done(world):
    course, other, without = CourseFactory.create_batch(3)
    done, begun, failed, passed = (lab_of(course, is_exam=is_exam) for is_exam in (False, False, True, True))
    lab_of(course, is_required=False)
    CourseActivityFactory.create(course=course, kind=CourseActivity.Kind.VIDEO)
    CourseActivityFactory.create(course=other, lab=done, kind=LAB)
    for lab, fields in (
        (done, {}),
        (begun, {"completed_at": None}),
        (failed, {"passed": False}),
        (passed, {"passed": True}),
    ):
        attempt(world.student, lab, **fields)
    attempt(world.guest, begun)

    found = labs_done(world.student, [course.pk, other.pk, without.pk])

    assert found == {course.pk: Done(2, 4), other.pk: Done(1, 1)}


def test_courses_without_labs_take_one_query(world, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert labs_done(world.student, [world.course.pk]) == {}


@pytest.mark.parametrize(("done", "total", "percent"), [(0, 3, 0), (1, 3, 33), (2, 3, 66), (199, 200, 99), (3, 3, 100)])
def test_all_is_complete_at_a_hundred_percent_alone(done, total, percent):
    assert Done(done, total).percent == percent


def test_of_many_students_the_labs_done_are_counted_in_two_queries(world, django_assert_num_queries):
    lab, exam, other = lab_of(world.course), lab_of(world.course, is_exam=True), lab_of(CourseFactory.create())
    lab_of(world.course, is_required=False)
    students = User.objects.filter(pk__in=[world.student.pk, world.guest.pk])
    assert not is_any_lab_done(students, world.course.pk)
    for one, fields in [(lab, {}), (lab, {}), (exam, {"passed": False}), (other, {})]:
        attempt(world.student, one, **{"completed_at": PAST} | fields)

    with django_assert_num_queries(2):
        found = labs_done_by([world.student.pk, world.guest.pk], world.course.pk)

    assert found == {world.student.pk: Done(1, 2), world.guest.pk: Done(0, 2)}
    assert is_any_lab_done(students, world.course.pk)
    assert not is_any_lab_done(students.filter(pk=world.guest.pk), world.course.pk)
    without = CourseFactory.create().pk
    with django_assert_num_queries(1):
        assert labs_done_by([world.student.pk], without) == {}
