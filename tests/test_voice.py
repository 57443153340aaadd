"""How the product speaks: every text that people read, in templates and in code, without the turns that nobody says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APPS = ("achievements", "badges", "classes", "courses", "listing", "operation", "organizations", "tms")
TRANSLATING = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
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
_TAG = re.compile(r"""\{%\s*translate\s+(?:"([^"]*)"|'([^']*)')""")
_BLOCK = re.compile(r"\{%\s*blocktranslate\b[^%]*%\}(.*?)\{%\s*endblocktranslate\s*%\}", re.DOTALL)
_PLURAL = re.compile(r"\{%\s*plural\s*%\}")


def texts_of_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in TRANSLATING:
            yield from (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def texts_of_template(path: Path) -> Iterator[str]:
    source = path.read_text()
    yield from (first or second for first, second in _TAG.findall(source))
    for block in _BLOCK.findall(source):
        yield from (" ".join(part.split()) for part in _PLURAL.split(block))


def texts() -> dict[str, str]:
    """Each text with the file that it was found in last."""
    code = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    templates = [path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"}]
    found = {text: path for path in code for text in texts_of_code(path)}
    found |= {text: path for path in templates for text in texts_of_template(path)}
    return {text: str(path.relative_to(ROOT)) for text, path in found.items()}


def test_there_are_texts():
    assert len(texts()) > 1_500


@pytest.mark.parametrize("pattern", BANNED)
def test_no_text_has_a_turn_that_nobody_says(pattern):
    assert [(path, text) for text, path in texts().items() if re.search(pattern, text)] == []


def test_no_sentence_is_too_long():
    sentences = ((path, one) for text, path in texts().items() for one in re.split(r"(?<=[.!?:])\s", text))

    assert [(path, one) for path, one in sentences if len(one.split()) > MOST_WORDS] == []
