import pytest
from django.urls import reverse

from classes.models import Class
from courses.models import Course, CourseAssignment, LearningPathCourse
from courses.readiness import refusal
from tests.factories import (
    PAST,
    ContentProviderFactory,
    CourseFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    OrganizationFactory,
)

BARE = "C has no content provider. Give it one first."
UNPUBLISHED = "C is in no publishing group. Add it to one first."
ELSEWHERE = "C is not published to Academy. Add that organization to its publishing group."
ARCHIVED = "C is archived. Choose another course."
WORDS = {"bare": BARE, "unpublished": UNPUBLISHED, "elsewhere": ELSEWHERE, "archived": ARCHIVED, "ready": ""}


@pytest.fixture
def courses(world):
    owner = world.academy
    elsewhere = OrganizationFactory.create(name="Elsewhere")
    provider = ContentProviderFactory.create(organization=owner)
    return {
        "bare": CourseFactory.create(name="C", organization=owner),
        "unpublished": CourseFactory.create(name="C", organization=owner, content_provider=provider),
        "elsewhere": CourseFactory.create(name="C", organization=owner, published_to=[elsewhere]),
        "archived": CourseFactory.create(name="C", organization=owner, published_to=[owner], is_archived=True),
        "ready": CourseFactory.create(name="C", organization=owner, published_to=[owner, elsewhere]),
    }


@pytest.fixture
def client(world, signed_in):
    return signed_in(world.administrator)


def told(page, field="course"):
    """The words beside the field; none where the form was saved."""
    return "" if page.status_code == 302 else " ".join(page.context["adminform"].form.errors.get(field, []))


def moments(**values):
    parts = ((f"{name}_0", f"{at:%Y-%m-%d}", f"{name}_1", f"{at:%H:%M:%S}") for name, at in values.items())
    return {key: value for part in parts for key, value in (part[:2], part[2:])}


def class_form(world, course):
    ends = PAST.replace(hour=20)
    numbers = {"time_zone": "UTC", "min_students": 0, "max_students": 20, "name": "K"}
    return {"organization": world.academy.pk, "course": course.pk} | numbers | moments(starts_at=PAST, ends_at=ends)


def test_says_in_words_why_a_course_cannot_be_taken(world, courses):
    assert {name: refusal(course, organization=world.academy) for name, course in courses.items()} == WORDS


def test_a_path_takes_what_is_published_to_anybody(courses):
    assert {name: refusal(course) for name, course in courses.items()} == WORDS | {"elsewhere": ""}


def test_the_query_and_the_words_agree(courses):
    ready = Course.objects.filter(name="C").ready_for_training()

    assert {course.pk for course in ready} == {course.pk for course in courses.values() if not refusal(course)}


def test_a_new_class_is_refused_in_words(world, courses, client):
    address = reverse("admin:classes_class_add")

    assert {name: told(client.post(address, class_form(world, row))) for name, row in courses.items()} == WORDS
    assert list(Class.objects.exclude(pk=world.klass.pk).values_list("course", flat=True)) == [courses["ready"].pk]


def test_a_class_is_given_no_other_course_that_it_cannot_take(world, courses, client):
    address = reverse("admin:classes_class_change", args=[world.klass.pk])

    assert told(client.post(address, class_form(world, courses["archived"]))) == ARCHIVED


def test_a_class_does_not_move_to_where_its_course_is_not_published(world, client):
    address = reverse("admin:classes_class_change", args=[world.klass.pk])
    form = class_form(world, world.course) | {"organization": world.umbrella.pk}

    assert "is not published to Umbrella" in told(client.post(address, form))


def test_a_class_keeps_a_course_that_was_archived(world, client):
    Course.objects.filter(pk=world.course.pk).update(is_archived=True)
    address = reverse("admin:classes_class_change", args=[world.klass.pk])

    assert told(client.post(address, class_form(world, world.course))) == ""
    assert Class.objects.get(pk=world.klass.pk).name == "K"


def test_a_new_assignment_is_refused_in_words(world, courses, client):
    address = reverse("admin:courses_courseassignment_add")
    data = {"student": world.student.pk, **moments(assigned_at=PAST)}

    assert {name: told(client.post(address, data | {"course": row.pk})) for name, row in courses.items()} == WORDS
    assert list(CourseAssignment.objects.values_list("course", flat=True)) == [courses["ready"].pk]


@pytest.fixture
def path(world):
    return LearningPathFactory.create(organization=world.academy)


def test_the_page_of_a_path_offers_and_takes_what_is_ready(world, courses, path, client):
    offered = client.get(reverse("courses:choose_courses", args=[path.pk])).context["listing"].page
    added = {"courses": [course.pk for course in courses.values()]}

    refused = client.post(reverse("courses:add_to_path", args=[path.pk]), added, follow=True)

    assert {row.pk for row in offered} == {courses["ready"].pk, courses["elsewhere"].pk, world.course.pk}
    assert "It needs a content provider and a publishing group, and must not be archived." in refused.text
    assert list(path.steps.all()) == []


def path_form(path, *steps):
    fields = {
        "name": path.name,
        "organization": path.organization_id,
        "subscription_profile": path.subscription_profile_id,
        "audience_level": path.audience_level,
        "steps-TOTAL_FORMS": len(steps),
        "steps-INITIAL_FORMS": sum("id" in step for step in steps),
    }
    return fields | {f"steps-{n}-{key}": value for n, step in enumerate(steps) for key, value in step.items()}


def test_the_administration_of_a_path_refuses_in_words_and_keeps_what_is_there(courses, path, client):
    address = reverse("admin:courses_learningpath_change", args=[path.pk])
    there = LearningPathCourseFactory.create(learning_path=path, course=courses["archived"], position=1)
    kept = {"id": there.pk, "learning_path": path.pk, "course": there.course_id, "position": 1}

    page = client.post(address, path_form(path, kept, {"course": courses["bare"].pk, "position": 2}))
    saved = client.post(address, path_form(path, kept, {"course": courses["ready"].pk, "position": 2}))

    assert page.context["inline_admin_formsets"][0].formset.errors == [{}, {"course": [BARE]}]
    assert saved.status_code == 302
    steps = LearningPathCourse.objects.order_by("position").values_list("course", flat=True)
    assert list(steps) == [courses["archived"].pk, courses["ready"].pk]


@pytest.mark.parametrize(
    ("app", "model"), [("classes", "class"), ("courses", "courseassignment"), ("courses", "learningpathcourse")]
)
def test_the_administration_offers_what_is_ready(world, courses, client, app, model):
    query = {"app_label": app, "model_name": model, "field_name": "course", "term": ""}

    found = client.get(reverse("admin:autocomplete"), query).json()["results"]

    assert {int(row["id"]) for row in found} == {courses["ready"].pk, courses["elsewhere"].pk, world.course.pk}
