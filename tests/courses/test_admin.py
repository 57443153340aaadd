import datetime as dt
import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from badges.catalogue.thumbnails import SIDES
from courses.models import Course, CourseActivity, CourseAssignment, LearningPath, TrainingRecord
from operation.models import SweepHint
from tests.factories import (
    PAST,
    BadgeFactory,
    ContentProviderFactory,
    CourseActivityFactory,
    CourseAssignmentFactory,
    CourseFactory,
    CourseTagFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    PublishingGroupFactory,
    SubscriptionProfileFactory,
    TrainingRecordFactory,
    UserFactory,
)

ADD_ASSIGNMENT = reverse("admin:courses_courseassignment_add")


@pytest.fixture
def client(world, signed_in):
    """The administrator of the umbrella."""
    return signed_in(world.administrator)


def change(row) -> str:
    return reverse(f"admin:courses_{row._meta.model_name}_change", args=[row.pk])


def inline(prefix: str, *lines: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """The management form and the lines of an inline."""
    data = {f"{prefix}-TOTAL_FORMS": len(lines), f"{prefix}-INITIAL_FORMS": initial}
    return data | {f"{prefix}-{n}-{name}": value for n, line in enumerate(lines) for name, value in line.items()}


def course(row: Course, **changes) -> dict[str, Any]:
    return {"name": row.name, "organization": row.organization_id, **inline("activities"), **changes}


def errors(page) -> list[str]:
    return list(page.context["adminform"].form.errors)


def test_a_course_gets_its_activities(world, client):
    lab = LabFactory.create(organization=world.academy)
    lines = inline(
        "activities",
        {"position": 0, "name": "Watch", "kind": "video", "is_required": "on"},
        {"position": 1, "name": "Try", "kind": "lab", "lab": lab.pk},
    )

    client.post(change(world.course), course(world.course, **lines))

    assert list(world.course.activities.order_by("position").values_list("name", "lab", "is_required")) == [
        ("Watch", None, True),
        ("Try", lab.pk, False),
    ]


def test_a_lab_activity_without_its_lab_is_refused(world, client):
    lines = inline("activities", {"position": 0, "name": "Try", "kind": "lab"})

    page = client.post(change(world.course), course(world.course, **lines))

    (activities,) = (shown for shown in page.context["inline_admin_formsets"] if shown.formset.prefix == "activities")
    assert activities.formset.errors == [{"__all__": ["Choose the lab of a lab activity, and no lab for any other."]}]


def test_an_activity_takes_no_lab_of_another_organization(world, client):
    lab = LabFactory.create(organization=world.outside)
    lines = inline("activities", {"position": 0, "name": "Try", "kind": "lab", "lab": lab.pk})

    client.post(change(world.course), course(world.course, **lines))

    assert list(CourseActivity.objects.all()) == []


def test_an_activity_of_another_course_cannot_be_taken_over(world, client):
    other = CourseActivityFactory.create(name="Theirs")
    line = {"id": other.pk, "course": world.course.pk, "position": 0, "name": "Ours", "kind": "video"}

    client.post(change(world.course), course(world.course, **inline("activities", line, initial=1)))

    other.refresh_from_db()
    assert (other.name, other.course == world.course) == ("Theirs", False)


def test_forged_ids_are_no_choices_of_a_course(world, client):
    data = course(
        world.course,
        organization=world.outside.pk,
        content_provider=ContentProviderFactory.create(organization=world.outside).pk,
        publishing_groups=[PublishingGroupFactory.create(organization=world.outside).pk],
        tags=[CourseTagFactory.create(organization=world.outside).pk],
        badges=[BadgeFactory.create(organization=world.outside).pk],
    )

    assert sorted(errors(client.post(change(world.course), data))) == [
        "badges",
        "content_provider",
        "organization",
        "publishing_groups",
        "tags",
    ]


def test_what_a_course_refers_to_already_stays(world, client):
    provider = ContentProviderFactory.create(organization=world.outside)
    tag = CourseTagFactory.create(name="Unseen", organization=world.outside)
    world.course.tags.add(tag)
    Course.objects.filter(pk=world.course.pk).update(content_provider=provider)

    page = client.get(change(world.course))
    saved = client.post(change(world.course), course(world.course, content_provider=provider.pk, name="Renamed"))

    world.course.refresh_from_db()
    assert ("Unseen" in page.text, saved.status_code) == (False, 302)
    assert (world.course.name, world.course.content_provider) == ("Renamed", provider)
    assert list(world.course.tags.all()) == [tag]


def test_an_available_badge_can_be_associated_with_a_course(world, client):
    badge = BadgeFactory.create(organization=world.outside)
    badge.available_to.add(world.academy)

    client.post(change(world.course), course(world.course, badges=[badge.pk]))

    assert list(world.course.badges.all()) == [badge]


def test_a_new_tag_queues_each_student_of_the_course_once(world, client):
    tag = CourseTagFactory.create(organization=world.academy)
    for student in (world.student, world.student, world.guest):
        TrainingRecordFactory.create(user=student, course=world.course)
    TrainingRecordFactory.create(user=world.stranger)

    client.post(change(world.course), course(world.course, tags=[tag.pk]))

    queued = SweepHint.objects.order_by("pk").values_list("student_id", "organization_id")
    assert list(queued) == [(world.student.pk, None), (world.guest.pk, None)]


def test_another_name_queues_nobody(world, client):
    client.post(change(world.course), course(world.course, name="Renamed"))

    assert list(SweepHint.objects.all()) == []


def path(row: LearningPath, **changes) -> dict[str, Any]:
    return {
        "name": row.name,
        "organization": row.organization_id,
        "subscription_profile": row.subscription_profile_id,
        "audience_level": row.audience_level,
        **inline("steps"),
        **changes,
    }


def test_two_courses_of_a_path_change_places(world, client):
    learning_path = LearningPathFactory.create(organization=world.academy)
    first, second = (
        LearningPathCourseFactory.create(
            learning_path=learning_path, position=n, course=CourseFactory.create(organization=world.academy)
        )
        for n in (1, 2)
    )
    lines = inline(
        "steps",
        {"id": first.pk, "learning_path": learning_path.pk, "course": first.course_id, "position": 2},
        {"id": second.pk, "learning_path": learning_path.pk, "course": second.course_id, "position": 1},
        initial=2,
    )

    client.post(change(learning_path), path(learning_path, **lines))

    assert list(learning_path.steps.order_by("position").values_list("pk", flat=True)) == [second.pk, first.pk]


def test_two_courses_of_a_path_cannot_have_one_place(world, client):
    learning_path = LearningPathFactory.create(organization=world.academy)
    lines = inline(
        "steps",
        *({"course": CourseFactory.create(organization=world.academy).pk, "position": 1} for _ in range(2)),
    )

    page = client.post(change(learning_path), path(learning_path, **lines))

    assert (page.status_code, learning_path.steps.count()) == (200, 0)


def test_the_image_of_a_path_is_written_anew(world, client):
    learning_path = LearningPathFactory.create(organization=world.academy)
    picture = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(picture, format="JPEG")
    picture.name, _start = "evil.jpg", picture.seek(0)

    client.post(change(learning_path), path(learning_path, image=picture))

    learning_path.refresh_from_db()
    with Image.open(learning_path.image) as stored:
        assert (stored.format, "evil" in str(learning_path.image)) == ("PNG", False)
    stem = str(learning_path.image).removesuffix(".png")
    assert [default_storage.exists(f"{stem}-png-{side}.webp") for side in SIDES] == [True] * 3


def test_forged_ids_are_no_choices_of_a_path(world, client):
    learning_path = LearningPathFactory.create(organization=world.academy)
    data = path(
        learning_path,
        exam=LabFactory.create(organization=world.outside).pk,
        subscription_profile=SubscriptionProfileFactory.create(organization=world.outside).pk,
    )

    assert sorted(errors(client.post(change(learning_path), data))) == ["exam", "subscription_profile"]


def moment(prefix: str, at) -> dict[str, Any]:
    return {f"{prefix}_0": f"{at:%Y-%m-%d}", f"{prefix}_1": f"{at:%H:%M:%S}"}


def test_a_new_assignment_is_recorded(world, client):
    data = {"student": world.student.pk, "course": world.course.pk, **moment("assigned_at", PAST)}

    client.post(ADD_ASSIGNMENT, data)

    assignment = CourseAssignment.objects.get()
    record = TrainingRecord.objects.get()
    assert (assignment.assigned_by, assignment.assigned_at) == (world.administrator, PAST)
    assert (record.user, record.course, record.source, record.source_id, record.completed_at) == (
        world.student,
        world.course,
        "assignment",
        str(assignment.pk),
        None,
    )


def test_a_new_assignment_is_assigned_now_and_expires_in_180_days(world, client, time_machine):
    time_machine.move_to("2026-11-20T12:00:00Z", tick=False)
    in_180_days = dt.datetime(2027, 5, 19, 12, tzinfo=dt.UTC)

    form = client.get(ADD_ASSIGNMENT).context["adminform"].form
    offered = {name: form[name].value() for name in ("assigned_at", "expires_at")}
    data = {"student": world.student.pk, "course": world.course.pk}
    client.post(ADD_ASSIGNMENT, data | moment("assigned_at", PAST) | moment("expires_at", offered["expires_at"]))

    assert offered == {"assigned_at": dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC), "expires_at": in_180_days}
    assert CourseAssignment.objects.get().expires_at == in_180_days


def test_an_assignment_may_have_no_end(world, client):
    data = {"student": world.student.pk, "course": world.course.pk, "expires_at_0": "", "expires_at_1": ""}

    client.post(ADD_ASSIGNMENT, data | moment("assigned_at", PAST))

    assert CourseAssignment.objects.get().expires_at is None


def test_a_completed_assignment_is_recorded(world, client):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    done = PAST.replace(hour=17)

    client.post(change(assignment), {**moment("assigned_at", PAST), **moment("completed_at", done)})

    assert list(TrainingRecord.objects.values_list("completed_at", flat=True)) == [done]
    assert list(SweepHint.objects.values_list("student_id", flat=True)) == [world.student.pk]


def test_the_student_of_an_assignment_stays(world, client):
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)

    client.post(change(assignment), {"student": world.instructor.pk, **moment("assigned_at", PAST)})

    assignment.refresh_from_db()
    assert assignment.student == world.student


def test_forged_ids_are_no_choices_of_an_assignment(world, client):
    data = {
        "student": world.stranger.pk,
        "course": CourseFactory.create(organization=world.outside).pk,
        "subscription_profile": SubscriptionProfileFactory.create(organization=world.outside).pk,
        **moment("assigned_at", timezone.now()),
    }

    assert errors(client.post(ADD_ASSIGNMENT, data)) == ["student", "course", "subscription_profile"]


def test_ones_own_assignment_elsewhere_is_there_to_read(world, client):
    assignment = CourseAssignmentFactory.create(
        student=world.administrator, course=CourseFactory.create(organization=world.outside)
    )
    world.administrator.managed_organizations.set([world.academy])

    assert (client.get(change(assignment)).status_code, client.post(change(assignment)).status_code) == (200, 403)


def test_an_assignment_is_never_deleted(world, signed_in):
    assignment = CourseAssignmentFactory.create()
    superuser = UserFactory.create(is_superuser=True, is_staff=True)

    address = reverse("admin:courses_courseassignment_delete", args=[assignment.pk])

    assert signed_in(superuser).post(address, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(("score", "stored"), [("70", 70), ("0", 0), ("", None), ("101", 50), ("-1", 50), ("7/7", 50)])
def test_the_passing_score_of_an_exam_is_edited(world, client, score, stored):
    exam = LabFactory.create(organization=world.academy, is_exam=True, passing_score=50)
    form = {"name": exam.name, "organization": exam.organization_id, "is_exam": "on", "passing_score": score}

    client.post(change(exam), form)

    exam.refresh_from_db()
    assert exam.passing_score == stored


@pytest.mark.parametrize("page", ["change", "delete"])
def test_training_records_are_there_to_read(world, signed_in, page):
    record = TrainingRecordFactory.create()
    superuser = UserFactory.create(is_superuser=True, is_staff=True)

    address = reverse(f"admin:courses_trainingrecord_{page}", args=[record.pk])

    assert signed_in(superuser).post(address, {"post": "yes"}).status_code == 403
