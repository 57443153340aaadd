import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from classes.models import Enrollment
from courses.models import CourseAssignment, TrainingRecord
from courses.moments import is_too_far_ahead
from courses.records import AheadOfTimeError, Attempt, record, record_many
from tests.factories import CourseAssignmentFactory, CourseFactory, StudentFactory

pytestmark = pytest.mark.django_db
SAID = ["This is more than a day ahead. Enter it when it has happened."]
HOUR = dt.timedelta(hours=1)


def ahead(hours):
    return (timezone.now() + hours * HOUR).replace(microsecond=0)


def attempt(student, course, **moments):
    return Attempt(
        user_id=student.pk,
        source=TrainingRecord.Source.IMPORT,
        source_id="one",
        course_id=course.pk,
        **{"started_at": timezone.now(), **moments},
    )


@pytest.mark.parametrize(("hours", "is_too_far"), [(-1, False), (0, False), (23, False), (25, True)])
def test_a_day_ahead_is_the_most(hours, is_too_far):
    assert is_too_far_ahead(ahead(hours)) is is_too_far


@pytest.mark.parametrize("moments", [{"started_at": 25, "completed_at": 26}, {"completed_at": 25}, {"started_at": 25}])
def test_the_one_door_refuses_what_is_further_ahead(moments):
    student, course = StudentFactory.create(), CourseFactory.create()

    with pytest.raises(AheadOfTimeError, match=r"^Training is dated .+, more than 1 day, 0:00:00 ahead\.$"):
        record(attempt(student, course, **{name: ahead(hours) for name, hours in moments.items()}))


def test_many_records_are_refused_as_one_is():
    student, course = StudentFactory.create(), CourseFactory.create()
    good, bad = attempt(student, course), attempt(student, course, completed_at=ahead(30))

    with pytest.raises(AheadOfTimeError):
        record_many([good, bad])


def test_a_record_that_is_ahead_by_hours_is_taken():
    student, course = StudentFactory.create(), CourseFactory.create()

    record(attempt(student, course, completed_at=ahead(20)))

    assert TrainingRecord.objects.count() == 1


def test_what_stood_there_before_may_be_written_again():
    student, courses = StudentFactory.create(), CourseFactory.create_batch(2)
    late = ahead(24 * 90)
    TrainingRecord.objects.create(
        user=student, course=courses[0], started_at=late, source=TrainingRecord.Source.IMPORT, source_id="one"
    )

    record(attempt(student, courses[1], started_at=late))

    assert TrainingRecord.objects.get().course == courses[1]


@pytest.mark.parametrize("field", ["assigned_at", "started_at", "completed_at"])
def test_the_administration_of_assignments_refuses_each_moment(world, signed_in, field):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    moment = ahead(48)
    form = {
        "assigned_at_0": assignment.assigned_at.date().isoformat(),
        "assigned_at_1": "09:00:00",
        "include_labs": "on",
        f"{field}_0": moment.date().isoformat(),
        f"{field}_1": "10:00:00",
    }

    response = signed_in(world.administrator).post(
        reverse("admin:courses_courseassignment_change", args=[assignment.pk]), form
    )

    assert response.context["adminform"].form.errors == {field: SAID}
    assert CourseAssignment.objects.get() == assignment


@pytest.mark.parametrize("field", ["enrolled_at", "completed_at"])
def test_the_administration_of_rosters_refuses_each_moment(world, signed_in, field):
    enrollment = world.enrollment
    moment = ahead(48)
    form = {
        "enrollment_status": Enrollment.Status.ENROLLED,
        "completion_status": Enrollment.Completion.COMPLETE,
        "enrolled_at_0": "2026-03-02",
        "enrolled_at_1": "09:00:00",
        "completed_at_0": "2026-03-03",
        "completed_at_1": "09:00:00",
        f"{field}_0": moment.date().isoformat(),
        f"{field}_1": "10:00:00",
    }

    response = signed_in(world.administrator).post(
        reverse("admin:classes_enrollment_change", args=[enrollment.pk]), form
    )

    assert response.context["adminform"].form.errors == {field: SAID}


def test_what_an_assignment_said_before_may_stay(world, signed_in):
    late = dt.datetime(2126, 3, 2, 9, tzinfo=dt.UTC)
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course, assigned_at=late)
    form = {"assigned_at_0": "2126-03-02", "assigned_at_1": "09:00:00", "completed_at_0": "", "completed_at_1": ""}
    TrainingRecord.objects.create(
        user=world.student,
        course=world.course,
        started_at=late,
        source=TrainingRecord.Source.ASSIGNMENT,
        source_id=str(assignment.pk),
    )

    response = signed_in(world.administrator).post(
        reverse("admin:courses_courseassignment_change", args=[assignment.pk]), form
    )

    assert response.status_code == 302
