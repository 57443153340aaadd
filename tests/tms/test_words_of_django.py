import gettext
from pathlib import Path

import django
import pytest

from tms.words_of_django import COUNTED, WORDS

PARTS = ("conf", "contrib/admin", "contrib/auth")


def django_says(text: str) -> str:
    """Django's own German for it, or the text itself."""
    root = Path(django.__file__).parent
    for part in PARTS:
        with (root / part / "locale/de/LC_MESSAGES/django.mo").open("rb") as file:
            if (said := gettext.GNUTranslations(file).gettext(text)) != text:
                return said
    return text


@pytest.mark.parametrize("text", WORDS)
def test_django_still_lacks_it(text):
    """Otherwise its line goes: Django's own is the better kept."""
    assert django_says(text) == text


def test_what_is_counted_has_two_forms():
    assert [str(words % {"count": 1}) for words in COUNTED] == ["…and 1 more object."]
