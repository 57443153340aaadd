"""Makes canonical statements of documents of our own, fast: those of one shape differ in nothing but their texts.

To look every member up in the contexts is most of what a signature costs. What comes of it depends on the members,
their types and their order, never on a name or an address; so it is done once for each shape, with a mark in the place
of each text, and the texts are put in afterwards. Only then the statements are put into their canonical order.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from badges.openbadges import contexts

# Their values are terms of the contexts, and part of the shape.
_TERMS = frozenset({"@context", "type", "cryptosuite", "proofPurpose"})
_MARK = "urn:mark:"


def canonical(document: Mapping[str, Any]) -> str:
    """The same as contexts.canonical, for documents whose addresses are absolute and which describe each id once.

    Raises contexts.UndefinedTermError.
    """
    texts: list[str] = []
    shape = json.dumps(_masked(document, texts))
    return contexts.as_canonical(_filled(_stated(shape), texts))


def _masked(value: Any, texts: list[str]) -> Any:
    """The value with a mark for each text, which goes to `texts`."""
    if isinstance(value, str):
        texts.append(value)
        return f"{_MARK}{len(texts) - 1}"
    if isinstance(value, Mapping):
        return {name: part if name in _TERMS else _masked(part, texts) for name, part in value.items()}
    if isinstance(value, list):
        return [_masked(part, texts) for part in value]
    return value


@lru_cache(maxsize=256)
def _stated(shape: str) -> Any:
    return contexts.statements(json.loads(shape))


def _filled(value: Any, texts: list[str]) -> Any:
    """The value with the texts where their marks are."""
    if isinstance(value, str):
        return texts[int(value.removeprefix(_MARK))] if value.startswith(_MARK) else value
    if isinstance(value, dict):
        return {name: _filled(part, texts) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, texts) for part in value]
    return value
