"""No page says a word that no catalog could translate: every text is marked for it, in templates and in code."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import get_resolver
from django.utils.translation import trans_real

from classes import line_choices
from tests.addresses import address_of, url_names
from tests.standing import stand
from tests.tenants import plant

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
    r"(?:[A-Z][a-z]+ )?\S*(?:[Qq]uokka|[Nn]umbat)\S*(?: [a-z]+){0,4}|\S*(?:@|://|/health/|\.example|\.local)\S*|\b[0-9a-f-]{8,}\b"
)
SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-label")


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


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("persona", ["administrator", "instructor", "student"])
def test_no_page_says_a_word_that_is_not_marked_for_translation(db, signed_in, monkeypatch, persona):
    tree = stand(plant, "Quokkaland", "Numbatson")
    monkeypatch.setitem(vars(trans_real)["_translations"], "de", Marking(trans_real.translation("de")))
    client = signed_in(tree.personas[persona])
    left: dict[str, set[str]] = defaultdict(set)

    for name in sorted(set(url_names(get_resolver()))):
        response = client.get(address_of(name, tree.ids), headers={"Accept-Language": "de"})
        if "html" in response.get("Content-Type", ""):
            left[name] |= unmarked(response.content.decode())

    assert {name: words for name, words in left.items() if words} == {}
    assert len(left) > 50
