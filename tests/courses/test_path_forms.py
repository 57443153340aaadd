"""What is chosen and pressed on the pages that change a learning path."""

import pytest
from django.http import QueryDict

from courses.models import Course, LearningPath
from courses.path_forms import NOT_ADDABLE, AddCoursesForm, LearningPathForm, OrderForm
from tests.factories import CourseFactory, LabFactory, OrganizationFactory


@pytest.mark.parametrize(
    ("data", "cleaned"),
    [
        ({"up": "7"}, {"act": "up", "course_id": 7, "place": None}),
        ({"down": "7", "place": ""}, {"act": "down", "course_id": 7, "place": None}),
        ({"remove": "7"}, {"act": "remove", "course_id": 7, "place": None}),
        ({"drag": "7", "place": "0"}, {"act": "drag", "course_id": 7, "place": 0}),
    ],
)
def test_one_press_is_about_one_course(data, cleaned):
    form = OrderForm(data)

    assert (form.is_valid(), form.cleaned_data) == (True, cleaned)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"up": ""},
        {"up": "x"},
        {"up": "7", "down": "8"},
        {"drag": "7"},
        {"drag": "7", "place": "-1"},
        {"place": "1"},
    ],
)
def test_a_press_of_none_of_the_buttons_or_of_several_is_refused(data):
    assert "Press one of the buttons beside a course." in OrderForm(data).errors.get("__all__", [])


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ("own", []),
        ("", ["Choose at least one course."]),
        ("foreign", [NOT_ADDABLE]),
        ("x", [NOT_ADDABLE]),
    ],
)
def test_only_an_offered_course_is_added(world, sent, errors):
    ids = {"own": world.course.pk, "foreign": CourseFactory.create().pk}

    form = AddCoursesForm(
        QueryDict(f"courses={ids.get(sent, sent)}"), offered=Course.objects.filter(pk=world.course.pk)
    )

    assert form.errors.get("courses", []) == errors


def test_a_new_path_belongs_to_the_own_organization_if_that_is_managed(world):
    own = LearningPathForm(user=world.administrator)
    other = LearningPathForm(user=world.instructor)

    assert (own.initial.get("organization"), other.initial.get("organization")) == (world.umbrella.pk, None)


def choices(form, name):
    return set(form.fields[name].queryset)


def test_what_is_in_reach_is_offered_and_what_a_path_has_already_may_stay(world, path):
    exam, kept = LabFactory.create(organization=world.academy, is_exam=True), LabFactory.create(is_exam=True)
    LabFactory.create(organization=world.academy)
    LearningPath.objects.filter(pk=path.pk).update(exam=kept)
    before = path.exam

    form = LearningPathForm(instance=LearningPath.objects.get(pk=path.pk), user=world.administrator)

    assert choices(form, "exam") == {exam, before, kept}
    assert choices(form, "organization") == {world.umbrella, world.academy}
    assert OrganizationFactory.create() not in choices(form, "organization")


def test_a_name_taken_at_the_last_moment_is_told_at_its_field(world):
    form = LearningPathForm({}, user=world.administrator)

    form.refuse_name()

    assert "Another learning path of this subscription has this name." in form.errors["name"]
