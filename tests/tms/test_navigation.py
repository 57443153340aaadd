import pytest

from tms.navigation import menu

TEACH = ["Classes", "Course Assignments", "Learning Paths"]
MINE = {"": ["Home"], "Mine": ["Achievements/Badges", "Transcript"]}
LEARNER = MINE | {"Teach": ["Learning Paths"]}
TEACHER = MINE | {"Teach": ["Classes", "Learning Paths"]}
LABELS = {
    "administrator": MINE
    | {
        "Teach": TEACH,
        "Award": ["Badges", "Achievements", "Find Issued Badges"],
        "Operate": ["Find Users", "Badge Providers", "Sweeps", "Administration"],
    },
    "instructor": TEACHER,
    "contractor": TEACHER,
    "student": LEARNER,
    "stranger": LEARNER,
}


@pytest.mark.parametrize("persona", sorted(LABELS))
def test_everybody_has_the_places_he_or_she_may_enter(world, persona):
    user = world.personas[persona]

    found = menu(user, "/nowhere/")

    assert {str(group.label): [str(link.label) for link in group.links] for group in found} == LABELS[persona]


@pytest.mark.parametrize(("path", "current"), [("/", ["Home"]), ("/admin/", ["Administration"]), ("/password/", [])])
def test_the_place_one_is_at_is_marked(world, path, current):
    assert current_of(world.administrator, path) == current


def test_a_page_below_a_place_belongs_to_it(world):
    assert current_of(world.administrator, "/admin/badges/badge/") == ["Administration"]


def current_of(user, path):
    return [str(link.label) for group in menu(user, path) for link in group.links if link.is_current]


def test_a_visitor_has_no_menu(client, db):
    assert client.get("/sign-in/").context["navigation"] == []
