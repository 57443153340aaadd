"""The style sheets: a colour stands only behind a custom property, and the brand is one block."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHEETS = sorted((ROOT / "static" / "css").glob("*.css"))
TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text()
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DECLARATION = re.compile(r"(?:^|[;{])\s*([\w-]+)\s*:\s*([^;{}]+);")
# The basic names of CSS; transparent and currentcolor are no colours of anybody's.
NAMES = "black|silver|gr[ae]y|white|maroon|red|purple|fuchsia|green|lime|olive|yellow|navy|blue|teal|aqua|orange|gold|pink|brown"
COLOUR = re.compile(
    rf"#[0-9a-f]{{3,8}}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch)\(|(?<![\w-])(?:{NAMES})(?![\w-])", re.IGNORECASE
)
LETTERS = sorted(ROOT.glob("templates/**/letters/*.html"))


def declarations(words: str) -> list[tuple[str, str]]:
    plain = COMMENT.sub("", words)
    # A declaration's end is the next one's beginning.
    return [(name, value.strip()) for name, value in DECLARATION.findall(plain.replace(";", ";;"))]


def bare_colours(words: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in declarations(words) if not name.startswith("--") and COLOUR.search(value)]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_colour_stands_only_behind_a_custom_property(sheet):
    assert bare_colours(sheet.read_text()) == []


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("a { color: #1b6a4c; }", 1),
        ("a { color: var(--ink); background: rgb(0 0 0 / 20%); }", 1),
        ("a { b { border: 1px solid red; } }", 1),
        ("a { color: light-dark(hsl(1 2% 3%), var(--x)); }", 1),
        ("a { --tone: #fff; color: var(--gold); white-space: nowrap; background: none; }", 0),
        ("/* color: red; */ a { color: currentcolor; }", 0),
    ],
)
def test_the_search_finds_colours(rule, found):
    assert len(bare_colours(rule)) == found


def test_the_brand_is_one_block_at_the_top_and_only_there():
    blocks = re.findall(r":root \{(.*?)\}", COMMENT.sub("", TOKENS), re.DOTALL)
    brand = {name for name, _value in declarations("{" + blocks[0])}
    elsewhere = [
        (sheet.name, name)
        for sheet in SHEETS
        for name, _value in declarations(sheet.read_text().replace(blocks[0], ""))
        if name.startswith("--brand-")
    ]

    assert brand == {f"--brand-{what}" for what in ("color", "on-color", "deep", "on-deep", "radius", "logo", "tile")}
    assert elsewhere == []


def test_what_is_of_the_brand_derives_from_it():
    tokens = dict(declarations(TOKENS))
    of_the_brand = [name for name in tokens if re.search("laurel|deep|radius", name) and not name.startswith("--brand")]

    assert len(of_the_brand) > 9
    assert [name for name in of_the_brand if "var(--brand-" not in tokens[name]] == []


def test_every_property_that_is_used_is_declared():
    words = "\n".join(sheet.read_text() for sheet in SHEETS)
    declared = {name for name, _value in declarations(words)}
    used = set(re.findall(r"var\((--[\w-]+)", COMMENT.sub("", words)))

    assert used - declared == set()


@pytest.mark.parametrize("letter", LETTERS, ids=lambda path: path.name)
def test_a_letter_has_the_light_colours_of_the_tokens(letter):
    """Mail programs know no custom properties."""
    light = set(re.findall(r"light-dark\((#\w{6})", TOKENS))

    assert LETTERS
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", letter.read_text())) - light == set()


def test_what_a_browser_s_frame_is_coloured_with_is_the_brand_s():
    [deep] = re.findall(r"--brand-deep: light-dark\((#\w{6})", TOKENS)

    assert f'<meta name="theme-color" content="{deep}">' in (ROOT / "templates" / "base.html").read_text()
