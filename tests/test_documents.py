"""What documents name is there: a file that was moved leaves no sign behind that leads nowhere."""

import re
from pathlib import Path

import pytest

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
LINKED = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_document_names_is_there(document):
    words = document.read_text()

    named = [_found(path.rstrip(".")) for path in NAMED.findall(words)]
    linked = [document.parent / path for path in LINKED.findall(words)]

    assert [str(path) for path in [*named, *linked] if not path.exists()] == []


def _found(path: str) -> Path:
    """Templates are named as pages name them."""
    return template if (template := ROOT / "templates" / path).exists() else ROOT / path
