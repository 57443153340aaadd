"""What every page owes whoever reads another language: each word marked for translation, each number as people write it.

Texts are marked in templates and in code; ids are no amounts, and what only programs read has a point.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from django.utils.translation import trans_real

from classes import line_choices
from tests.factories import AchievementFactory
from tests.test_forged_ids import trees  # noqa: F401 - a fixture: its ids are in the millions
from tests.test_tenancy import admin_addresses, product_addresses

pytestmark = pytest.mark.long

BEGIN, END = "⟦", "⟧"
# Names, and what is the same in every language.
SAME = {
    "Laurel",
    "Deutsch",
    "English",
    "Facebook",
    "LinkedIn",
    "Ctrl",
    "UTC",
    "Subject",
    "Count",
    "Complete",
    "CourseIds",
    "true",
}
# Of the rows that are planted: their names, addresses and ids.
PLANTED = re.compile(
    r"(?:Content provider|Publishing group) \d+|(?:[A-Z][a-z]+ )?\S*(?:[Ww]ombat|[Ee]chidna|[Zz]ephyr)\S*(?: [a-z]+){0,4}|\S*(?:@|://|/health/|\.example|\.local)\S*|\b[0-9a-f-]{8,}\b"
)
SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-label")

GROUPED_ID = re.compile(r"\b[78][,.]000[,.]0\d\d\b")
# What drawings, forms and scripts read: an attribute that is a number.
READ_BY_PROGRAMS = re.compile(
    r'\b(?:x|y|x1|x2|y1|y2|cx|cy|r|width|height|value|min|max|step|size|colspan)="\d+[,.]\d+[^"]*"'
)


class Marking:
    """Translations that put each text between marks."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self._catalog = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def get(self, key: Any, default: Any = None) -> Any:
        """What Django looks a text with a context up by."""
        return self.gettext(key) if isinstance(key, str) else default

    def gettext(self, text: str) -> str:
        words = text.rpartition("\x04")[2]
        return f"{BEGIN}{words}{END}" if words.strip() else text

    def ngettext(self, one: str, many: str, number: int) -> str:
        return self.gettext(one if number == 1 else many)


def unmarked(page: str) -> set[str]:
    """The words of the page that stand outside of all marks."""
    page = page.replace("<wbr>", "")
    page = re.sub(r"(?s)<(script|style|svg|code|textarea)\b.*?</\1>|<!--.*?-->", " ", page)
    while (shorter := re.sub(f"{BEGIN}[^{BEGIN}{END}]*{END}", " ", page)) != page:
        page = shorter
    spoken = " ".join(re.findall(rf'(?:{"|".join(SPOKEN)})="([^"]*)"', page))
    text = PLANTED.sub(" ", f"{re.sub('<[^>]*>', ' ', page)} {spoken}")
    return set(re.findall(r"[^\W\d_]{3,}", re.sub(r"&\w+;", " ", text))) - SAME


@pytest.fixture
def nothing_kept() -> Iterator[None]:
    """What was drawn in German before, or is drawn between marks here, is drawn anew."""
    line_choices._options.cache_clear()
    yield
    line_choices._options.cache_clear()


def grouped_ids(page: str) -> list[str]:
    return [page[max(0, found.start() - 60) : found.end() + 20] for found in GROUPED_ID.finditer(page)]


def misread(page: str) -> list[str]:
    """Numbers for programs with the comma of people."""
    return [found for found in READ_BY_PROGRAMS.findall(page) if "," in found]


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("persona", ["administrator", "instructor", "student"])
def test_no_page_says_a_word_that_is_not_marked_for_translation(trees, signed_in, monkeypatch, persona):  # noqa: F811
    """Nor a number for people where a program reads it. German groups with points and has a comma: both would show."""
    monkeypatch.setitem(vars(trans_real)["_translations"], "de", Marking(trans_real.translation("de")))
    client = signed_in(trees.own.personas[persona])
    left: dict[str, set[str]] = {}
    wrong: dict[str, list[str]] = {}

    for name, address in product_addresses(trees.own):
        response = client.get(address, headers={"Accept-Language": "de"})
        if "html" in response.get("Content-Type", ""):
            left[name], wrong[name] = unmarked(response.text), grouped_ids(response.text) + misread(response.text)
    for name, address in admin_addresses(trees.own) if persona == "administrator" else []:
        response = client.get(address, headers={"Accept-Language": "de"})
        if "html" in response.get("Content-Type", ""):
            wrong[name] = misread(response.text)

    assert {name: words for name, words in left.items() if words} == {}
    assert {name: numbers for name, numbers in wrong.items() if numbers} == {}
    assert len(left) > 50


@pytest.mark.parametrize(("language", "words"), [("en", "12,345"), ("de", "12.345")])
def test_an_amount_is_grouped(world, signed_in, language, words):
    AchievementFactory.create(organization=world.academy, points=12_345)

    response = signed_in(world.administrator).get(reverse("achievements:list"), headers={"Accept-Language": language})

    assert f">{words}<" in "".join(response.content.decode().split())
