import datetime as dt
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from badges.models import IssuedBadge
from courses.models import CourseActivity, TrainingRecord
from operation.models import SweepHint
from tests.factories import (
    PAST,
    AdministratorFactory,
    BadgeFactory,
    CourseActivityFactory,
    CourseAssignmentFactory,
    CourseFactory,
    IssuedBadgeFactory,
    LabFactory,
    StudentFactory,
    TrainingRecordFactory,
    UserFactory,
)

LIST = reverse("courses:assignments")


@pytest.fixture
def manager_without_role(world, signed_in):
    """Manages the academy, but nobody gave the account a role."""
    return signed_in(UserFactory.create(organization=world.academy, manages=[world.academy]))


def page_of(assignment):
    return reverse("courses:assignment", args=[assignment.pk])


def completing(assignment):
    return reverse("courses:complete_assignment", args=[assignment.pk])


def issuing(assignment):
    return reverse("courses:issue_badge", args=[assignment.pk])


def choice(badge, key=None):
    return {"badge": badge.pk, "key": str(key or uuid.uuid4())}


def found(response):
    return [row.student for row in response.context["listing"].page]


@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 403), ("contractor", 403), ("student", 403), ("stranger", 403)],
)
def test_find_course_assignments_is_for_administrators(world, signed_in, persona, status):
    response = signed_in(getattr(world, persona)).get(LIST)

    assert response.status_code == status


def test_find_course_assignments_shows_what_is_in_reach(world, assignment, administrator):
    CourseAssignmentFactory.create(student=world.stranger)

    response = administrator.get(LIST)

    assert found(response) == [world.student]


@pytest.fixture
def assignments(world):
    """One in every state, by the student's last name."""
    now, course = timezone.now(), world.course
    states = {
        "Complete": {"completed_at": now, "cancelled_at": now},
        "Cancelled": {"cancelled_at": now, "expires_at": PAST},
        "Expired": {"started_at": PAST, "expires_at": now},
        "Started": {"started_at": PAST, "expires_at": now + dt.timedelta(days=1)},
        "Waiting": {"assigned_at": now},
    }
    return {
        name: CourseAssignmentFactory.create(
            student=StudentFactory.create(organization=world.academy, last_name=name), course=course, **fields
        )
        for name, fields in states.items()
    }


@pytest.mark.parametrize(
    ("query", "last_names"),
    [
        ({"state": "complete"}, ["Complete"]),
        ({"state": "cancelled"}, ["Cancelled"]),
        ({"state": "expired"}, ["Expired"]),
        ({"state": "in_progress"}, ["Started"]),
        ({"state": "not_started"}, ["Waiting"]),
        ({"state": "open", "sort": "student"}, ["Started", "Waiting"]),
        ({"state": "no such state"}, []),
        ({"student": "sam expired"}, ["Expired"]),
        ({"course": "no such course"}, []),
        ({"q": "waiting"}, ["Waiting"]),
        ({"assigned_at_after": "2026-03-03"}, ["Waiting"]),
        ({"expires_at_before": "2026-03-02"}, ["Cancelled"]),
        ({"sort": "student"}, ["Cancelled", "Complete", "Expired", "Started", "Waiting"]),
        (
            {"sort": "student", "per_page": "10", "page": "99999999999"},
            ["Cancelled", "Complete", "Expired", "Started", "Waiting"],
        ),
    ],
)
def test_find_course_assignments_finds(assignments, administrator, query, last_names):
    response = administrator.get(LIST, query)

    assert [student.last_name for student in found(response)] == last_names


def test_find_course_assignments_exports(assignments, administrator):
    query = {"export": "csv", "columns": ["student", "state"], "sort": "student", "state": "expired"}

    response = administrator.get(LIST, query)

    assert response.getvalue().decode() == "\ufeffStudent,State\r\nSam Expired,Expired\r\n"


@pytest.mark.parametrize("rows", [1, 3])
def test_find_course_assignments_takes_nine_queries(world, administrator, django_assert_num_queries, rows):
    for _row in range(rows):
        CourseAssignmentFactory.create(student=StudentFactory.create(organization=world.academy))

    with django_assert_num_queries(10):
        administrator.get(LIST)


@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 404), ("contractor", 404), ("student", 200), ("stranger", 404)],
)
def test_an_assignment_is_for_its_student_and_administrators(world, assignment, signed_in, persona, status):
    response = signed_in(getattr(world, persona)).get(page_of(assignment))

    assert response.status_code == status


def test_an_assignment_of_others_needs_the_permission_too(assignment, manager_without_role):
    response = manager_without_role.get(page_of(assignment))

    assert response.status_code == 403


def test_an_unknown_assignment_is_not_found(administrator):
    response = administrator.get(reverse("courses:assignment", args=[10**30]))

    assert response.status_code == 404


def test_a_student_sees_the_own_assignment_without_the_administrators_links(world, assignment, badge, signed_in):
    response = signed_in(world.student).get(page_of(assignment))

    context = response.context
    assert (context["may_list"], context["offers_badges"], context["may_complete"]) == (False, False, False)


def test_the_trophy_shows_when_a_badge_can_be_issued(assignment, badge, administrator):
    response = administrator.get(page_of(assignment))

    assert response.context["offers_badges"] is True


def test_no_trophy_without_a_badge_to_issue(world, assignment, administrator):
    BadgeFactory.create(organization=world.academy, manual_issuance=False)
    BadgeFactory.create(organization=world.outside)

    response = administrator.get(page_of(assignment))

    assert response.context["offers_badges"] is False


def test_no_trophy_on_an_administrators_own_assignment_elsewhere(world, badge, signed_in):
    course = CourseFactory.create(organization=world.outside)
    user = AdministratorFactory.create(organization=world.partner, manages=[])
    own = CourseAssignmentFactory.create(student=user, course=course)

    response = signed_in(user).get(page_of(own))

    assert response.context["offers_badges"] is False


def test_an_assignment_shows_the_badges_of_its_student_and_those_revoked_for_good(
    world, assignment, badge, administrator
):
    taken = {"student": world.student, "status": IssuedBadge.Status.REVOKED, "revoked_at": PAST}
    IssuedBadgeFactory.create(badge=badge, **taken)
    held = IssuedBadgeFactory.create(badge=badge, student=world.student)
    revoked = IssuedBadgeFactory.create(**taken)
    IssuedBadgeFactory.create(badge=badge)

    response = administrator.get(page_of(assignment))

    assert list(response.context["badges_given"]) == [revoked, held]


def test_the_badges_of_a_foreign_student_show_only_where_they_are_in_reach(world, badge, administrator):
    assignment = CourseAssignmentFactory.create(student=world.guest, course=world.course)
    ours = IssuedBadgeFactory.create(badge=badge, student=world.guest)
    IssuedBadgeFactory.create(badge=BadgeFactory.create(organization=world.partner), student=world.guest)

    response = administrator.get(page_of(assignment))

    assert list(response.context["badges_given"]) == [ours]


def test_an_assignment_says_how_far_its_activities_are(world, assignment, administrator):
    exam, lab = LabFactory.create(is_exam=True), LabFactory.create()
    lab_kind = CourseActivity.Kind.LAB
    for activity in (
        {"lab": exam, "kind": lab_kind},
        {"lab": lab, "kind": lab_kind},
        {"kind": CourseActivity.Kind.VIDEO},
    ):
        CourseActivityFactory.create(course=world.course, **activity)
    TrainingRecordFactory.create(user=world.student, lab=exam, course=None, passed=True)
    TrainingRecordFactory.create(user=world.student, lab=exam, course=None, passed=False, started_at=timezone.now())

    response = administrator.get(page_of(assignment))

    lines = [(str(line.state), line.is_done) for line in response.context["activities"]]
    assert lines == [("Passed", True), ("Not started", False), ("", False)]


@pytest.mark.parametrize(
    ("attempts", "state", "is_done"),
    [
        ([], "Not taken yet", False),
        ([{"passed": False}], "Not passed", False),
        ([{"passed": True, "completed_at": None}], "In progress", False),
        ([{"passed": False, "score": 4}, {"passed": True, "score": 6}, {"passed": False, "score": 2}], "Passed", True),
    ],
)
def test_an_activity_that_is_an_exam_says_what_came_of_it(world, assignment, administrator, attempts, state, is_done):
    exam = LabFactory.create(is_exam=True)
    CourseActivityFactory.create(course=world.course, lab=exam, kind=CourseActivity.Kind.LAB)
    for fields in attempts:
        of = {"max_score": 7} if "score" in fields else {}
        TrainingRecordFactory.create(user=world.student, lab=exam, course=None, **fields, **of)

    response = administrator.get(page_of(assignment))

    [line] = response.context["activities"]
    assert (line.state, line.is_done) == (state, is_done)
    assert ("6/7 · 85 %" in response.text) is is_done


def test_the_score_of_a_lab_that_is_no_exam_is_shown(world, assignment, administrator):
    lab = LabFactory.create()
    CourseActivityFactory.create(course=world.course, lab=lab, kind=CourseActivity.Kind.LAB)
    TrainingRecordFactory.create(user=world.student, lab=lab, course=None, score=0, max_score=3)

    assert "0/3 · 0 %" in administrator.get(page_of(assignment)).text


def test_an_expiry_in_the_past_is_marked(world, administrator):
    expired = CourseAssignmentFactory.create(student=world.student, course=world.course, expires_at=PAST)

    response = administrator.get(page_of(expired))

    assert '<span class="pill bad nowrap">' in response.text


def test_what_never_expires_says_so(assignment, administrator):
    page = "".join(line.strip() for line in administrator.get(page_of(assignment)).text.splitlines())

    assert '<dt>Expires</dt><dd><span class="muted">Never</span>' in page
    assert '<dt>Target Completion</dt><dd><span class="muted">Never</span>' in page


@pytest.mark.parametrize("rows", [1, 3])
def test_an_assignment_takes_fifteen_queries(world, assignment, badge, administrator, django_assert_num_queries, rows):
    IssuedBadgeFactory.create_batch(rows, student=world.student)
    CourseActivityFactory.create_batch(rows, course=world.course)

    with django_assert_num_queries(15):
        administrator.get(page_of(assignment))


def test_mark_complete(world, assignment, administrator):
    response = administrator.post(completing(assignment))

    assignment.refresh_from_db()
    assert response.url == page_of(assignment)
    assert assignment.completed_at is not None
    record = TrainingRecord.objects.get()
    assert (record.user, record.course, record.completed_at) == (world.student, world.course, assignment.completed_at)
    assert SweepHint.objects.filter(student_id=world.student.pk).exists()


def test_mark_complete_twice_keeps_the_first_moment(assignment, administrator):
    administrator.post(completing(assignment))
    assignment.refresh_from_db()
    first = assignment.completed_at

    administrator.post(completing(assignment))

    assignment.refresh_from_db()
    assert assignment.completed_at == first


def test_a_cancelled_assignment_is_not_completed(world, administrator):
    cancelled = CourseAssignmentFactory.create(student=world.student, course=world.course, cancelled_at=PAST)

    response = administrator.post(completing(cancelled), follow=True)

    cancelled.refresh_from_db()
    assert cancelled.completed_at is None
    assert [str(message) for message in response.context["messages"]] == [
        "This course assignment was cancelled, so it cannot be completed."
    ]


def test_mark_complete_is_no_link(assignment, administrator):
    response = administrator.get(completing(assignment))

    assert response.status_code == 405


@pytest.mark.parametrize("address", [completing, issuing])
@pytest.mark.parametrize(
    ("persona", "status"), [("instructor", 404), ("contractor", 404), ("student", 403), ("stranger", 404)]
)
def test_acting_on_an_assignment_is_for_administrators(world, assignment, badge, signed_in, address, persona, status):
    response = signed_in(getattr(world, persona)).post(address(assignment), choice(badge))

    assignment.refresh_from_db()
    assert response.status_code == status
    assert (assignment.completed_at, IssuedBadge.objects.count()) == (None, 0)


@pytest.mark.parametrize("address", [completing, issuing])
def test_acting_on_an_assignment_needs_the_permission_too(assignment, badge, manager_without_role, address):
    response = manager_without_role.post(address(assignment), choice(badge))

    assert response.status_code == 403
