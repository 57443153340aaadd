import pytest

from courses.models import CourseActivity, CourseTag, Lab
from tests.tms.demo.parts import AT, taken_back
from tms.demo.catalogue import COURSES, LABS, PATHS, add_catalogue, labs_of
from tms.demo.people import add_people

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module", autouse=True)
def taught(django_db_setup, django_db_blocker):
    """What is taught, and the organizations that teach it."""
    with taken_back(django_db_blocker):
        places = add_people(AT).places
        yield add_catalogue(places), places


def test_what_is_found_by_number_is_what_was_written(taught):
    catalogue, places = taught

    assert {number: (course.name, course.organization) for number, course in catalogue.courses.items()} == {
        topic.number: (topic.name, places[topic.owner]) for topic in COURSES
    }
    assert list(catalogue.labs) == [bench.number for bench in LABS]
    assert list(catalogue.paths) == [route.name for route in PATHS]


def test_a_lab_with_a_passing_score_is_an_exam():
    exams = Lab.objects.filter(is_exam=True).order_by("number")

    assert list(exams.values_list("number", "passing_score")) == [("X-DAT", 70), ("X-INF", 70), ("X-SEC", 75)]


def test_courses_have_the_tags_written_beside_them_and_the_college_has_its_own(taught):
    catalogue, places = taught

    found = {number: set(course.tags.values_list("name", flat=True)) for number, course in catalogue.courses.items()}

    assert found == {topic.number: set(topic.tags.split()) for topic in COURSES}
    assert list(CourseTag.objects.filter(organization=places["college"]).values_list("name", flat=True)) == ["botany"]


@pytest.mark.parametrize(
    ("number", "seen_by", "not_by"),
    [
        ("KQ-101", ["group", "denver", "osaka", "rail", "hospitals"], ["college", "freelance"]),
        ("DEN-501", ["group", "denver", "osaka"], ["rail", "college"]),
        ("MHC-1", ["college"], ["group", "denver", "rail"]),
    ],
)
def test_a_course_is_published_to_its_own_circle(taught, number, seen_by, not_by):
    catalogue, places = taught

    groups = catalogue.courses[number].publishing_groups.all()

    reached = {organization for group in groups for organization in group.publishes_to.all()}
    assert {key: places[key] in reached for key in (*seen_by, *not_by)} == dict.fromkeys(seen_by, True) | dict.fromkeys(
        not_by, False
    )


def test_the_activities_of_a_course_are_numbered_and_hold_its_labs_in_order(taught):
    catalogue, _places = taught

    for topic in COURSES:
        activities = list(CourseActivity.objects.filter(course=catalogue.courses[topic.number]).order_by("position"))
        assert [one.position for one in activities] == list(range(1, len(topic.labs) + 5))
        assert [one.lab.number for one in activities if one.lab] == list(labs_of(topic.number))


def test_the_courses_of_a_path_come_in_its_order(taught):
    catalogue, _places = taught

    found = {
        name: list(path.steps.order_by("position").values_list("course__number", flat=True))
        for name, path in catalogue.paths.items()
    }

    assert found == {route.name: list(route.courses) for route in PATHS}
