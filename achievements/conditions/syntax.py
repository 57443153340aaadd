"""Reads strict and relaxed JSON (S60) into a tree whose every node knows its place; knows nothing of conditions.

Relaxed: bare names, single quotes, True and true, trailing commas, line breaks, blank values. Nothing here is ever
evaluated, and no input costs more than its length: 64 kB, five levels deep, numbers of 64 bits.
"""

import json
import re
from dataclasses import dataclass
from typing import NoReturn

from django.utils.translation import gettext as _

MAX_LENGTH = 64_000
MAX_DEPTH = 5  # conditions, a condition, its ids, an id; one to spare, for a message that knows the field
MAX_INTEGER = 2**63 - 1

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<mark>[\[\]{},:])
      | (?P<text>"(?:[^"\\\x00-\x1f]|\\.)*"|'[^'\\\x00-\x1f]*')
      | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z_.]))
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)""",
    re.VERBOSE,
)
# JSON may escape one half of a pair alone ("\\ud800"); such a text can be neither stored nor shown.
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "none": None}


class ConditionError(Exception):
    """What was written cannot be understood; `message` says why, `line` and `column` (from 1) say where."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message, line, column)
        self.message, self.line, self.column = message, line, column

    def __str__(self) -> str:
        return _("Line %(line)d, column %(column)d: %(message)s") % {
            "line": self.line,
            "column": self.column,
            "message": self.message,
        }


@dataclass(frozen=True)
class Node:
    """A value and the offset where it stands in the text: a list is a list, an object a tuple, a blank value None."""

    value: "int | bool | str | list[Node] | tuple[Member, ...] | None"
    at: int


@dataclass(frozen=True)
class Member:
    """`name: value` of an object."""

    name: str
    at: int
    node: Node


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of the offset `at`."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def fail(text: str, at: int, message: str) -> NoReturn:
    """Raise ConditionError for the offset `at` of `text`."""
    raise ConditionError(message, *place(text, at))


def _refuse_half(text: str, at: int) -> NoReturn:
    fail(text, at, _("This text contains half a character. Delete it and type it again."))


def read(text: str) -> Node:
    """The tree of what is written. Raises ConditionError."""
    if len(text) > MAX_LENGTH:
        raise ConditionError(_("Conditions may not be longer than %(max)d characters.") % {"max": MAX_LENGTH})
    if half := _SURROGATE.search(text):
        _refuse_half(text, half.start())
    return _Reader(text).document()


class _Reader:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.token = self._next()

    def document(self) -> Node:
        if self.token.kind == "end":
            fail(self.text, 0, _("There are no conditions here. Write at least one, such as [{Subject:0, Count:1}]."))
        node = self._value(depth=1)
        if self.token.kind != "end":
            self._unexpected(_("the end"))
        return node

    def _next(self) -> _Token:
        while True:
            if self.at >= len(self.text):
                return _Token("end", "", len(self.text))
            match = _TOKEN.match(self.text, self.at)
            if match is None:
                self._refuse_character()
            start, self.at = self.at, match.end()
            if match.lastgroup != "space":
                return _Token(str(match.lastgroup), match.group(), start)

    def _refuse_character(self) -> NoReturn:
        character = self.text[self.at]
        if character in "\"'":
            fail(self.text, self.at, _("Close this quotation mark on the same line."))
        if character in "“”‘’«»":
            fail(self.text, self.at, _("Use straight quotation marks (\" or '), or none at all."))
        if character.isdigit() or character == "-":
            fail(self.text, self.at, _("This is not a number."))
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        fail(self.text, self.at, _("“%(character)s” has no meaning here.") % {"character": shown})

    def _take(self, mark: str) -> bool:
        if self.token.kind == "mark" and self.token.text == mark:
            self.token = self._next()
            return True
        return False

    def _unexpected(self, wanted: str) -> NoReturn:
        found = _("the end") if self.token.kind == "end" else f"“{self.token.text[:40]}”"
        fail(
            self.text,
            self.token.at,
            _("Expected %(wanted)s, but found %(found)s.") % {"wanted": wanted, "found": found},
        )

    def _value(self, depth: int) -> Node:
        token = self.token
        if depth > MAX_DEPTH:
            fail(self.text, token.at, _("Brackets are nested too deeply here."))
        if self._take("["):
            return Node(self._items(depth), token.at)
        if self._take("{"):
            return Node(tuple(self._members(depth)), token.at)
        if token.kind == "mark" and token.text in ",]}":
            return Node(None, token.at)  # blank: `Complete:,` (S73)
        if token.kind in {"mark", "end"}:
            self._unexpected(_("a value"))
        self.token = self._next()
        return Node(self._scalar(token), token.at)

    def _items(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not self._take("]"):
            if self.token.text in {",", "}"} and self.token.kind == "mark":
                self._unexpected(_("a value or “]”"))
            items.append(self._value(depth + 1))
            if not self._take(",") and not (self.token.kind == "mark" and self.token.text == "]"):
                self._unexpected(_("“,” or “]”"))
        return items

    def _members(self, depth: int) -> list[Member]:
        members: list[Member] = []
        while not self._take("}"):
            token = self.token
            if token.kind not in {"word", "text"}:
                self._unexpected(_("a name or “}”"))
            self.token = self._next()
            if not self._take(":"):
                self._unexpected("“:”")
            members.append(Member(self._text(token), token.at, self._value(depth + 1)))
            if not self._take(",") and not (self.token.kind == "mark" and self.token.text == "}"):
                self._unexpected(_("“,” or “}”"))
        return members

    def _scalar(self, token: _Token) -> int | bool | str | None:
        if token.kind == "number":
            return self._number(token)
        if token.kind == "text":
            return self._text(token).strip() or None
        if token.text.lower() not in _WORDS:
            fail(
                self.text,
                token.at,
                _("“%(word)s” is not a value. Write a number, true or false.") % {"word": token.text[:40]},
            )
        return _WORDS[token.text.lower()]

    def _text(self, token: _Token) -> str:
        if token.kind == "word":
            return token.text
        if token.text.startswith("'"):
            return token.text[1:-1]
        try:
            unescaped = str(json.loads(token.text))
        except json.JSONDecodeError:
            fail(self.text, token.at, _("JSON does not allow this backslash. Delete it, or write it twice."))
        if _SURROGATE.search(unescaped):
            _refuse_half(self.text, token.at)
        return unescaped

    def _number(self, token: _Token) -> int:
        digits = token.text.removeprefix("-")
        if not digits.isdigit():
            fail(self.text, token.at, _("Conditions use whole numbers only."))
        if len(digits) > 1 and digits.startswith("0"):
            fail(self.text, token.at, _("A number does not start with 0."))
        if len(digits) > 19 or int(digits) > MAX_INTEGER:
            fail(self.text, token.at, _("This number is too large."))
        return int(token.text)
