"""The translations: whole, sure, current, and with every name that their text has."""

import gettext
import io
import re
from collections.abc import Iterable

import pytest
from babel.messages.catalog import Message

from tests.messages import compiled, forms_of, found, languages, po_of, stored, untranslated

# What is put into a text, and what stands for itself: %(name)s, %%, a tag.
PARTS = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?\w+[^>]*>")

pytestmark = pytest.mark.parametrize("language", languages())


def keys(messages: Iterable[Message]) -> set[object]:
    return {(message.id, message.context) for message in messages if message.id}


def test_every_text_is_there_and_none_that_is_gone(language):
    there, kept = keys(found()), keys(stored(language))

    assert there - kept == set(), "make messages, then translate what it names"
    assert kept - there == set(), "make messages"


def test_every_text_is_translated_for_sure(language):
    assert [message.id for message in untranslated(stored(language))] == []


def test_a_translation_has_the_parts_of_its_text(language):
    differences = {}
    for message in stored(language):
        originals = message.id if isinstance(message.id, tuple) else (str(message.id),)
        for form in forms_of(message) if message.id else ():
            if sorted(PARTS.findall(form)) not in [sorted(PARTS.findall(original)) for original in originals]:
                differences[originals] = form

    assert differences == {}


def test_django_reads_what_people_translate(language):
    kept = po_of(language).with_suffix(".mo").read_bytes()

    read, expected = (gettext.GNUTranslations(io.BytesIO(each)) for each in (kept, compiled(stored(language))))

    assert vars(read)["_catalog"] == vars(expected)["_catalog"], "make messages"
