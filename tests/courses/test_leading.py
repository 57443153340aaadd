"""The name of a course leads to the administration, for who may open it there."""

import pytest

from courses.leading import lead_to_courses
from courses.models import Course
from tests.factories import CourseFactory


def pages_for(reader, *courses):
    lead_to_courses(courses, reader)
    return [course.page for course in courses]


@pytest.mark.parametrize(
    ("who", "opens"), [("administrator", [True, False]), ("instructor", [False] * 2), ("student", [False] * 2)]
)
def test_a_course_leads_to_the_administration(world, signed_in, who, opens):
    reader, client = world.personas[who], signed_in(world.personas[who])

    pages = pages_for(reader, world.course, CourseFactory.create(organization=world.outside))

    assert [bool(page) for page in pages] == opens
    assert {client.get(page).status_code for page in pages if page} <= {200}


def test_only_who_may_enter_the_administration_is_led_there(world):
    world.administrator.is_staff = False

    assert pages_for(world.administrator, world.course) == [""]


def test_one_query_however_many_courses(world, django_assert_num_queries):
    CourseFactory.create_batch(3, organization=world.academy)
    world.administrator.has_perm("courses.view_course")

    with django_assert_num_queries(2):
        lead_to_courses(Course.objects.all(), world.administrator)
