import pytest

from tms.navigation import links

LABELS = {
    "administrator": [
        "Home",
        "Classes",
        "Course Assignments",
        "Learning Paths",
        "Badges",
        "Badge Providers",
        "Find Issued Badges",
        "Achievements",
        "Sweeps",
        "Find Users",
        "Achievements/Badges",
        "Transcript",
        "Administration",
    ],
    "instructor": ["Home", "Classes", "Learning Paths", "Achievements/Badges", "Transcript"],
    "contractor": ["Home", "Classes", "Learning Paths", "Achievements/Badges", "Transcript"],
    "student": ["Home", "Learning Paths", "Achievements/Badges", "Transcript"],
    "stranger": ["Home", "Learning Paths", "Achievements/Badges", "Transcript"],
}


@pytest.mark.parametrize("persona", sorted(LABELS))
def test_everybody_has_the_places_he_or_she_may_enter(world, persona):
    user = world.personas[persona]

    assert [str(link.label) for link in links(user, "/nowhere/")] == LABELS[persona]


@pytest.mark.parametrize(("path", "current"), [("/", ["Home"]), ("/admin/", ["Administration"]), ("/password/", [])])
def test_the_place_one_is_at_is_marked(world, path, current):
    found = links(world.administrator, path)

    assert [str(link.label) for link in found if link.is_current] == current


def test_a_page_below_a_place_belongs_to_it(world):
    found = links(world.administrator, "/admin/badges/badge/")

    assert [str(link.label) for link in found if link.is_current] == ["Administration"]


def test_a_visitor_has_no_menu(client, db):
    assert client.get("/sign-in/").context["navigation"] == []
