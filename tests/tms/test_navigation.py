"""The menu of each person, the entry that each page lights, and the crumbs that lead back."""

import html
import re

import pytest
from django.urls import reverse

from tests.addresses import address_of
from tests.factories import AdministratorFactory, ClassFactory, EnrollmentFactory
from tests.standing import stand
from tests.tenants import plant
from tms.navigation import ABOUT_A_PERSON, BELONGING, PLACES, menu, place_of, places_of

TEACH = ["Classes", "Find Course Assignments", "Learning Paths"]
MINE = {"": ["Home"], "Mine": ["Achievements/Badges", "Transcript"]}
LEARNER = MINE | {"Teach": ["Learning Paths"]}
TEACHER = MINE | {"": ["Home", "Needs attention"], "Teach": ["Classes", "Learning Paths"]}
LABELS = {
    "administrator": MINE
    | {
        "": ["Home", "Needs attention"],
        "Teach": TEACH,
        "Award": ["Badges", "Achievements", "Find Issued Badges", "Adoption"],
        "Operate": ["Users", "Badge Providers", "Sweeps", "Audit", "Brand", "Administration"],
    },
    "instructor": TEACHER,
    "contractor": TEACHER,
    "student": LEARNER,
    "stranger": LEARNER,
}
CRUMBS = re.compile(r'(?s)<ol class="crumbs">(.*?)</ol>')
LINK = re.compile(r'(?s)<a [^>]*href="([^"]*)"[^>]*>\s*(.*?)\s*</a>')
LIT = re.compile(r'(?s)<a href="[^"]*" aria-current="page">.*?<span>(.*?)</span>.*?</a>')
HEAD = re.compile(r"(?s)<h1>\s*(.*?)\s*</h1>")
TITLE = re.compile(r"(?s)<title>\s*(.*?)\s*</title>")


def crumbs_of(page):
    """Address and words of each crumb, from the first to the last."""
    found = CRUMBS.search(page)
    return (
        [(html.unescape(address), html.unescape(words)) for address, words in LINK.findall(found[1])] if found else []
    )


def lit_by(page):
    """What the menu marks: words of each entry."""
    menu_of_page = page.partition('id="menu"')[2].partition("</nav>")[0]
    return [html.unescape(words) for words in LIT.findall(menu_of_page)]


@pytest.mark.parametrize("persona", sorted(LABELS))
def test_everybody_has_the_places_he_or_she_may_enter(world, persona):
    found = menu(places_of(world.personas[persona]), None)

    assert {str(group.label): [str(link.label) for link in group.links] for group in found} == LABELS[persona]


@pytest.mark.parametrize(
    ("path", "label"),
    [("/", "Home"), ("/admin/badges/badge/", "Administration"), ("/password/", None), ("/badges/9/nowhere/", "Badges")],
)
def test_a_page_below_a_place_belongs_to_it(world, path, label):
    place = place_of(world.administrator, places_of(world.administrator), path, None)

    assert (str(place.label) if place else None) == label


def test_a_visitor_has_no_menu(client, db):
    assert client.get("/sign-in/").context["navigation"] == []


ANOTHER, OWN = "of the student", "of oneself"
# address, whose, and what is lit for an administrator, an instructor and the student whom it is about
LIGHTS: list[tuple[str, str, tuple[str | None, ...]]] = [
    ("achievements:ask", ANOTHER, ("Users", "Classes", "Achievements/Badges")),
    ("achievements:ask", OWN, ("Achievements/Badges",) * 3),
    ("achievements:why", ANOTHER, ("Users", "Classes", "Achievements/Badges")),
    ("achievements:user", ANOTHER, ("Users", "Classes", "Achievements/Badges")),
    ("achievements:user", OWN, ("Achievements/Badges",) * 3),
    ("achievements:timeline", ANOTHER, ("Users", "Classes", "Achievements/Badges")),
    ("achievements:timeline", OWN, ("Achievements/Badges",) * 3),
    ("achievements:participation", ANOTHER, ("Users", None, "Achievements/Badges")),
    ("classes:transcript_of", ANOTHER, ("Users", None, "Transcript")),
    ("classes:transcript_of", OWN, ("Transcript",) * 3),
    ("classes:transcript", OWN, ("Transcript",) * 3),
    ("classes:details", ANOTHER, ("Classes", "Classes", "Transcript")),
    ("classes:roster", ANOTHER, ("Classes", "Classes", None)),
    ("courses:assignment", ANOTHER, ("Find Course Assignments", None, "Transcript")),
    ("courses:path", ANOTHER, ("Learning Paths", "Learning Paths", "Learning Paths")),
    ("courses:path_of", ANOTHER, ("Learning Paths", None, "Learning Paths")),
    ("achievements:path_badge", ANOTHER, ("Learning Paths", None, None)),
    ("badges:issuances", ANOTHER, ("Find Issued Badges", "Classes", None)),
    ("badges:issuance", ANOTHER, ("Find Issued Badges", "Classes", None)),
    ("badges:issued_badge", ANOTHER, ("Find Issued Badges", None, None)),
    ("badges:profile", ANOTHER, ("Badges", None, None)),
    ("badges:provider", ANOTHER, ("Badge Providers", None, None)),
    ("achievements:details", ANOTHER, ("Achievements", None, None)),
    ("achievements:hold", ANOTHER, ("Achievements", None, None)),
    ("achievements:undelivered", ANOTHER, ("Needs attention", "Needs attention", None)),
    ("achievements:sweep", ANOTHER, ("Sweeps", None, None)),
    ("achievements:freshness", ANOTHER, ("Sweeps", None, None)),
    ("brand", ANOTHER, ("Brand", None, None)),
    ("attention", OWN, ("Needs attention", "Needs attention", None)),
    ("undo_time", ANOTHER, ("Brand", None, None)),
    ("search", ANOTHER, (None, None, None)),
    ("password_change", ANOTHER, (None, None, None)),
    ("sessions", ANOTHER, (None, None, None)),
]


@pytest.mark.parametrize(("who", "column"), [("administrator", 0), ("instructor", 1), ("student", 2)])
def test_the_menu_lights_the_entry_that_the_page_belongs_to(db, signed_in, subtests, who, column):
    tree = stand(plant, "Quokka", "Numbat")
    person = tree.personas[who]
    client = signed_in(person)

    for name, whose, lights in LIGHTS:
        with subtests.test(name, whose=whose):
            ids = tree.ids | ({"user_id": person.pk} if whose == OWN else {})
            answer = client.get(address_of(name, ids))

            shown = lit_by(answer.text) if answer.status_code == 200 else []
            assert shown == ([lights[column]] if lights[column] else [])


def test_the_table_has_every_page_with_a_place_of_its_own():
    assert {*BELONGING, *ABOUT_A_PERSON} - {name for name, *_rest in LIGHTS} == set()


def test_places_and_their_pages_have_one_name(world, signed_in):
    client = signed_in(world.administrator)

    for place in PLACES:
        page = client.get(reverse(place.url_name)).text
        title, head = TITLE.search(page), HEAD.search(page)
        assert title
        assert html.unescape(title[1]).startswith(str(place.label)), place
        if place.url_name not in ("home", "admin:index"):
            assert head
            assert html.unescape(head[1]) == place.label, place


def test_why_not_yet_leads_back_to_the_roster_it_was_opened_from(world, signed_in):
    other = ClassFactory.create(organization=world.academy, course=world.course, instructors=[world.instructor])
    EnrollmentFactory.create(klass=other, student=world.student)
    ask = reverse("achievements:ask", args=[world.student.pk])

    for person in (world.instructor, world.administrator):
        client = signed_in(person)
        roster = client.get(reverse("classes:roster", args=[other.pk])).text
        assert f'href="{ask}?roster={other.pk}"' in roster
        for klass in (other, world.klass):
            page = client.get(f"{ask}?roster={klass.pk}").text
            details, roster = (reverse(f"classes:{name}", args=[klass.pk]) for name in ("details", "roster"))
            whose = (f"{reverse('achievements:user', args=[world.student.pk])}?roster={klass.pk}", str(world.student))
            assert crumbs_of(page) == [("/classes/", "Classes"), (details, klass.name), (roster, "Roster"), whose]


def test_who_knows_a_student_by_a_roster_alone_is_led_to_one(world, signed_in):
    page = signed_in(world.instructor).get(reverse("achievements:ask", args=[world.student.pk])).text

    assert [words for _address, words in crumbs_of(page)] == ["Classes", world.klass.name, "Roster", str(world.student)]


@pytest.mark.parametrize("roster", ["0", "x", "", "\0", "1" + "0" * 30, "[1"])
def test_a_roster_that_is_none_leads_to_the_person(world, signed_in, roster):
    page = signed_in(world.administrator).get(reverse("achievements:ask", args=[world.student.pk]), {"roster": roster})

    assert [words for _address, words in crumbs_of(page.text)] == ["Classes", str(world.student)]


def test_a_roster_of_somebody_else_is_not_named(world, signed_in):
    stranger = AdministratorFactory.create(organization=world.outside)
    mine = ClassFactory.create(organization=world.outside, course=world.course)
    EnrollmentFactory.create(klass=mine, student=world.student)

    page = signed_in(stranger).get(reverse("achievements:ask", args=[world.student.pk]), {"roster": world.klass.pk})

    assert [words for _address, words in crumbs_of(page.text)] == ["Classes", mine.name, "Roster", str(world.student)]
