"""Every page's names lead to what they name, where the reader may open it, its crumbs lead back, and no link to a refusal."""

import html
import re
from urllib.parse import parse_qs

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from badges.models import Badge
from courses.models import Course
from tests.addresses import address_of, url_names
from tests.factories import AchievementFactory
from tests.standing import stand
from tests.tenants import Tree, plant
from tests.tms.test_navigation import crumbs_of, lit_by
from tms.navigation import PLACES

pytestmark = pytest.mark.long

CELL = re.compile(r"(?s)<(td|dd)\b[^>]*>(.*?)</\1>")
LINK = re.compile(r'<a\b[^>]*?href="(/[^"#]*)')
TAG = re.compile(
    r"(?s)<span class=\"visually-hidden\">.*?</span>|<(?:p|svg|button|form)\b.*?</(?:p|svg|button|form)>|<[^>]+>"
)
# What a GET does not show: files, and what asks the provider or the browser.
ELSEWHERE = ("/media/", "/static/", "/admin/jsi18n")
# Choosing is what a name in such a list is for.
CHOOSING = ("choose", "add_students", "issue_badge", "filter_")


def names_of(tree: Tree) -> dict[str, str]:
    """Each name that pages print, with a page that shows the reader may open what it names."""
    achievement = tree.rows[AchievementFactory._meta.model]
    return {
        str(tree.student): reverse("achievements:user", args=[tree.student.pk]),
        str(tree.instructor): reverse("achievements:user", args=[tree.instructor.pk]),
        str(tree.administrator): reverse("achievements:user", args=[tree.administrator.pk]),
        str(tree.rows[Badge]): reverse("badges:profile", args=[tree.ids["badge_id"]]),
        str(achievement): reverse("achievements:details", args=[achievement.pk]),
        tree.klass.name: reverse("classes:details", args=[tree.klass.pk]),
        str(tree.rows[Course]): reverse("admin:courses_course_change", args=[tree.course.pk]),
    }


def dead_names(page: str, names: set[str]) -> set[str]:
    """Those that stand in a cell of their own and lead nowhere."""
    cells = [cell for _tag, cell in CELL.findall(page)]
    plain = {" ".join(html.unescape(TAG.sub(" ", cell)).split()) for cell in cells if "<a " not in cell}
    return names & plain


def pages_of(client: Client, tree: Tree) -> dict[str, str]:
    """Every page with the menu, by the name of its address."""
    found = {}
    for name in sorted(set(url_names(get_resolver()))):
        answer = client.get(address_of(name, tree.ids))
        if answer.status_code == 200 and b'id="menu"' in (content := b"".join(answer)):
            found[name] = content.decode()
    return found


def crumbs_astray(name: str, page: str, tree: Tree) -> str:
    """What is wrong with the way back from the page: it begins where the menu is lit, and does not lead to the page."""
    address, crumbs, lit = address_of(name, tree.ids), crumbs_of(page), lit_by(page)
    if lit and address == {str(place.label): place.url for place in PLACES}[lit[0]]:
        return f"{crumbs} on a place" if crumbs else ""
    if [words for _address, words in crumbs[:1]] != (lit or ["Home"]):
        return f"{crumbs} below {lit}"
    return f"{crumbs} back to itself" if address in [crumb for crumb, _words in crumbs] else ""


def kind_of(link: str) -> tuple[str, ...]:
    """The page and what it is asked for, not which value: a table has a link for each column and direction."""
    path, _, query = link.partition("?")
    return path, *sorted(parse_qs(query))


WALKED = {"administrator": 60, "instructor": 20, "contractor": 12, "student": 12}


@pytest.mark.parametrize("who", WALKED)
def test_names_lead_to_what_they_name_crumbs_back_and_no_link_to_a_refusal(db, signed_in, who):
    tree = stand(plant, "Quokka", "Numbat")
    client = signed_in(tree.personas[who])
    open_names = {name for name, page in names_of(tree).items() if client.get(page).status_code == 200}

    pages = pages_of(client, tree)

    dead = {
        name: dead_names(page, open_names) for name, page in pages.items() if not any(word in name for word in CHOOSING)
    }
    assert {name: names for name, names in dead.items() if names} == {}

    astray = {name: crumbs_astray(name, page, tree) for name, page in pages.items()}
    assert {name: wrong for name, wrong in astray.items() if wrong} == {}
    assert len(pages) > WALKED[who]

    links = {html.unescape(link): name for name, page in pages.items() for link in LINK.findall(page)}
    crumbs = {crumb: crumb for page in pages.values() for crumb, _words in crumbs_of(page)}
    asked = {kind_of(link): link for link in links if not link.startswith(ELSEWHERE)} | crumbs
    answers = {link: client.get(link).status_code for link in asked.values()}

    assert {link: (links[link], status) for link, status in answers.items() if status not in (200, 302)} == {}
    assert len(answers) > 20
