"""Every template in the house can be read without scrolling sideways."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST = 160
TEMPLATES = sorted(
    path
    for pattern in ("templates/**/*", "*/templates/**/*")
    for path in ROOT.glob(pattern)
    if path.suffix in (".html", ".txt", ".xml", ".svg")
)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_line_of_a_template_is_too_long(template):
    lines = enumerate(template.read_text().splitlines(), start=1)

    too_long = [f"{template.relative_to(ROOT)}:{number}" for number, line in lines if len(line) > LONGEST]

    assert too_long == []
