import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from badges.catalogue.thumbnails import SIDES, address_of, make, original_of, prepare
from tests.badges.shown import png
from tests.factories import BadgeFactory
from tms.demo import art

DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="red"/></svg>'


def small(name: str) -> Image.Image:
    with default_storage.open(name) as stored, Image.open(io.BytesIO(stored.read())) as picture:
        assert picture.format == "WEBP"
        return picture.convert("RGBA")


def stored(name: str, content: bytes) -> str:
    return default_storage.save(name, ContentFile(content))


def test_a_thumbnail_fits_into_its_square(db):
    stored("badges/wide.png", png(400, 100))

    assert make(default_storage, "badges/wide-png-56.webp")

    found = small("badges/wide-png-56.webp")
    assert (found.size, found.getpixel((20, 7))) == ((56, 14), (0, 128, 128, 255))


def test_a_picture_that_is_smaller_is_not_made_larger(db):
    stored("badges/tiny.png", png(30, 20))

    assert make(default_storage, "badges/tiny-png-192.webp")
    assert small("badges/tiny-png-192.webp").size == (30, 20)


def test_a_drawing_is_drawn_first(db):
    stored("badges/red-flag.svg", DRAWING)

    assert make(default_storage, "badges/red-flag-svg-96.webp")

    found = small("badges/red-flag-svg-96.webp")
    assert found.size == (96, 48)
    assert found.getchannel("R").getextrema() == (255, 255)


def test_what_was_transparent_stays_so(db):
    output = io.BytesIO()
    Image.new("RGBA", (200, 200)).save(output, format="PNG")
    stored("badges/clear.png", output.getvalue())

    make(default_storage, "badges/clear-png-56.webp")

    assert small("badges/clear-png-56.webp").getchannel("A").getextrema() == (0, 0)


def test_art_of_a_line_weighs_three_kilobytes(db):
    for key in ("linux", "champion", "polymath"):
        name = stored(f"badges/{key}.png", art.picture(key))
        thumbnail = f"{name.removesuffix('.png')}-png-56.webp"
        make(default_storage, thumbnail)

        assert default_storage.size(thumbnail) < 3_000


def test_a_new_picture_has_all_of_them_and_another_picture_has_others(db):
    badge = BadgeFactory.create()
    badge.image.save("first.png", ContentFile(png(200, 200)))
    prepare(badge.image)
    before = [address_of(badge.image, side) for side in SIDES]
    badge.image.save("second.png", ContentFile(png(200, 200)))

    after = [address_of(badge.image, side) for side in SIDES]

    assert before == [f"/media/badges/first-png-{side}.webp" for side in (56, 96, 192)]
    assert after == [f"/media/badges/second-png-{side}.webp" for side in (56, 96, 192)]
    assert {default_storage.exists(address.removeprefix("/media/")) for address in before} == {True}


def test_a_badge_without_a_picture_has_none(db):
    prepare(BadgeFactory.create().image)


@pytest.mark.parametrize(
    "name",
    ["badges/gone-png-56.webp", "badges/gone-svg-56.webp", "badges/there-png-57.webp", "badges/there.png", "there"],
)
def test_nothing_is_made_of_nothing(db, name):
    stored("badges/there.png", png(9, 9))

    assert not make(default_storage, name)
    assert not default_storage.exists("badges/there-png-57.webp")


@pytest.mark.parametrize("content", [b"", b"no picture", png(40, 40)[:80], b"\x89PNG\r\n\x1a\n" + b"\0" * 200])
def test_a_broken_picture_has_none(db, content):
    stored("badges/broken.png", content)

    assert not make(default_storage, "badges/broken-png-56.webp")
    assert not default_storage.exists("badges/broken-png-56.webp")


def test_two_pictures_of_one_name_are_told_apart_by_their_kind():
    assert original_of("badges/ring-png-56.webp") == "badges/ring.png"
    assert original_of("badges/ring-svg-56.webp") == "badges/ring.svg"
    assert original_of("badges/ring-56.webp") == ""
