"""What documents name is there: a file that was moved, or a function of another name, leaves no sign behind that leads nowhere."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.test_mirror import places

ROOT = Path(__file__).parents[1]
TOP = (
    "achievements",
    "badges",
    "benchmarks",
    "classes",
    "courses",
    "deploy",
    "docs",
    "listing",
    "operation",
    "organizations",
    "static",
    "templates",
    "tests",
    "tms",
)
NAMED = re.compile(rf"`((?:{'|'.join(TOP)})/[\w./-]*+)(?![*<])")
WITHIN = re.compile(rf"`((?:{'|'.join(TOP)})/[\w./-]+\.py):([A-Za-z_][\w.]*)`")
TRIED = re.compile(r"`(test_\w+)`")
LINKED = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
RULES = [
    line
    for line in (ROOT / "docs" / "architecture.md").read_text().partition("## Where is it decided?")[2].splitlines()
    if line.startswith("| ") and not line.startswith("| question |")
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_is_there(document):
    words = document.read_text()

    named = [_found(path.rstrip(".")) for path in NAMED.findall(words)]
    linked = [document.parent / path for path in LINKED.findall(words)]

    assert [str(path) for path in [*named, *linked] if not path.exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_function_that_a_document_names_is_in_its_module(document):
    named = WITHIN.findall(document.read_text())

    assert [f"{path}:{name}" for path, name in named if name not in _names_in(path)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.split(" | ")[0].strip("| "))
def test_every_rule_says_who_decides_it_and_what_tries_it(rule):
    _question, decided, tried = rule.strip("| ").split(" | ")
    mirrors = [place for path in NAMED.findall(decided) for place in places(Path(path))]

    tests = [(path, name) for path, name in WITHIN.findall(tried) if name.startswith("test_")]
    tests += [(f"tests/{place}", name) for name in TRIED.findall(tried) for place in mirrors]

    assert NAMED.search(decided)
    assert [name for path, name in tests if (ROOT / path).exists() and name in _names_in(path)] != []


def _found(path: str) -> Path:
    """Templates are named as pages name them."""
    return template if (template := ROOT / "templates" / path).exists() else ROOT / path


@cache
def _names_in(path: str) -> frozenset[str]:
    """What the module defines (`Class.method` too), and the names that its constraints give to the database."""
    return frozenset(_names(ast.parse((ROOT / path).read_text()).body))


def _names(body: list[ast.stmt], within: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield f"{within}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from _names(node.body, f"{node.name}.")
            yield from _given_names(node)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (f"{within}{target.id}" for target in targets if isinstance(target, ast.Name))


def _given_names(node: ast.ClassDef) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.keyword) and one.arg == "name" and isinstance(one.value, ast.Constant):
            yield str(one.value.value)
