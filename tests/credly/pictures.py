"""The pictures of badge templates: open to everybody, as Credly's are."""

import re

from tests.credly.refusing import Refusal
from tests.credly.state import State
from tms.demo import art
from tms.demo.credly_account import OTHERS, TEMPLATES

_PATH = re.compile(r"/images/(?P<template>[^/]+)/badge\.png")
_KEYS = {one.id: one.key for one in (*TEMPLATES, *OTHERS)}


def answer(path: str, state: State) -> tuple[int, bytes]:
    """Status and PNG of a template's picture, without asking for a token; one and the same for what is not the demo's."""
    found = _PATH.fullmatch(path)
    try:
        return (200, art.picture(_KEYS.get(state.template(found["template"]).id, "badge"))) if found else (404, b"")
    except Refusal as why:
        return why.status, b""
