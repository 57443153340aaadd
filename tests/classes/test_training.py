import datetime as dt

import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from classes.models import Class, Enrollment
from classes.training import attempt_of_enrollment, record_again, record_enrollments
from courses.models import TrainingRecord
from courses.records import Attempt
from tests.factories import PAST, ClassFactory, CourseFactory, EnrollmentFactory

LATER = PAST + dt.timedelta(days=1)
OTHERS = [status for status in Enrollment.Status if status != Enrollment.Status.ENROLLED]


def source_ids() -> list[str]:
    return list(TrainingRecord.objects.order_by("id").values_list("source_id", flat=True))


@pytest.mark.django_db
def test_attempt_of_an_enrollment():
    enrollment = EnrollmentFactory.create(
        enrolled_at=PAST, completed_at=LATER, completion_status=Enrollment.Completion.COMPLETE
    )

    attempt = attempt_of_enrollment(enrollment)

    assert attempt == Attempt(
        user_id=enrollment.student_id,
        course_id=enrollment.klass.course_id,
        source="enrollment",
        source_id=str(enrollment.pk),
        started_at=PAST,
        completed_at=LATER,
    )


@pytest.mark.django_db
def test_a_student_enrolled_after_the_class_was_over_started_at_the_completion():
    enrollment = EnrollmentFactory.create(
        enrolled_at=LATER, completed_at=PAST, completion_status=Enrollment.Completion.COMPLETE
    )

    attempt = attempt_of_enrollment(enrollment)

    assert (attempt.started_at, attempt.completed_at) == (PAST, PAST)


@pytest.mark.django_db
@pytest.mark.parametrize("status", OTHERS)
def test_an_enrollment_that_is_no_longer_enrolled_is_withdrawn(status):
    enrollment = EnrollmentFactory.create()
    kept = EnrollmentFactory.create(klass=enrollment.klass)
    record_enrollments([enrollment, kept])
    enrollment.enrollment_status = status

    record_enrollments([enrollment, kept])

    assert source_ids() == [str(kept.pk)]


@pytest.mark.django_db
def test_record_enrollments_takes_two_statements_however_many_lines():
    klass = ClassFactory.create()
    lines = [
        EnrollmentFactory.create(klass=klass, enrollment_status=status)
        for status in [Enrollment.Status.ENROLLED, Enrollment.Status.CANCELLED] * 10
    ]

    with CaptureQueriesContext(connection) as queries:
        record_enrollments(lines)

    assert len(queries) == 2
    assert len(source_ids()) == 10


@pytest.mark.django_db
def test_record_again_reads_each_enrollment_and_its_class_anew():
    enrollment = EnrollmentFactory.create()
    record_enrollments([enrollment])
    other = CourseFactory.create()
    Class.objects.filter(pk=enrollment.klass_id).update(course=other)

    record_again(Enrollment.objects.all())

    assert list(TrainingRecord.objects.values_list("course", flat=True)) == [other.pk]


def test_record_again_needs_a_transaction(transactional_db):
    EnrollmentFactory.create()

    with pytest.raises(TransactionManagementError):
        record_again(Enrollment.objects.all())
