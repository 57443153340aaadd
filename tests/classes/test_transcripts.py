import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from badges.models import Via
from classes.models import Enrollment
from classes.transcripts import current_training, transcript_of
from courses.models import TrainingRecord
from tests.factories import (
    PAST,
    ClassFactory,
    CourseActivityFactory,
    CourseAssignmentFactory,
    EnrollmentFactory,
    IssuedBadgeFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    StudentFactory,
    TrainingRecordFactory,
    UserFactory,
)

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


def test_what_can_still_be_done_is_under_way_and_what_began_first_comes_first():
    student = StudentFactory.create()
    later, over = NEXT + dt.timedelta(days=1), NEXT - dt.timedelta(hours=1)
    EnrollmentFactory.create(student=student, klass__name="To come", klass__starts_at=later)
    EnrollmentFactory.create(student=student, klass__name="Running", klass__starts_at=over)
    EnrollmentFactory.create(student=student, klass__name="Over", klass__starts_at=PAST, klass__ends_at=over)
    EnrollmentFactory.create(student=student, klass__name="Denied", klass__starts_at=later, enrollment_status="denied")
    assignments: dict[str, dict[str, Any]] = {
        "Open": {"expires_at": later},
        "Open for ever": {"expires_at": None},
        "Expired": {"expires_at": over},
        "Completed": {"completed_at": PAST},
        "Cancelled": {"cancelled_at": PAST},
    }
    for name, values in assignments.items():
        CourseAssignmentFactory.create(student=student, course__name=name, assigned_at=PAST, **values)

    found = current_training(student, at=NEXT)

    assert names(found) == ["Open", "Open for ever", "Running", "To come"]


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


def test_current_training_says_how_many_required_labs_are_done(world):
    labs = LabFactory.create_batch(3) + LabFactory.create_batch(2, is_exam=True)
    for place, lab in enumerate([*labs, None]):
        kind = {"kind": "lab", "lab": lab} if lab else {}
        CourseActivityFactory.create(course=world.course, is_required=place != 2, **kind)
    for lab in labs:
        TrainingRecordFactory.create(user=world.student, course=None, lab=lab, passed=lab == labs[3])
    TrainingRecordFactory.create(user=world.guest, course=None, lab=labs[4], passed=True)

    [line] = transcript_of(world.student, at=PAST).current

    assert line.labs_in_words == "3 of 4 labs"


def test_a_course_without_required_labs_says_nothing_of_labs(world):
    CourseActivityFactory.create(course=world.course)

    [line] = transcript_of(world.student, at=PAST).current

    assert (line.labs, line.labs_in_words) == (None, "")


def test_learning_paths_are_complete_or_begun(world):
    walked, begun, untouched = (LearningPathFactory.create(organization=world.academy) for _ in range(3))
    for path, completed in ((walked, [True]), (begun, [True, False]), (untouched, [False])):
        for place, is_complete in enumerate(completed):
            step = LearningPathCourseFactory.create(learning_path=path, position=place)
            if is_complete:
                TrainingRecordFactory.create(user=world.student, course=step.course)

    transcript = transcript_of(world.student, at=PAST)

    assert [walk.path for walk in transcript.paths_completed] == [walked]
    assert [(walk.path, walk.words) for walk in transcript.paths_begun] == [(begun, "50% – 1 / 2 Complete")]


def test_learning_paths_say_what_came_of_their_exams(world, signed_in):
    exam = LabFactory.create(organization=world.academy, is_exam=True, passing_score=70)
    path = LearningPathFactory.create(organization=world.academy, exam=exam)
    TrainingRecordFactory.create(user=world.student, course=LearningPathCourseFactory.create(learning_path=path).course)
    client = signed_in(world.student)

    before = client.get(reverse("classes:transcript")).text
    TrainingRecordFactory.create(user=world.student, course=None, lab=exam, passed=True, score=5, max_score=7)
    after = client.get(reverse("classes:transcript")).text

    said = ["Not taken yet", "Passed</span>", "5/7 · 71 %"]
    assert [words in before for words in said] == [True, False, False]
    assert [words in after for words in said] == [False, True, True]


@pytest.mark.parametrize(("completed_at", "done"), [(PAST, "1 of 1 lab"), (None, "0 of 1 lab")])
def test_an_exam_counts_as_done_when_it_is_completed_and_passed(world, completed_at, done):
    exam = LabFactory.create(is_exam=True)
    CourseActivityFactory.create(course=world.course, kind="lab", lab=exam)
    TrainingRecordFactory.create(user=world.student, course=None, lab=exam, passed=True, completed_at=completed_at)

    [line] = transcript_of(world.student, at=PAST).current

    assert line.labs_in_words == done


@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 404), ("contractor", 404), ("student", 200), ("stranger", 404)],
)
def test_the_transcript_of_somebody_is_for_that_person_and_administrators(world, signed_in, persona, status):
    response = signed_in(world.personas[persona]).get(reverse("classes:transcript_of", args=[world.student.pk]))

    assert response.status_code == status


def test_the_transcript_of_somebody_needs_the_permission_too(world, signed_in):
    manager = UserFactory.create(organization=world.academy, manages=[world.academy])

    response = signed_in(manager).get(reverse("classes:transcript_of", args=[world.student.pk]))

    assert response.status_code == 403


def test_the_transcript_of_somebody_links_to_what_the_reader_may_open(world, signed_in):
    elsewhere = EnrollmentFactory.create(student=world.student, klass__organization=world.outside)
    assignment = CourseAssignmentFactory.create(student=world.student)

    text = signed_in(world.administrator).get(reverse("classes:transcript_of", args=[world.student.pk])).text

    linked = {
        name: reverse(name, args=[pk]) in text
        for name, pk in [("courses:assignment", assignment.pk), ("classes:details", world.klass.pk)]
    }
    assert linked == {"courses:assignment": True, "classes:details": True}
    assert reverse("classes:details", args=[elsewhere.klass_id]) not in text


def test_everybody_has_a_transcript_of_his_own(world, signed_in):
    for persona in world.personas.values():
        assert signed_in(persona).get(reverse("classes:transcript")).status_code == 200


def test_a_class_is_shown_in_its_own_time_zone(world, signed_in):
    klass = ClassFactory.create(starts_at=timezone.now(), time_zone="Asia/Tokyo")
    EnrollmentFactory.create(klass=klass, student=world.student)

    response = signed_in(world.student).get(reverse("classes:transcript"))

    assert "JST" in response.text


def test_what_was_completed_shows_the_badges_that_it_brought(world, signed_in):
    enrollment = EnrollmentFactory.create(klass=world.klass, student=StudentFactory.create(), **COMPLETE)
    person = enrollment.student
    assignment = CourseAssignmentFactory.create(student=person, completed_at=NEXT)
    record = TrainingRecordFactory.create(
        user=person, course=world.course, source=TrainingRecord.Source.ENROLLMENT, source_id=str(enrollment.pk)
    )
    of_class = IssuedBadgeFactory.create(student=person, via=Via.ROSTER, source_id=world.klass.pk)
    earned = IssuedBadgeFactory.create(
        student=person, via=Via.ACHIEVEMENT, source_id=1, evidence={"records": [record.pk]}, issued_at=NEXT
    )
    assigned = IssuedBadgeFactory.create(student=person, via=Via.ASSIGNMENT, source_id=assignment.pk)
    IssuedBadgeFactory.create(
        student=person, via=Via.ROSTER, source_id=world.klass.pk, status="revoked", revoked_at=PAST
    )
    IssuedBadgeFactory.create(student=person, via=Via.ADMIN)

    response = signed_in(person).get(reverse("classes:transcript"))

    shown = [(line.name, line.badges) for line in response.context["transcript"].completed]
    assert shown == [(assignment.course.name, [assigned]), (world.klass.name, [of_class, earned])]
    assert reverse("badges:badge_page", args=[of_class.public_id]) in response.text


def test_badges_in_a_transcript_are_for_who_may_see_issued_badges(world, signed_in):
    EnrollmentFactory.create(klass=world.klass, student=world.stranger, **COMPLETE)
    badge = IssuedBadgeFactory.create(student=world.stranger, via=Via.ROSTER, source_id=world.klass.pk).badge
    viewer = UserFactory.create(organization=world.outside, manages=[world.outside])
    viewer.user_permissions.add(Permission.objects.get(codename="view_trainingrecord"))

    text = signed_in(viewer).get(reverse("classes:transcript_of", args=[world.stranger.pk])).text

    assert (world.klass.name in text, badge.name in text) == (True, False)


@pytest.mark.parametrize("rows", [1, 3])
def test_badges_in_a_transcript_take_a_fixed_number_of_queries(world, django_assert_num_queries, rows):
    for enrollment in EnrollmentFactory.create_batch(rows, student=world.stranger, **COMPLETE):
        record = TrainingRecordFactory.create(
            user=world.stranger, source=TrainingRecord.Source.ENROLLMENT, source_id=str(enrollment.pk)
        )
        IssuedBadgeFactory.create(student=world.stranger, via=Via.ACHIEVEMENT, evidence={"records": [record.pk]})

    with django_assert_num_queries(5):
        found = transcript_of(world.stranger, at=NEXT)

    assert [len(line.badges) for line in found.completed] == [1] * rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_transcript_takes_twelve_queries(world, signed_in, django_assert_num_queries, rows):
    exam = LabFactory.create(is_exam=True)
    for _row in range(rows):
        path = LearningPathFactory.create(organization=world.outside, exam=exam)
        step = LearningPathCourseFactory.create(learning_path=path)
        CourseActivityFactory.create(course=step.course, kind="lab", lab=exam)
        CourseAssignmentFactory.create(student=world.stranger, course=step.course)
        TrainingRecordFactory.create(user=world.stranger, course=step.course)
        TrainingRecordFactory.create(user=world.stranger, course=None, lab=exam, passed=False)
    EnrollmentFactory.create_batch(rows, student=world.stranger)
    CourseAssignmentFactory.create_batch(rows, student=world.stranger)
    client = signed_in(world.stranger)

    with django_assert_num_queries(12):
        client.get(reverse("classes:transcript"))
