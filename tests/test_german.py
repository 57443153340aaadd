"""The German catalogue holds to the words of docs/german.md: one for each idea."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.messages import forms_of, stored

GLOSSARY = Path(__file__).parents[1] / "docs" / "german.md"
NAMES = re.compile(r"%\(\w+\)[sd]")
ROW = re.compile(r"^\| (?P<english>[a-z][^|]*?) \| (?P<german>[^|]+?) \|(?P<never>[^|]*)\|$", re.MULTILINE)


class Term(NamedTuple):
    """An idea, its word, and the words that it might be called otherwise."""

    english: str
    german: str
    never: list[str]


def terms() -> list[Term]:
    return [
        Term(row["english"], row["german"], [word.strip() for word in row["never"].split(",") if word.strip()])
        for row in ROW.finditer(GLOSSARY.read_text())
    ]


def translations() -> Iterator[tuple[str, str]]:
    """Each text that needs no context, and each form of its German, without the names that are put into it."""
    for message in stored("de"):
        english = message.id[0] if isinstance(message.id, tuple) else str(message.id)
        if english and not message.context:
            yield from ((english, NAMES.sub("…", german)) for german in forms_of(message))


def test_the_glossary_is_read():
    assert len(terms()) > 40


def test_a_term_alone_is_translated_by_its_word():
    words = {term.english.casefold(): term.german.casefold() for term in terms()}

    alone = {(english, german) for english, german in translations() if english.casefold() in words}

    assert [(one, german) for one, german in alone if german.casefold() != words[one.casefold()]] == []


@pytest.mark.parametrize("term", [term for term in terms() if term.never], ids=lambda term: term.english)
def test_no_translation_has_a_stray_word(term):
    stray = re.compile(rf"\b(?:{'|'.join(map(re.escape, term.never))})\b", re.IGNORECASE)

    assert [german for _english, german in translations() if stray.search(german)] == []


def test_readers_are_addressed_with_sie():
    familiar = re.compile(r"\b(?:[Dd]u|[Dd]ich|[Dd]ir|[Dd]eine?[mnrs]?)\b")

    assert [german for _english, german in translations() if familiar.search(german)] == []


def test_quotation_marks_are_german():
    assert [
        german for _english, german in translations() if "”" in german or german.count("„") != german.count("“")
    ] == []
