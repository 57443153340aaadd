"""Whether a colour can be a brand's: contrast as WCAG 2 measures it, and the shades that follow from one colour."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

# What words need, by WCAG 2.2, 1.4.3; and what the shade for dark pages gets, which has no colour of its own to keep.
LEAST, COMFORTABLE = 4.5, 7.0
WHITE, BLACK = "#ffffff", "#000000"
# Of static/css/tokens.css: the light grounds that links stand on, the dark one, and words on a pale button.
GROUNDS = (WHITE, "#f4f5f1", "#f0f2ed", "#f3f7f3")
DARK_GROUND, DARK_INK = "#161f1b", "#07150f"
# How much of a colour is in the ground of what is chosen, and in the menu: in percent, light and dark.
SOFT = 12
DEEP, DEEP_AT_NIGHT = 45, 22

_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class Shades:
    """What takes the place of the house's green: filled and linked, with the words on it, and the ground of the menu."""

    light: str
    on_light: str
    dark: str
    on_dark: str
    deep: str
    deep_at_night: str


def normalized(typed: str) -> str:
    """As colours are kept: `#` and six digits in lower case; anything else as it is."""
    digits = typed.strip().lower().removeprefix("#")
    if re.fullmatch(r"[0-9a-f]{3}", digits):
        digits = "".join(digit * 2 for digit in digits)
    return f"#{digits}" if _HEX.fullmatch(f"#{digits}") else typed


def validate_brand_colour(colour: str) -> None:
    """Refuse what is no colour, and a colour too pale to be read on a page. Raises ValidationError."""
    if not _HEX.fullmatch(colour):
        raise ValidationError(
            _("“%(colour)s” is not a colour. Enter six digits such as #1b6a4c."),
            code="colour",
            params={"colour": colour},
        )
    ratio = legibility(colour)
    if ratio < LEAST:
        raise ValidationError(
            _(
                "%(colour)s is too pale: links and buttons have a contrast of %(ratio)s:1 and need %(least)s:1. "
                "Try %(darker)s, a darker shade of it."
            ),
            code="contrast",
            params={
                "colour": colour,
                "ratio": number_format(math.floor(ratio * 10) / 10, 1),
                "least": number_format(LEAST, 1),
                "darker": darkened(colour),
            },
        )


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, from 1 (the same) to 21 (black and white)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def legibility(colour: str) -> float:
    """The least contrast that links and buttons of this colour have on a light page. White words on it have no less."""
    return min(contrast(colour, ground) for ground in (*GROUNDS, mixed(colour, SOFT, WHITE)))


def darkened(colour: str) -> str:
    """The first shade of the colour, towards black, that can be read on a page; the colour itself where it can be."""
    shades = (mixed(colour, share, BLACK) for share in range(100, -1, -1))
    return next(shade for shade in shades if legibility(shade) >= LEAST)


@lru_cache(maxsize=256)
def shades_of(colour: str) -> Shades:
    """The colour as it is on light pages, paler on dark ones until it can be read well, and darker for the menu."""
    paler = (mixed(colour, share, WHITE) for share in range(100, -1, -2))
    return Shades(
        light=colour,
        on_light=WHITE,
        dark=next(shade for shade in paler if contrast(shade, DARK_GROUND) >= COMFORTABLE),
        on_dark=DARK_INK,
        deep=mixed(colour, DEEP, BLACK),
        deep_at_night=mixed(colour, DEEP_AT_NIGHT, BLACK),
    )


def mixed(colour: str, share: int, other: str) -> str:
    """So many percent of a colour in another one, as `color-mix(in srgb, …)` mixes them."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round((one * share + two * (100 - share)) / 100):02x}" for one, two in pairs)


def _luminance(colour: str) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> Iterator[int]:
    return (int(colour[at : at + 2], 16) for at in (1, 3, 5))
