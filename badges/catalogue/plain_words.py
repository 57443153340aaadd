"""Criteria are Markdown to programs (Open Badges 3.0 says so); people read the words without the marks."""

import re

# No pattern has two ways to match the same text, so that none takes longer than the text is long.
_MARKS = (
    (re.compile(r"\[([^\[\]\n]+)\]\(([^()\s]+)\)"), r"\1 (\2)"),
    (re.compile(r"\*\*([^*\n]+)\*\*"), r"\1"),
    (re.compile(r"(?<![\w*])\*([^*\s](?:[^*\n]*[^*\s])?)\*(?![\w*])"), r"\1"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
    (re.compile(r"^#{1,6}[ \t]+", re.MULTILINE), ""),
    (re.compile(r"^[*+-][ \t]+", re.MULTILINE), "• "),
)


def without_marks(text: str) -> str:
    """The text without emphasis, code marks and heads; a link is its words and its address, a list has dots."""
    for mark, words in _MARKS:
        text = mark.sub(words, text)
    return text
