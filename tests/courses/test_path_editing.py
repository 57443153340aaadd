"""What moves the courses of a path, and what keeps its order whole."""

import pytest

from courses.models import Course
from courses.path_editing import add_courses, move_course, place_course, remove_course
from tests.courses.walking import course_of
from tests.factories import (
    CourseFactory,
)


def order(path):
    return list(path.courses.order_by("steps__position").values_list("name", flat=True))


@pytest.mark.parametrize(
    ("name", "by", "expected"),
    [
        ("Two", -1, ["Zero", "Two", "One"]),
        ("Zero", 1, ["One", "Zero", "Two"]),
        ("Zero", -1, ["Zero", "One", "Two"]),
        ("Two", 1, ["Zero", "One", "Two"]),
        ("Two", -2, ["Two", "Zero", "One"]),
    ],
)
def test_a_course_moves(path, name, by, expected):
    move_course(path, course_of(path, name).pk, by=by)

    assert order(path) == expected


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("Two", 0, ["Two", "Zero", "One"]),
        ("Zero", 1, ["One", "Zero", "Two"]),
        ("Zero", 99, ["One", "Two", "Zero"]),
        ("One", 1, ["Zero", "One", "Two"]),
    ],
)
def test_a_course_is_put_at_a_place(path, name, place, expected):
    place_course(path, course_of(path, name).pk, place=place)

    assert order(path) == expected


def test_a_course_that_is_gone_does_not_move(path):
    gone = CourseFactory.create().pk

    move_course(path, gone, by=1)
    place_course(path, gone, place=0)

    assert order(path) == ["Zero", "One", "Two"]


def test_removing_closes_the_gap_and_can_be_repeated(path):
    course = course_of(path, "One")

    for _ in range(2):
        remove_course(path, course.pk)

    assert list(path.steps.order_by("position").values_list("course__name", "position")) == [("Zero", 1), ("Two", 2)]


def test_courses_are_added_at_the_end_once(world, path):
    new = CourseFactory.create(name="Three", organization=world.academy)

    for _ in range(2):
        add_courses(path, Course.objects.filter(pk__in=[new.pk, course_of(path, "Zero").pk]))

    assert order(path) == ["Zero", "One", "Two", "Three"]
