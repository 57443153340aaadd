import pytest
from django.urls import reverse

from badges.models import IssuedBadge, Via
from courses.models import CourseAssignment
from organizations.models import User
from organizations.scope import named, people_in_scope
from tests.factories import (
    AdministratorFactory,
    BadgeFactory,
    ClassFactory,
    CourseAssignmentFactory,
    EnrollmentFactory,
    InstructorFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    StudentFactory,
    TrainingRecordFactory,
    UserFactory,
)


def in_scope(world, user):
    everybody = {"administrator", "instructor", "contractor", "student", "guest", "stranger"}
    found = set(people_in_scope(user))
    return {name for name in everybody if getattr(world, name) in found}


@pytest.mark.parametrize(
    ("persona", "people"),
    [
        ("administrator", {"administrator", "instructor", "student"}),
        ("instructor", {"instructor", "student"}),
        ("contractor", {"contractor", "student", "guest"}),
        ("student", {"student"}),
        ("stranger", {"stranger"}),
    ],
)
def test_the_scope_of_each_persona(world, persona, people):
    assert in_scope(world, getattr(world, persona)) == people


def test_everybody_is_in_the_scope_of_a_superuser(world):
    assert set(people_in_scope(UserFactory.create(is_superuser=True))) == set(User.objects.all())


@pytest.mark.parametrize("status", ["requested", "cancelled", "wait_listed", "audit"])
def test_whom_no_badge_may_be_issued_to_is_outside_an_instructors_scope(world, status):
    world.enrollment.enrollment_status = status
    world.enrollment.save()

    assert in_scope(world, world.instructor) == {"instructor"}


def test_an_instructor_who_may_not_issue_has_only_the_own_address(world):
    world.instructor.groups.clear()

    assert in_scope(world, User.objects.get(pk=world.instructor.pk)) == {"instructor"}


def test_those_trained_by_an_own_class_or_course_are_named(world):
    by_course = TrainingRecordFactory.create(user=StudentFactory.create(), course=world.course).user
    elsewhere = TrainingRecordFactory.create(user=StudentFactory.create()).user

    found = set(User.objects.filter(named(world.administrator)))

    assert {world.guest, by_course} <= found
    assert found.isdisjoint({elsewhere, world.stranger, world.contractor})


@pytest.fixture
def outsider(world):
    """The guest, with a badge of the academy issued to an address of which nothing may be told."""
    world.guest.email = world.guest.username = "secret@partner.example"
    world.guest.save()
    badge = BadgeFactory.create(organization=world.academy)
    return IssuedBadgeFactory.create(badge=badge, student=world.guest, status="pending", delivery="pending")


def listed(client, address, **query):
    page = client.get(address, query)
    return page.context["listing"].count


@pytest.mark.parametrize("word", ["secret@partner.example", "partner.example", "SECRET"])
@pytest.mark.parametrize("place", ["badges:issued", "classes:roster", "courses:assignments", "classes:choose_students"])
def test_no_list_is_searched_by_an_address_outside_the_scope(world, signed_in, outsider, place, word):
    CourseAssignmentFactory.create(student=world.guest, course=world.course)
    address = reverse(place, args=[world.klass.pk] if place.startswith("classes") else [])
    client = signed_in(world.administrator)

    assert (listed(client, address, q=word), listed(client, address, q=world.guest.last_name)) == (0, 1)


@pytest.mark.parametrize("place", ["badges:issued", "courses:assignments"])
def test_no_filter_for_a_person_finds_by_an_address_outside_the_scope(world, signed_in, outsider, place):
    CourseAssignmentFactory.create(student=world.guest, course=world.course)
    client = signed_in(world.administrator)

    by_address = listed(client, reverse(place), student="secret@partner.example")
    by_name = listed(client, reverse(place), student=world.guest.last_name)

    assert (by_address, by_name) == (0, 1)


def test_those_in_scope_are_found_by_their_address(world, signed_in, outsider):
    roster = reverse("classes:roster", args=[world.klass.pk])

    assert listed(signed_in(world.administrator), roster, q=world.student.email) == 1
    assert listed(signed_in(world.contractor), roster, q=world.guest.email) == 1


@pytest.mark.parametrize("place", ["issued_badge", "resend"])
def test_the_pages_of_an_outsiders_badge_do_not_tell_the_address(world, signed_in, outsider, place):
    text = signed_in(world.administrator).get(reverse(f"badges:{place}", args=[outsider.pk])).text

    assert (str(world.guest) in text, "partner.example" in text) == (True, False)


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_address_of_an_outsider_cannot_be_changed_or_guessed(world, signed_in, outsider, method):
    address = reverse("badges:readdress", args=[outsider.pk])

    answer = getattr(signed_in(world.administrator), method)(address, {"email": "secret@partner.example"})

    assert answer.status_code == 403
    outsider.refresh_from_db()
    assert outsider.recipient_email == "secret@partner.example"


def test_a_badge_of_somebody_whom_no_own_course_trained_is_not_shown(world):
    badge = BadgeFactory.create(organization=world.academy)
    IssuedBadgeFactory.create(badge=badge, student=world.stranger)
    trained = IssuedBadgeFactory.create(badge=badge, student=world.guest)

    assert list(IssuedBadge.objects.visible_to(world.administrator)) == [trained]


def test_an_issuance_exports_the_addresses_in_scope_alone(world, signed_in, outsider):
    badge = outsider.badge
    own = IssuedBadgeFactory.create(badge=badge, student=world.student)
    first = IssuanceItemFactory.create(
        batch__organization=world.academy, badge=badge, student=world.guest, issued_badge=outsider, code="", message=""
    )
    IssuanceItemFactory.create(
        batch=first.batch, badge=badge, student=world.student, issued_badge=own, code="", message=""
    )
    IssuanceItemFactory.create(batch=first.batch, badge=badge, student=world.stranger)

    answer = signed_in(world.administrator).get(reverse("badges:issuance", args=[first.batch_id]), {"export": "csv"})

    lines = [line.split(",")[:2] for line in b"".join(answer).decode().splitlines()[1:]]
    assert lines == [[str(world.guest), ""], [str(world.student), world.student.email]]


def test_who_issued_a_badge_of_another_tree_is_not_named(world, signed_in):
    stranger = InstructorFactory.create(organization=world.outside, first_name="Ingrid", last_name="Elsewhere")
    foreign = IssuedBadgeFactory.create(
        badge__organization=world.outside, student=world.student, issued_by=stranger, via=Via.ROSTER
    )
    client = signed_in(world.administrator)

    page = client.get(reverse("badges:issued_badge", args=[foreign.pk])).text
    found = [listed(client, reverse("badges:issued"), issued_by=word) for word in ("Ingrid", world.student.last_name)]
    export = client.get(reverse("badges:issued"), {"export": "csv", "columns": ["badge", "issued_by"]})
    shown = client.get(reverse("badges:issued"), {"columns": ["badge", "issued_by", "revoked_by"]}).text

    assert ("Elsewhere" in page, "Somebody of another organization" in page) == (False, True)
    assert found == [0, 0]
    assert "Elsewhere" not in b"".join(export).decode() + shown


@pytest.mark.parametrize("model", ["badges_issuedbadge", "classes_enrollment", "courses_courseassignment"])
def test_the_administration_searches_no_address_outside_the_scope(world, signed_in, outsider, model):
    CourseAssignmentFactory.create(student=world.guest, course=world.course)
    address = reverse(f"admin:{model}_changelist")
    client = signed_in(world.administrator)

    found = [
        client.get(address, {"q": q}).context["cl"].result_count for q in ("secret@partner", world.guest.last_name)
    ]

    assert found == [0, 1]


def test_the_administration_shows_no_address_outside_the_scope(world, signed_in, outsider):
    own = IssuedBadgeFactory.create(badge=outsider.badge, student=world.student)
    client = signed_in(world.administrator)

    pages = [client.get(reverse("admin:badges_issuedbadge_change", args=[row.pk])).text for row in (outsider, own)]

    assert ("partner.example" in pages[0], world.student.email in pages[1]) == (False, True)


def test_the_history_of_a_row_tells_no_user_name(world, signed_in):
    superuser = UserFactory.create(
        is_superuser=True, is_staff=True, username="boss@platform.example", email="boss@platform.example"
    )
    klass = ClassFactory.create(organization=world.academy)
    signed_in(superuser).post(reverse("admin:classes_class_delete", args=[klass.pk]))
    signed_in(superuser).post(
        reverse("admin:classes_enrollment_change", args=[world.enrollment.pk]),
        {
            "enrollment_status": "enrolled",
            "completion_status": "unknown",
            "enrolled_at_0": "2026-03-02",
            "enrolled_at_1": "09:00",
        },
    )

    text = (
        signed_in(world.administrator).get(reverse("admin:classes_enrollment_history", args=[world.enrollment.pk])).text
    )

    assert (str(superuser) in text, "platform.example" in text) == (True, False)


def test_what_stands_in_the_way_of_deleting_is_not_named_out_of_reach(world, signed_in):
    ClassFactory.create(name="Nobody's business", organization=world.outside, course=world.course)

    answer = signed_in(world.administrator).get(reverse("admin:courses_course_delete", args=[world.course.pk]))

    assert (answer.status_code, "business" in answer.text) == (200, False)


def test_an_assignment_of_an_outsider_has_no_address_in_the_list(world, signed_in, outsider):
    CourseAssignmentFactory.create(student=world.guest, course=world.course)
    CourseAssignmentFactory.create(student=world.student, course=world.course)
    query = {"columns": ["student", "email"], "sort": "email"}

    rows = signed_in(world.administrator).get(reverse("courses:assignments"), query).context["listing"].lines

    assert [line.cells[1].value for line in rows] == ["", world.student.email]
    assert CourseAssignment.objects.count() == 2


def test_an_administrator_elsewhere_who_teaches_here_sees_the_addresses_of_the_class(world, signed_in):
    klass = ClassFactory.create(organization=world.academy)
    teacher = AdministratorFactory.create(organization=world.outside, is_contract_instructor=True)
    klass.instructors.add(teacher)
    EnrollmentFactory.create(klass=klass, student=world.student)
    query = {"columns": ["student", "email"]}

    rows = signed_in(teacher).get(reverse("classes:roster", args=[klass.pk]), query).context["listing"].lines

    assert [line.cells[1].value for line in rows] == [world.student.email]
