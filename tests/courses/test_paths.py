import datetime as dt

import pytest

from courses.models import LearningPath, TrainingRecord
from courses.paths import CourseStanding, add_walks, progress_of, progress_words, walks_of, with_progress
from tests.courses.walking import course_of
from tests.factories import (
    PAST,
    CourseAssignmentFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    OrganizationFactory,
    StudentFactory,
    TrainingRecordFactory,
)

DAY = dt.timedelta(days=1)


def standings(path, person):
    return [step.standing.value for step in progress_of(path, person).steps]


def attempt(path, person, **fields):
    """An attempt at the exam of the path."""
    return TrainingRecordFactory.create(user=person, course=None, lab=path.exam, **fields)


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [
        (1, 12, "8% – 1 / 12 Complete"),
        (0, 3, "0% – 0 / 3 Complete"),
        (2, 3, "66% – 2 / 3 Complete"),
        (3, 3, "100% – 3 / 3 Complete"),
        (0, 0, "0% – 0 / 0 Complete"),
        (199, 200, "99% – 199 / 200 Complete"),
    ],
)
def test_the_bar_says_how_far(done, total, words):
    assert progress_words(done, total) == words


def test_a_course_is_empty_half_or_checked(world, path):
    TrainingRecordFactory.create(user=world.student, course=course_of(path, "Zero"))
    TrainingRecordFactory.create(user=world.student, course=course_of(path, "One"), completed_at=None)
    TrainingRecordFactory.create(user=world.guest, course=course_of(path, "Two"))

    assert standings(path, world.student) == ["checked", "half", "empty"]


def test_the_first_completion_is_the_moment(world, path):
    course = course_of(path, "Zero")
    for days in (5, 2, 9):
        TrainingRecordFactory.create(user=world.student, course=course, started_at=PAST + days * DAY)

    [step, *_others] = progress_of(path, world.student).steps

    assert (step.standing, step.completed_at) == (CourseStanding.CHECKED, PAST + 2 * DAY + dt.timedelta(hours=1))


@pytest.mark.parametrize(("started_at", "standing"), [(None, "empty"), (PAST, "half")])
def test_an_assignment_is_a_step_when_it_was_started(world, path, started_at, standing):
    course = course_of(path, "Zero")
    assignment = CourseAssignmentFactory.create(student=world.student, course=course, started_at=started_at)
    source = {"source": TrainingRecord.Source.ASSIGNMENT, "source_id": str(assignment.pk)}
    TrainingRecordFactory.create(user=world.student, course=course, completed_at=None, **source)

    [step, *_others] = progress_of(path, world.student).steps

    assert (step.standing.value, step.assignment_id) == (standing, assignment.pk)


def test_a_lab_of_the_course_is_a_step_and_not_its_end(world, path):
    lab = LabFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=world.student, course=course_of(path, "Two"), lab=lab)

    assert standings(path, world.student) == ["empty", "empty", "half"]


def test_the_newest_assignment_that_was_not_cancelled_is_the_one_to_open(world, path):
    course = course_of(path, "Zero")
    assign = {"student": world.student, "course": course}
    CourseAssignmentFactory.create(**assign, assigned_at=PAST)
    newest = CourseAssignmentFactory.create(**assign, assigned_at=PAST + DAY)
    CourseAssignmentFactory.create(**assign, assigned_at=PAST + 2 * DAY, cancelled_at=PAST + 2 * DAY)

    [step, *_others] = progress_of(path, world.student).steps

    assert step.assignment_id == newest.pk


@pytest.mark.parametrize(
    ("attempts", "status"),
    [
        ([], "Not taken yet"),
        ([{"completed_at": None}], "In progress"),
        ([{"completed_at": None, "passed": True}], "In progress"),
        ([{"passed": None}], "Taken"),
        ([{"passed": False}], "Not passed"),
        ([{"passed": True}], "Passed"),
        ([{"passed": True}, {"passed": False, "started_at": PAST + DAY}], "Passed"),
        ([{"passed": False}, {"completed_at": None, "started_at": PAST + DAY}], "Not passed"),
        ([{"passed": True, "completed_at": None}], "In progress"),
    ],
)
def test_the_exam_says_where_it_stands(world, path, attempts, status):
    for fields in attempts:
        attempt(path, world.student, **fields)

    exam = progress_of(path, world.student).exam

    assert exam is not None
    assert (exam.result.label, len(exam.attempts)) == (status, len(attempts))


def test_the_attempts_of_others_and_at_other_labs_are_no_attempts_at_the_exam(world, path):
    attempt(path, world.guest, passed=True)
    TrainingRecordFactory.create(
        user=world.student, course=course_of(path, "Zero"), lab=LabFactory.create(is_exam=True), passed=True
    )

    exam = progress_of(path, world.student).exam

    assert exam is not None
    assert exam.attempts == []


@pytest.mark.parametrize(("passed", "complete"), [(True, True), (False, False)])
def test_a_path_is_complete_with_its_courses_and_its_exam(world, path, passed, complete):
    for course in path.courses.all():
        TrainingRecordFactory.create(user=world.student, course=course)
    attempt(path, world.student, passed=passed)

    assert progress_of(path, world.student).is_complete is complete


@pytest.mark.parametrize(
    ("tried", "parts_done", "result"),
    [
        ({}, 3, "Not taken yet"),
        ({"passed": False}, 3, "Not passed"),
        ({"passed": True, "completed_at": None}, 3, "In progress"),
        ({"passed": True}, 4, "Passed"),
    ],
)
def test_with_all_courses_done_the_bar_waits_for_the_exam(world, path, tried, parts_done, result):
    for course in path.courses.all():
        TrainingRecordFactory.create(user=world.student, course=course)
    if tried:
        attempt(path, world.student, **tried)
    [row] = listed = list(with_progress(LearningPath.objects.all(), world.student))

    add_walks(listed, world.student)

    words = f"Courses: 100% – 3 / 3 Complete. Exam: {result}"
    walks = [progress_of(path, world.student), *walks_of(world.student), vars(row)["walk"]]
    assert [(walk.parts_done, walk.parts, walk.in_words) for walk in walks] == [(parts_done, 4, words)] * 3


def test_an_exam_alone_is_told_without_courses(world):
    path = LearningPathFactory.create(organization=world.academy, exam=LabFactory.create(is_exam=True))

    walk = progress_of(path, world.student)

    assert (walk.parts_done, walk.parts, walk.in_words) == (0, 1, "Exam: Not taken yet")


def test_walks_of_a_list_take_one_query(world, path, django_assert_num_queries):
    LearningPathFactory.create_batch(2, organization=world.academy, exam=path.exam)
    listed = list(with_progress(LearningPath.objects.all(), world.student))

    with django_assert_num_queries(1):
        add_walks(listed, world.student)


def test_a_path_without_courses_is_never_complete(world):
    path = LearningPathFactory.create(organization=world.academy)

    assert progress_of(path, world.student).is_complete is False


@pytest.mark.parametrize(("passed", "complete"), [(True, True), (False, False)])
def test_a_path_of_an_exam_alone_is_begun_and_complete_with_it(world, passed, complete):
    path = LearningPathFactory.create(organization=world.academy, exam=LabFactory.create(is_exam=True))
    before = walks_of(world.student)
    attempt(path, world.student, passed=passed)

    [walk] = walks_of(world.student)

    assert before == []
    assert [progress_of(path, world.student).is_complete, walk.is_complete] == [complete, complete]


def test_a_list_of_paths_has_the_same_numbers(world, path):
    for name in ("Zero", "One"):
        TrainingRecordFactory.create_batch(2, user=world.student, course=course_of(path, name))
    TrainingRecordFactory.create(user=world.student, course=course_of(path, "Two"), completed_at=None)
    empty = LearningPathFactory.create(organization=world.academy)

    found = with_progress(LearningPath.objects.order_by("pk"), world.student)

    assert [(row.pk, vars(row)["done"], vars(row)["total"]) for row in found] == [(path.pk, 2, 3), (empty.pk, 0, 0)]


def test_walks_are_on_paths_with_a_course_that_was_begun(world, path):
    """An assignment that nobody has started is none."""
    begun = LearningPathFactory.create(name="Z", organization=world.academy)
    LearningPathCourseFactory.create(learning_path=begun, course=course_of(path, "One"))
    assigned = LearningPathFactory.create(name="Assigned", organization=world.academy)
    LearningPathCourseFactory.create(learning_path=assigned, course=course_of(path, "Two"))
    TrainingRecordFactory.create(user=world.student, course=course_of(path, "One"), completed_at=None)
    TrainingRecordFactory.create(
        user=world.student,
        course=course_of(path, "Two"),
        completed_at=None,
        source=TrainingRecord.Source.ASSIGNMENT,
    )

    assert [(walk.path, walk.words) for walk in walks_of(world.student)] == [
        (path, "0% – 0 / 3 Complete"),
        (begun, "0% – 0 / 1 Complete"),
    ]


def test_walks_count_completed_courses(world, path):
    other = LearningPathFactory.create(organization=world.academy)
    LearningPathCourseFactory.create(learning_path=other, course=course_of(path, "Two"))
    TrainingRecordFactory.create(user=world.student, course=course_of(path, "Zero"))

    [walk] = walks_of(world.student)

    assert (walk.path, walk.words, walk.is_complete) == (path, "33% – 1 / 3 Complete", False)


@pytest.mark.parametrize(("passed", "complete"), [(True, True), (False, False), (None, False)])
def test_a_walk_is_complete_with_its_exam(world, path, passed, complete):
    for course in path.courses.all():
        TrainingRecordFactory.create(user=world.student, course=course)
    attempt(path, world.student, passed=passed)

    assert [walk.is_complete for walk in walks_of(world.student)] == [complete]


def test_a_walk_to_an_exam_under_way_is_not_complete(world, path):
    for course in path.courses.all():
        TrainingRecordFactory.create(user=world.student, course=course)
    attempt(path, world.student, passed=True, completed_at=None)

    [walk] = walks_of(world.student)

    assert walk.exam is not None
    assert (walk.is_complete, walk.exam.result) == (False, "in_progress")


def test_walks_share_an_exam_and_keep_theirs_apart(world, path):
    other = LearningPathFactory.create(name="Z", organization=world.academy, exam=LabFactory.create(is_exam=True))
    none = LearningPathFactory.create(name="Z without", organization=world.academy)
    for walked in (other, none):
        LearningPathCourseFactory.create(learning_path=walked, course=course_of(path, "Zero"))
    TrainingRecordFactory.create(user=world.student, course=course_of(path, "Zero"))
    attempt(path, world.student, passed=False)

    walks = walks_of(world.student)

    assert [(walk.path, walk.exam and walk.exam.result.label) for walk in walks] == [
        (path, "Not passed"),
        (other, "Not taken yet"),
        (none, None),
    ]


def test_paths_are_walked_by_the_organization_and_those_below_it(world, path):
    below = StudentFactory.create(organization=OrganizationFactory.create(parent=world.academy))
    above = StudentFactory.create(organization=world.umbrella)

    open_to = {
        name: path in LearningPath.objects.open_to(user)
        for name, user in {**world.personas, "below": below, "above": above}.items()
    }

    assert open_to == {
        "administrator": True,
        "instructor": True,
        "contractor": False,
        "student": True,
        "stranger": False,
        "below": True,
        "above": False,
    }


@pytest.mark.parametrize(("cancelled_at", "is_open"), [(None, True), (PAST, False)])
def test_a_subscription_opens_its_paths(world, path, cancelled_at, is_open):
    CourseAssignmentFactory.create(
        student=world.guest, subscription_profile=path.subscription_profile, cancelled_at=cancelled_at
    )

    assert (path in LearningPath.objects.open_to(world.guest)) is is_open


def test_a_path_that_is_off_is_for_administrators(world, path):
    LearningPath.objects.update(is_enabled=False)

    assert list(LearningPath.objects.open_to(world.student)) == []
    assert list(LearningPath.objects.open_to(world.administrator)) == [path]


@pytest.mark.parametrize("number", [1, 3])
def test_the_way_along_a_path_takes_three_queries(world, django_assert_num_queries, number):
    path = LearningPathFactory.create(organization=world.academy, exam=LabFactory.create(is_exam=True))
    for step in LearningPathCourseFactory.create_batch(number, learning_path=path):
        TrainingRecordFactory.create(user=world.student, course=step.course)
        CourseAssignmentFactory.create(student=world.student, course=step.course)

    with django_assert_num_queries(3):
        progress_of(path, world.student)
