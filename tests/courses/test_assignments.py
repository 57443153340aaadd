import datetime as dt

import pytest

from courses.assignments import complete_assignment, record_assignment
from courses.models import TrainingRecord
from tests.factories import PAST, CourseAssignmentFactory

LATER = PAST + dt.timedelta(days=3)


def records() -> list[tuple[object, ...]]:
    fields = ("user_id", "course_id", "lab_id", "source", "source_id", "started_at", "completed_at")
    return list(TrainingRecord.objects.order_by("id").values_list(*fields))


@pytest.mark.django_db
def test_an_assignment_is_a_record_that_has_started():
    assignment = CourseAssignmentFactory.create(assigned_at=PAST)

    record_assignment(assignment)

    assert records() == [
        (assignment.student_id, assignment.course_id, None, "assignment", str(assignment.pk), PAST, None)
    ]


@pytest.mark.django_db
def test_completing_an_assignment_completes_its_record():
    assignment = CourseAssignmentFactory.create(assigned_at=PAST)
    record_assignment(assignment)

    complete_assignment(assignment, at=LATER)

    assert assignment.completed_at == LATER
    assert [row[-2:] for row in records()] == [(PAST, LATER)]


@pytest.mark.django_db
def test_completing_again_keeps_the_first_moment():
    assignment = CourseAssignmentFactory.create(assigned_at=PAST)
    complete_assignment(assignment, at=LATER)

    complete_assignment(assignment, at=LATER + dt.timedelta(days=1))

    assert assignment.completed_at == LATER
    assert [row[-1] for row in records()] == [LATER]


@pytest.mark.django_db
def test_an_assignment_entered_after_the_fact_starts_at_its_completion():
    assignment = CourseAssignmentFactory.create(assigned_at=LATER, completed_at=PAST)

    record_assignment(assignment)

    assert [row[-2:] for row in records()] == [(PAST, PAST)]


@pytest.mark.django_db
def test_a_cancelled_assignment_counts_no_more():
    assignment = CourseAssignmentFactory.create(assigned_at=PAST)
    record_assignment(assignment)
    assignment.cancelled_at = LATER

    record_assignment(assignment)

    assert records() == []


@pytest.mark.django_db
def test_an_assignment_cancelled_after_its_completion_counts():
    assignment = CourseAssignmentFactory.create(assigned_at=PAST, completed_at=LATER, cancelled_at=LATER)

    record_assignment(assignment)

    assert [row[-1] for row in records()] == [LATER]
