"""Which picture a credential is baked into."""

import io

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from PIL import Image

from badges.openbadges.pictures import baked_png, baked_svg
from tests.badges.openbadges import unbaking

DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 6"><circle r="4"/></svg>'
TEXT = '{"id": "ö"}'


def size_of(content):
    with Image.open(io.BytesIO(content)) as picture:
        return picture.size


@pytest.fixture
def seal():
    return size_of((settings.BASE_DIR / "static" / "img" / "seal.png").read_bytes())


def test_a_png_is_baked_as_it_is_and_framed_by_an_svg_of_its_size(badge):
    png, svg = baked_png(badge, TEXT), baked_svg(badge, TEXT)

    assert (size_of(png), unbaking.read_png(png)) == ((40, 30), TEXT)
    assert unbaking.read_svg(svg) == TEXT
    assert b'width="40" height="30"' in svg


def test_a_drawing_is_baked_as_it_is_and_drawn_for_a_png(badge):
    badge.image.save("ring.svg", ContentFile(DRAWING))

    png, svg = baked_png(badge, TEXT), baked_svg(badge, TEXT)

    assert (size_of(png), unbaking.read_png(png)) == ((512, 342), TEXT)
    assert b"<circle" in svg
    assert unbaking.read_svg(svg) == TEXT


@pytest.mark.parametrize("name", ["", "badges/gone.png", "badges/gone.svg", "badges/words-no-picture.png"])
def test_the_seal_stands_for_a_picture_that_is_none(badge, seal, name):
    if name == "badges/words-no-picture.png":
        badge.image.storage.save(name, ContentFile(b"no picture"))
    badge.image.name = name

    png, svg = baked_png(badge, TEXT), baked_svg(badge, TEXT)

    assert (size_of(png), unbaking.read_png(png)) == (seal, TEXT)
    assert f'width="{seal[0]}" height="{seal[1]}"'.encode() in svg


def test_a_drawing_that_cannot_be_drawn_is_the_seal_where_pixels_are_asked_for(badge, seal):
    badge.image.save("ring-broken.svg", ContentFile(b"<svg"))

    assert size_of(baked_png(badge, TEXT)) == seal
