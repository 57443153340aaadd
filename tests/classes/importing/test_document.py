import re
from pathlib import Path

import pytest

from classes.importing.kinds import KINDS

WORDS = re.compile(r"[a-z_]+")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_column_is_documented(kind):
    document = (Path(__file__).parents[3] / "docs" / "import.md").read_text()
    section = document.partition(f"### {kind.name}\n")[2].partition("\n### ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]

    documented = {word: f"{word}** *" in cell or f"{word} *" in cell for cell in cells for word in WORDS.findall(cell)}

    assert {name: name in kind.required for name in kind.headings} == {
        name: is_required for name, is_required in documented.items() if name != "column"
    }
