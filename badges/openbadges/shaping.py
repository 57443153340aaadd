"""Makes canonical statements of documents of our own, fast: those of one shape differ in nothing but their texts.

To look every member up in the contexts is most of what a signature costs. What comes of it depends on the members,
their types and their order, never on a name or an address; so it is done once for each shape, with a mark in the place
of each text, and the texts are put in afterwards. Only then nodes without an id are named and the statements ordered.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from badges.openbadges import contexts

# Their values are terms of the contexts, and part of the shape.
_TERMS = frozenset({"@context", "type", "cryptosuite", "proofPurpose"})
_MARK = "urn:mark:"
_STRING = "http://www.w3.org/2001/XMLSchema#string"
# A node without an id, until it has its canonical name: between two characters that no literal holds unescaped.
_NODE = re.compile("\x00[^\x00]*\x00")


class _Shape(NamedTuple):
    """What documents of one shape state, a line for each statement, in no order."""

    lines: str  # with %s for each text
    numbers: tuple[int, ...]  # of these texts; those of escaped ones are below zero
    about: dict[str, list[int]]  # the lines that each node without an id is in


def canonical(document: Mapping[str, Any]) -> str:
    """The same as contexts.canonical, for documents whose addresses are absolute and which describe each id once.

    Raises contexts.UndefinedTermError.
    """
    texts: list[str] = []
    shape = _shape(json.dumps(_masked(document, texts)))
    both = texts + [contexts.escape(text) for text in reversed(texts)]
    filled = shape.lines % tuple([both[number] for number in shape.numbers])
    lines = filled.split("\n")
    digests = {_digest(node, [lines[number] for number in about]): node for node, about in shape.about.items()}
    if len(digests) < len(shape.about):
        return contexts.canonical(document)  # two nodes of which the same is said: the long way tells them apart
    names = {node: f"_:c14n{number}" for number, (_digest, node) in enumerate(sorted(digests.items()))}
    named = _NODE.sub(lambda found: names[found[0]], filled)
    return "".join(f"{line}\n" for line in sorted(set(named.split("\n")[:-1])))


def _masked(value: Any, texts: list[str]) -> Any:
    """The value with a mark for each text, which goes to `texts`."""
    if isinstance(value, str):
        texts.append(value)
        return f"{_MARK}{len(texts) - 1}"
    if isinstance(value, dict):  # and no other mapping, to ask for which takes long
        return {name: part if name in _TERMS else _masked(part, texts) for name, part in value.items()}
    if isinstance(value, list):
        return [_masked(part, texts) for part in value]
    return value


@lru_cache(maxsize=256)
def _shape(text: str) -> _Shape:
    """Of documents of ours, which state nothing of another graph than their own."""
    stated = contexts.statements(json.loads(text))
    assert set(stated) <= {"@default"}, text
    lines, numbers, about = "", list[int](), dict[str, list[int]]()
    for number, statement in enumerate(stated.get("@default", ())):
        parts = [_part(statement[role], numbers) for role in ("subject", "predicate", "object")]
        lines += f"{' '.join(parts)} .\n"
        for part in parts:
            if _NODE.fullmatch(part):
                about.setdefault(part, []).append(number)
    return _Shape(lines, tuple(numbers), about)


def _part(node: Mapping[str, str], numbers: list[int]) -> str:
    """A subject, predicate or object; the number of its text, if it has one, goes to `numbers`."""
    value = node["value"]
    if node["type"] == "blank node":
        return f"\0{value}\0"
    is_literal = node["type"] == "literal"
    if value.startswith(_MARK):
        number = int(value.removeprefix(_MARK))
        numbers.append(-number - 1 if is_literal else number)
        written = "%s"
    else:
        written = (contexts.escape(value) if is_literal else value).replace("%", "%%")
    if not is_literal:
        return f"<{written}>"
    return f'"{written}"' if node["datatype"] == _STRING else f'"{written}"^^<{node["datatype"]}>'


def _digest(node: str, about: Sequence[str]) -> str:
    """RDFC-1.0, Hash First Degree Quads: of what is said of a node, whatever the others are called."""
    lines = _NODE.sub("_:z", "\n".join(about).replace(node, "_:a")).split("\n")
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()
