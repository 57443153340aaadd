"""The pictures of badge templates: open to everybody, as Credly's are, and drawn here."""

import re
from functools import lru_cache

from tests.credly.refusing import Refusal
from tests.credly.state import State
from tms.demo import art, emblems

_PATH = re.compile(r"/images/(?P<template>[^/]+)/badge\.png")
_COLOURS = (
    art.Colours("#46b98b", "#1d6a4c", "#0d3d2b"),
    art.Colours("#3a5a9c", "#172d5e", "#0b1734"),
    art.Colours("#f0a63c", "#bb6411", "#6b3606"),
    art.Colours("#b163b8", "#6c2a78", "#3d1345"),
    art.Colours("#2fb8b5", "#0f6f7c", "#093f48"),
)
_EMBLEMS = (emblems.crates, emblems.bolt, emblems.nodes, emblems.helm, emblems.bars, emblems.flask, emblems.leaf)


def answer(path: str, state: State) -> tuple[int, bytes]:
    """Status and PNG of a template's picture, without asking for a token."""
    found = _PATH.fullmatch(path)
    try:
        return (200, _drawn(state.template(found["template"]).name)) if found else (404, b"")
    except Refusal as why:
        return why.status, b""


@lru_cache(maxsize=32)
def _drawn(name: str) -> bytes:
    """The same for the same name."""
    turn = sum(name.encode())
    word = name.upper().split()[-1] if name.strip() else "BADGE"
    return art.draw(art.Design(art.seal, _COLOURS[turn % len(_COLOURS)], _EMBLEMS[turn % len(_EMBLEMS)], word))
