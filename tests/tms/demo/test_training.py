"""What students did by themselves, in every state that a page shows."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from courses.models import CourseAssignment, TrainingRecord
from tests.tms.demo.parts import AT, taken_back, tell
from tms.demo.training import OF_THE_STUDENT, TASKS

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module", autouse=True)
def story(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        yield tell()


def test_assignments_are_in_every_state():
    assignments = CourseAssignment.objects.all()

    states = {
        "not started": assignments.filter(started_at=None, cancelled_at=None).exists(),
        "started": assignments.filter(started_at__isnull=False, completed_at=None).exists(),
        "completed": assignments.filter(completed_at__isnull=False).exists(),
        "expired": assignments.filter(completed_at=None, expires_at__lt=AT).exists(),
        "cancelled": assignments.filter(cancelled_at__isnull=False).exists(),
    }

    assert [state for state, is_there in states.items() if not is_there] == []


def test_the_student_passed_an_exam_at_the_second_attempt():
    attempts = TrainingRecord.objects.filter(user__username="student", lab__number="X-INF").order_by("started_at")

    fields = ("passed", "score", "max_score", "lab__passing_score")
    assert list(attempts.values_list(*fields)) == [(False, 3, 7, 70), (True, 5, 7, 70)]


def test_exams_are_passed_and_failed_with_scores_and_without():
    exams = TrainingRecord.objects.filter(lab__is_exam=True)

    met = exams.values_list("lab__number", "passed", "max_score").distinct()

    assert set(met) == {
        ("X-INF", True, 7), ("X-INF", False, 7), ("X-SEC", True, 8), ("X-SEC", False, 8),
        ("X-DAT", True, None), ("X-DAT", False, None),
    }  # fmt: skip


def test_assignments_are_recorded_unless_they_were_cancelled_before_the_end(story):
    records = TrainingRecord.objects.filter(source=TrainingRecord.Source.ASSIGNMENT)

    expected = [one.pk for one in story.assignments if one.completed_at or not one.cancelled_at]

    assert sorted(map(int, records.values_list("source_id", flat=True))) == sorted(expected)


def test_the_student_has_an_assignment_that_is_not_completed(story):
    found = CourseAssignment.objects.filter(student__username="student").order_by("assigned_at")

    assert [(one.course.number, one.completed_at is not None) for one in found] == [
        (number, completed is not None) for number, _assigned, completed in OF_THE_STUDENT
    ]


def test_everybody_works_in_the_daytime_of_the_own_time_zone(story):
    odd = [
        one
        for one in story.assignments
        if not 8 <= one.assigned_at.astimezone(ZoneInfo(one.student.organization.time_zone)).hour <= 17
    ]

    assert odd == []


def test_nothing_that_lies_ahead_was_started_or_completed(story):
    moments = [moment for one in story.assignments for moment in (one.started_at, one.completed_at) if moment]

    assert max(moments) < AT
    assert [one for one in story.assignments if one.completed_at and one.completed_at < one.started_at] == []


def test_each_attempt_at_a_lab_is_kept_and_over(story):
    attempts = TrainingRecord.objects.filter(source=TrainingRecord.Source.LAB)

    assert attempts.count() == story.attempts
    assert not attempts.filter(started_at__gte=AT - dt.timedelta(hours=4)).exists()


def is_told_rightly(exam, enough, passed, score):
    return passed is (100 * score >= enough * TASKS[exam])


def test_a_score_says_whether_its_exam_was_passed():
    exams = TrainingRecord.objects.filter(max_score__isnull=False)

    told = exams.values_list("lab__number", "lab__passing_score", "passed", "score")

    assert [exam for exam in told if not is_told_rightly(*exam)] == []
    assert not exams.filter(lab__number="X-SEC", user__username="student").exists()
