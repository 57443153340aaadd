from typing import Any

import pytest
from django.urls import reverse

from classes.models import Class, Enrollment
from classes.training import record_enrollments
from courses.models import TrainingRecord
from operation.models import SweepHint
from organizations.models import Organization
from tests.factories import (
    PAST,
    ClassFactory,
    CourseFactory,
    EnrollmentFactory,
    InstructorFactory,
    StudentFactory,
    UserFactory,
)

ADD_ENROLLMENT = reverse("admin:classes_enrollment_add")


@pytest.fixture
def client(world, signed_in):
    """The administrator of the umbrella."""
    return signed_in(world.administrator)


def change(row: Class | Enrollment) -> str:
    return reverse(f"admin:classes_{row._meta.model_name}_change", args=[row.pk])


def line(enrollment: Enrollment | None = None, **changes) -> dict[str, Any]:
    return {
        "enrollment_status": enrollment.enrollment_status if enrollment else "enrolled",
        "completion_status": enrollment.completion_status if enrollment else "unknown",
        "enrolled_at_0": f"{PAST:%Y-%m-%d}",
        "enrolled_at_1": f"{PAST:%H:%M:%S}",
        **changes,
    }


def errors(page) -> list[str]:
    return list(page.context["adminform"].form.errors)


def test_a_completed_enrollment_is_recorded(world, client):
    done = {"completion_status": "complete", "completed_at_0": "2026-03-02", "completed_at_1": "17:00:00"}

    client.post(change(world.enrollment), line(world.enrollment, **done))

    record = TrainingRecord.objects.get()
    assert (record.user, record.course, record.source_id) == (world.student, world.course, str(world.enrollment.pk))
    assert record.completed_at == PAST.replace(hour=17)
    assert list(SweepHint.objects.values_list("student_id", flat=True)) == [world.student.pk]


def class_form(klass: Class, **changes) -> dict[str, Any]:
    return {
        "organization": klass.organization_id,
        "course": klass.course_id,
        "name": klass.name,
        "number": klass.number,
        "starts_at_0": f"{klass.starts_at:%Y-%m-%d}",
        "starts_at_1": f"{klass.starts_at:%H:%M:%S}",
        "ends_at_0": f"{klass.ends_at:%Y-%m-%d}",
        "ends_at_1": f"{klass.ends_at:%H:%M:%S}",
        "time_zone": klass.time_zone,
        "min_students": klass.min_students,
        "max_students": klass.max_students,
        "instructors": [teacher.pk for teacher in klass.instructors.filter(organization=klass.organization_id)],
        **changes,
    }


def test_a_class_of_another_course_makes_its_enrollments_records_of_it(world, client):
    record_enrollments([world.enrollment, world.guest_enrollment])
    SweepHint.objects.all().delete()
    other = CourseFactory.create(organization=world.academy, published_to=[world.academy])

    client.post(change(world.klass), class_form(world.klass, course=other.pk))

    world.klass.refresh_from_db()
    assert world.klass.course == other
    assert list(TrainingRecord.objects.values_list("course", flat=True)) == [other.pk] * 2
    assert set(SweepHint.objects.values_list("student_id", flat=True)) == {world.student.pk, world.guest.pk}


def test_a_class_that_keeps_its_course_leaves_its_records_alone(world, client):
    record_enrollments([world.enrollment])
    SweepHint.objects.all().delete()

    client.post(change(world.klass), class_form(world.klass, name="Renamed"))

    world.klass.refresh_from_db()
    assert world.klass.name == "Renamed"
    assert list(SweepHint.objects.all()) == []
    assert list(TrainingRecord.objects.values_list("source_id", flat=True)) == [str(world.enrollment.pk)]


def test_complete_without_a_moment_is_complete_now(world, client, time_machine):
    time_machine.move_to("2026-11-20T12:00:00Z", tick=False)

    client.post(change(world.enrollment), line(world.enrollment, completion_status="complete"))

    world.enrollment.refresh_from_db()
    assert world.enrollment.completed_at.isoformat() == "2026-11-20T12:00:00+00:00"


def test_who_sets_or_moves_a_completion_is_kept_with_it(world, client):
    setters = []
    for changes in (
        {"enrolled_at_1": "09:00:01"},
        {"completion_status": "complete"},
        {"completion_status": "complete", "completed_at_0": "2026-03-02", "completed_at_1": "17:00:00"},
        {},
    ):
        Enrollment.objects.update(completion_set_by=world.instructor, completion_set_via="roster")
        client.post(change(world.enrollment), line(world.enrollment, **changes))
        world.enrollment.refresh_from_db()
        setters.append((world.enrollment.completion_set_by, world.enrollment.completion_set_via))

    mine = (world.administrator, "admin")
    assert setters == [(world.instructor, "roster"), mine, mine, mine]


def test_no_longer_complete_has_no_moment(world, client):
    Enrollment.objects.filter(pk=world.enrollment.pk).update(completion_status="complete", completed_at=PAST)
    moment = {"completed_at_0": "2026-03-02", "completed_at_1": "17:00:00"}

    client.post(change(world.enrollment), line(world.enrollment, completion_status="failed", **moment))

    world.enrollment.refresh_from_db()
    assert (world.enrollment.completion_status, world.enrollment.completed_at) == ("failed", None)


def test_a_cancelled_enrollment_is_withdrawn(world, client):
    client.post(change(world.enrollment), line(world.enrollment))

    client.post(change(world.enrollment), line(world.enrollment, enrollment_status="cancelled"))

    assert list(TrainingRecord.objects.all()) == []


def test_only_an_enrolled_student_has_a_completion_status(world, client):
    data = line(world.enrollment, enrollment_status="cancelled", completion_status="complete")

    page = client.post(change(world.enrollment), data)

    assert page.context["adminform"].form.errors == {"__all__": ["Only an Enrolled student has a completion status."]}


def test_a_guest_of_another_organization_can_be_completed(world, client):
    saved = client.post(change(world.guest_enrollment), line(world.guest_enrollment, completion_status="complete"))

    world.guest_enrollment.refresh_from_db()
    assert (saved.status_code, world.guest_enrollment.completion_status) == (302, "complete")


def test_the_student_of_an_enrollment_stays(world, client):
    data = line(world.enrollment, student=world.instructor.pk, completion_status="complete")

    saved = client.post(change(world.enrollment), data)

    world.enrollment.refresh_from_db()
    assert (saved.status_code, world.enrollment.completion_status) == (302, "complete")  # the rest of it was taken
    assert world.enrollment.student == world.student


def test_an_own_student_is_enrolled(world, client):
    student = StudentFactory.create(organization=world.academy)

    client.post(ADD_ENROLLMENT, line(klass=world.klass.pk, student=student.pk))

    assert list(TrainingRecord.objects.values_list("user", "course")) == [(student.pk, world.course.pk)]


def test_forged_ids_are_no_choices_of_an_enrollment(world, client):
    elsewhere = ClassFactory.create(organization=world.outside)

    page = client.post(ADD_ENROLLMENT, line(klass=elsewhere.pk, student=world.stranger.pk))

    assert errors(page) == ["klass", "student"]


def test_attending_a_class_opens_its_roster_to_nobody(world, client):
    elsewhere = ClassFactory.create(organization=world.outside)
    EnrollmentFactory.create(klass=elsewhere, student=world.administrator)

    page = client.post(ADD_ENROLLMENT, line(klass=elsewhere.pk, student=world.student.pk))

    assert errors(page) == ["klass"]


def test_a_class_one_attends_cannot_be_changed(world, client):
    elsewhere = ClassFactory.create(organization=world.outside)
    EnrollmentFactory.create(klass=elsewhere, student=world.administrator)

    assert client.post(change(elsewhere)).status_code == 403


def test_forged_ids_are_no_choices_of_a_class(world, client):
    data = {
        "name": world.klass.name,
        "organization": world.outside.pk,
        "course": CourseFactory.create(organization=world.outside).pk,
        "instructors": [world.stranger.pk],
    }

    found = errors(client.post(change(world.klass), data))

    assert [name for name in ("organization", "course", "instructors") if name in found] == [
        "organization",
        "course",
        "instructors",
    ]


def test_a_contractor_whom_the_administrator_cannot_see_goes_on_teaching(world, client):
    data = {
        "name": "Renamed",
        "organization": world.academy.pk,
        "course": world.course.pk,
        "instructors": [world.instructor.pk],
        "starts_at_0": "2026-03-02",
        "starts_at_1": "09:00:00",
        "ends_at_0": "2026-03-02",
        "ends_at_1": "17:00:00",
        "time_zone": "UTC",
        "min_students": 0,
        "max_students": 20,
    }

    client.post(change(world.klass), data)

    world.klass.refresh_from_db()
    assert world.klass.name == "Renamed"
    assert set(world.klass.instructors.all()) == {world.instructor, world.contractor}


@pytest.mark.parametrize("has_roster", [True, False])
def test_a_class_with_a_roster_is_not_deleted(world, signed_in, has_roster):
    superuser = UserFactory.create(is_superuser=True, is_staff=True)
    klass = world.klass if has_roster else ClassFactory.create(organization=world.academy)

    signed_in(superuser).post(reverse("admin:classes_class_delete", args=[klass.pk]), {"post": "yes"})

    assert Class.objects.filter(pk=klass.pk).exists() is has_roster


@pytest.fixture
def freelancer(world):
    """A contract instructor whom the administrator can choose."""
    return InstructorFactory.create(
        organization=world.umbrella, is_contract_instructor=True, first_name="Fay", last_name="Freelance"
    )


CONTRACT = (
    "Academy does not use contract instructors, so Fay Freelance cannot teach here. Choose others, or switch on "
    "“Uses contract instructors” in the organization."
)


@pytest.mark.parametrize(("uses", "told"), [(True, {}), (False, {"instructors": [CONTRACT]})])
def test_a_contract_instructor_is_chosen_only_where_the_organization_uses_them(world, client, freelancer, uses, told):
    Organization.objects.filter(pk=world.academy.pk).update(uses_contract_instructors=uses)
    form = class_form(world.klass, instructors=[world.instructor.pk, freelancer.pk])

    page = client.post(change(world.klass), form)

    assert (page.context["adminform"].form.errors if page.context else {}) == told
    assert world.klass.instructors.filter(pk=freelancer.pk).exists() is uses


def test_a_class_is_still_edited_after_the_switch_went_off(world, client, freelancer):
    world.klass.instructors.add(freelancer)
    Organization.objects.filter(pk=world.academy.pk).update(uses_contract_instructors=False)
    form = class_form(world.klass, name="Renamed", instructors=[world.instructor.pk, freelancer.pk])

    saved = client.post(change(world.klass), form)

    assert (saved.status_code, world.klass.instructors.filter(pk=freelancer.pk).exists()) == (302, True)
