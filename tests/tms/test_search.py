"""Search of everything: what each persona finds, in which order, and where it leads."""

import pytest
from django.urls import reverse

from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    ClassFactory,
    CourseFactory,
    EnrollmentFactory,
    LearningPathFactory,
    StudentFactory,
)
from tms.search import results_of


@pytest.fixture
def named(world):
    """One of each kind with “Welding” in its name, in the academy and outside."""
    for organization in (world.academy, world.outside):
        course = CourseFactory.create(name="Welding Course", organization=organization)
        klass = ClassFactory.create(name="Welding Class", organization=organization, course=course)
        EnrollmentFactory.create(klass=klass, student=StudentFactory.create(organization=organization))
        BadgeFactory.create(name="Welding Badge", organization=organization)
        AchievementFactory.create(name="Welding Achievement", organization=organization)
        LearningPathFactory.create(name="Welding Path", organization=organization)
        StudentFactory.create(first_name="Ann", last_name="Welding", organization=organization)
    return world


def found(user, words):
    return {str(group.label): [hit.title for hit in group.hits] for group in results_of(user, words)}


ALL = {
    "People": ["Ann Welding"],
    "Classes": ["Welding Class"],
    "Courses": ["Welding Course"],
    "Badges": ["Welding Badge"],
    "Achievements": ["Welding Achievement"],
    "Learning Paths": ["Welding Path"],
}
LEARNER = {"Learning Paths": ["Welding Path"]}


@pytest.mark.parametrize(
    ("persona", "expected"),
    [
        ("administrator", ALL | {"Actions": ["Issue Badges: Welding Class"]}),
        ("instructor", {"Classes": ["Welding Class"]} | LEARNER),
        ("contractor", LEARNER),
        ("student", LEARNER),
        ("stranger", LEARNER),
    ],
)
def test_everybody_finds_what_he_or_she_may_open(named, persona, expected):
    assert found(named.personas[persona], "welding") == expected


def test_each_result_can_be_opened(named, signed_in):
    for person in named.personas.values():
        client = signed_in(person)
        urls = [hit.url for words in ("welding", "") for group in results_of(person, words) for hit in group.hits]

        assert [url for url in urls if client.get(url).status_code != 200] == []


def test_an_instructor_finds_the_own_students_and_a_contractor_the_whole_class(world):
    EnrollmentFactory.create(klass=world.klass, student=world.stranger)
    for person, name in ((world.student, "Zoë Ångström"), (world.guest, "Zoe Moss")):
        person.first_name, person.last_name = name.split()
        person.save()

    assert found(world.instructor, "zoe")["People"] == ["Zoë Ångström"]
    assert sorted(found(world.contractor, "zoe")["People"]) == ["Zoe Moss", "Zoë Ångström"]


def test_what_begins_with_the_words_comes_first_and_the_list_has_the_rest(world):
    for number in range(6):
        BadgeFactory.create(name=f"A Welder {number}", organization=world.academy)
    BadgeFactory.create(name="Welder of the Year", organization=world.academy)

    [badges] = [group for group in results_of(world.administrator, "welder") if str(group.label) == "Badges"]

    assert [hit.title for hit in badges.hits] == ["Welder of the Year", *(f"A Welder {number}" for number in range(4))]
    assert badges.more_url == reverse("badges:list") + "?q=welder"


def test_people_of_one_name_are_told_apart(world):
    for number in (1, 2):
        StudentFactory.create(
            first_name="Ann", last_name="Welding", email=f"ann{number}@example.test", organization=world.academy
        )

    assert found(world.administrator, "ann welding")["People"] == [
        "Ann Welding (ann1@example.test)",
        "Ann Welding (ann2@example.test)",
    ]


@pytest.mark.parametrize("words", ["", "w", "we", "w e"])
def test_fewer_than_three_letters_find_only_where_to_go(named, words):
    assert set(found(named.administrator, words)) <= {"Go to"}


@pytest.mark.parametrize(
    ("words", "titles"), [("transc", ["Transcript"]), ("create BADGE", ["Create Badge", "Create Badge Provider"])]
)
def test_pages_are_found_by_their_names(world, words, titles):
    assert found(world.administrator, words)["Go to"] == titles


@pytest.mark.parametrize(("persona", "most"), [("administrator", 12), ("instructor", 6), ("student", 4)])
def test_how_many_queries_a_search_takes(named, django_assert_num_queries, persona, most):
    with django_assert_num_queries(most):
        results_of(named.personas[persona], "welding")


@pytest.mark.parametrize(
    ("target", "has_frame", "has_field"), [("", True, True), ("dialog", False, True), ("search-results", False, False)]
)
def test_the_page_the_dialog_and_the_results_alone(named, signed_in, target, has_frame, has_field):
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}

    page = signed_in(named.administrator).get("/search/?q=welding", headers=headers)

    assert ("<html" in page.text, 'name="q"' in page.text, "Welding Class" in page.text) == (has_frame, has_field, True)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("q=we", "Type at least 3 letters to search."),
        ("q=%25%25%25%5F", "No results. Check the spelling, or try fewer words."),
        ("q=" + "W" * 300, "at most 200 characters"),
        ("q=%00%00%00", "Null characters are not allowed."),
        ("q=%F0%9F%8E%93+%D7%A9%D7%9C", "No results."),
    ],
)
def test_a_search_that_cannot_find_says_why(world, signed_in, query, words):
    assert words in signed_in(world.administrator).get(f"/search/?{query}").text
