"""Contrast, and what follows from a colour: whatever may be a brand's can be read in both schemes."""

import re
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import assume, given
from hypothesis import strategies as st

from organizations.colours import (
    DARK_GROUND,
    GROUNDS,
    LEAST,
    SOFT,
    WHITE,
    contrast,
    darkened,
    legibility,
    mixed,
    normalized,
    shades_of,
    validate_brand_colour,
)

TOKENS = (Path(__file__).parents[2] / "static" / "css" / "tokens.css").read_text()

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def tokens(*names: str) -> list[tuple[str, str]]:
    """The light and the dark value of each."""
    found = dict(re.findall(r"--([\w-]+): (light-dark\(#\w{6}, #\w{6}\))", TOKENS))
    return [tuple(re.findall(r"#\w{6}", found[name])) for name in names]


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#000000", 21.0),
        ("#777777", "#ffffff", 4.478),
        ("#1b6a4c", "#ffffff", 6.537),
        ("#1b6a4c", "#1b6a4c", 1.0),
        ("#ffcc00", "#ffffff", 1.508),
    ],
)
def test_contrast_is_as_wcag_measures_it(one, other, ratio):
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


def test_the_grounds_are_those_of_the_style_sheet():
    grounds = tokens("surface", "paper", "sunken", "hover")

    assert [light for light, _dark in grounds] == list(GROUNDS)
    assert grounds[0][1] == DARK_GROUND
    assert tokens("brand-on-color") == [(WHITE, shades_of("#1b6a4c").on_dark)]
    assert f"var(--brand-color) {SOFT}%, var(--surface)" in TOKENS


def test_the_house_s_own_colour_would_be_taken():
    [(light, dark)] = tokens("brand-color")

    assert legibility(light) > LEAST
    assert contrast(dark, DARK_GROUND) > LEAST


@given(colours)
def test_whatever_is_taken_can_be_read_everywhere(colour):
    assume(legibility(colour) >= LEAST)

    shades = shades_of(colour)
    [(on_deep, on_deep_at_night)] = tokens("brand-on-deep")
    [(muted, muted_at_night)] = tokens("muted")
    dark_grounds = [dark for _light, dark in tokens("surface", "paper", "sunken", "hover")]
    soft, soft_at_night = mixed(shades.light, SOFT, WHITE), mixed(shades.dark, SOFT, DARK_GROUND)
    pairs = [
        (shades.on_light, shades.light),
        (shades.on_dark, shades.dark),
        *((shades.light, ground) for ground in (*GROUNDS, soft)),
        *((shades.dark, ground) for ground in (*dark_grounds, soft_at_night)),
        (muted, soft),
        (muted_at_night, soft_at_night),
        (mixed(on_deep, 70, shades.deep), mixed(on_deep, 7, shades.deep)),
        (mixed(on_deep_at_night, 70, shades.deep_at_night), mixed(on_deep_at_night, 7, shades.deep_at_night)),
    ]
    assert [pair for pair in pairs if contrast(*pair) < LEAST] == []
    assert contrast(on_deep, shades.deep) >= 7
    assert contrast(on_deep_at_night, shades.deep_at_night) >= 7


@given(colours)
def test_a_colour_that_is_refused_has_a_darker_one_that_is_taken(colour):
    validate_brand_colour(darkened(colour))

    assert (darkened(colour) == colour) == (legibility(colour) >= LEAST)


def refusal_of(colour: str) -> ValidationError:
    with pytest.raises(ValidationError) as refusal:
        validate_brand_colour(colour)
    return refusal.value


def test_the_refusal_names_ratio_and_a_darker_shade():
    assert refusal_of("#ffcc00").messages[0] == (
        "#ffcc00 is too pale: links and buttons have a contrast of 1.3:1 and need 4.5:1. "
        "Try #826800, a darker shade of it."
    )


def test_a_ratio_just_below_is_not_rounded_up_and_written_as_the_reader_does():
    greys = (f"#{grey:02x}{grey:02x}{grey:02x}" for grey in range(256))
    colour = next(grey for grey in greys if legibility(grey) < LEAST)

    with translation.override("de"):
        refusal = refusal_of(colour)

    assert refusal.params
    assert refusal.params["ratio"] == "4,4"


@pytest.mark.parametrize("typed", ["green", "#12345", "#1b6a4g", "url(x)", "#1b6a4c;"])
def test_what_is_no_colour_is_refused(typed):
    with pytest.raises(ValidationError) as refusal:
        validate_brand_colour(typed)

    assert refusal.value.code == "colour"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("1B6A4C", "#1b6a4c"), (" #1b6a4c ", "#1b6a4c"), ("#069", "#006699"), ("green", "green"), ("#12345", "#12345")],
)
def test_a_colour_is_kept_in_one_way(typed, kept):
    assert normalized(typed) == kept
