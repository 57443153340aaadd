import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from classes.models import Enrollment
from classes.transcripts import transcript_of
from tests.factories import PAST, ClassFactory, CourseAssignmentFactory, EnrollmentFactory, StudentFactory

Status, Completion = Enrollment.Status, Enrollment.Completion
NEXT = PAST + dt.timedelta(days=1)
COMPLETE = {"completion_status": Completion.COMPLETE, "completed_at": PAST}

pytestmark = pytest.mark.django_db


def names(lines):
    return [line.name for line in lines]


def test_what_was_completed_stands_in_the_transcript_the_newest_first():
    student = StudentFactory.create()
    EnrollmentFactory.create(student=student, klass__name="Diving", **COMPLETE)
    CourseAssignmentFactory.create(student=student, course__name="Sailing", completed_at=NEXT)

    transcript = transcript_of(student, at=NEXT)

    assert (names(transcript.completed), names(transcript.current)) == (["Sailing", "Diving"], [])


def test_the_rest_is_current_training():
    student = StudentFactory.create()
    EnrollmentFactory.create(student=student, klass__name="Diving")
    CourseAssignmentFactory.create(student=student, course__name="Sailing", assigned_at=NEXT)

    transcript = transcript_of(student, at=NEXT)

    assert (names(transcript.completed), names(transcript.current)) == ([], ["Sailing", "Diving"])


@pytest.mark.parametrize(
    ("line", "words", "tone"),
    [
        ({}, "Enrolled", ""),
        ({"enrollment_status": Status.WAIT_LISTED}, "Wait-Listed", "wait"),
        ({"klass__starts_at": PAST}, "Running now", ""),
        ({"klass__starts_at": PAST - dt.timedelta(days=9)}, "Not completed", ""),
        ({"klass__starts_at": PAST, "completion_status": Completion.ATTENDING}, "Attending", "info"),
        ({"klass__starts_at": PAST, "completion_status": Completion.NO_SHOW}, "No Show", "bad"),
    ],
)
def test_a_class_says_where_it_stands(line, words, tone):
    enrollment = EnrollmentFactory.create(**{"klass__starts_at": NEXT} | line)

    current = transcript_of(enrollment.student, at=PAST).current

    assert [(one.state, one.tone) for one in current] == [(words, tone)]


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.DENIED])
def test_a_place_that_was_lost_is_no_training(status):
    enrollment = EnrollmentFactory.create(enrollment_status=status)

    transcript = transcript_of(enrollment.student, at=PAST)

    assert transcript.current + transcript.completed == []


def test_a_cancelled_assignment_is_no_training_unless_it_was_completed():
    student = StudentFactory.create()
    CourseAssignmentFactory.create(student=student, course__name="Given up", cancelled_at=PAST)
    CourseAssignmentFactory.create(student=student, course__name="Done", cancelled_at=NEXT, completed_at=PAST)

    transcript = transcript_of(student, at=NEXT)

    assert (names(transcript.completed), names(transcript.current)) == (["Done"], [])


def test_an_expired_assignment_says_so():
    assignment = CourseAssignmentFactory.create(expires_at=PAST)

    current = transcript_of(assignment.student, at=NEXT).current

    assert [(line.state, line.tone) for line in current] == [("Expired", "bad")]


def test_everybody_has_a_transcript_of_his_own(world, signed_in):
    for persona in world.personas.values():
        assert signed_in(persona).get(reverse("classes:transcript")).status_code == 200


def test_a_class_is_shown_in_its_own_time_zone(world, signed_in):
    klass = ClassFactory.create(starts_at=timezone.now(), time_zone="Asia/Tokyo")
    EnrollmentFactory.create(klass=klass, student=world.student)

    response = signed_in(world.student).get(reverse("classes:transcript"))

    assert "JST" in response.text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_transcript_takes_seven_queries(world, signed_in, django_assert_num_queries, rows):
    EnrollmentFactory.create_batch(rows, student=world.stranger)
    CourseAssignmentFactory.create_batch(rows, student=world.stranger)
    client = signed_in(world.stranger)

    with django_assert_num_queries(7):
        client.get(reverse("classes:transcript"))
