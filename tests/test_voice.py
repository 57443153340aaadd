"""How the product speaks: every text that people read, in templates and in code, without the turns that nobody says."""

import re

import pytest
from babel.messages.catalog import Message

from tests.messages import found

BANNED = (
    r"\b[Ww]hoever\b",
    r"\b[Ww]homever\b",
    r"\banew\b",
    r"\bby (itself|themselves)\b",
    r"\b[Nn]obody\b",
    r"\bany more\b",
    r"\bfor ever\b",
)
MOST_WORDS = 25  # of a sentence


def texts() -> dict[str, str]:
    """Each text with a file that it is in."""
    found_texts = ((message, form) for message in found() for form in _forms(message))
    return {form: message.locations[0][0] for message, form in found_texts if form}


def _forms(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (str(message.id),)


def test_there_are_texts():
    assert len(texts()) > 1_500


@pytest.mark.parametrize("pattern", BANNED)
def test_no_text_has_a_turn_that_nobody_says(pattern):
    assert [(path, text) for text, path in texts().items() if re.search(pattern, text)] == []


def test_no_sentence_is_too_long():
    sentences = ((path, one) for text, path in texts().items() for one in re.split(r"(?<=[.!?:])\s", text))

    assert [(path, one) for path, one in sentences if len(one.split()) > MOST_WORDS] == []
