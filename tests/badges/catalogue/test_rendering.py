import io

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from badges.catalogue.rendering import UndrawableError, draw, drawn

HEAD = 'xmlns="http://www.w3.org/2000/svg"'
RED = f'<svg {HEAD} viewBox="0 0 40 20"><rect width="40" height="20" fill="red"/></svg>'.encode()


def picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


def test_a_drawing_fits_into_a_square():
    found = picture(draw(RED))

    assert (found.size, found.getpixel((256, 128))) == ((512, 256), (255, 0, 0, 255))


def test_texts_of_families_that_are_not_installed_are_drawn():
    words = [f'<text y="20" font-size="20" font-family="{family}">Ab</text>' for family in ("Nowhere", "serif", "")]

    boxes = [picture(draw(f'<svg {HEAD} viewBox="0 0 40 20">{one}</svg>'.encode())).getbbox() for one in words]

    assert None not in boxes


@pytest.mark.parametrize("size", ["1e-30 1e30", "1 100000", "100000 1"])
def test_a_drawing_of_whatever_proportion_stays_in_the_square(size):
    found = picture(draw(f'<svg {HEAD} viewBox="0 0 {size}"><rect width="9" height="9"/></svg>'.encode()))

    assert max(found.size) <= 512


def test_memory_that_a_drawing_may_not_take_ends_its_own_process_alone():
    with pytest.raises(UndrawableError):
        draw(RED, side=100_000)


def test_no_file_is_read_and_nothing_is_fetched(tmp_path):
    """What leads there is refused when it is let in; a drawing that was stored otherwise shows nothing of it."""
    file = tmp_path / "canary.png"
    Image.new("RGB", (9, 9), "blue").save(file)
    inside = "".join(f'<image width="40" height="20" href="{one}"/>' for one in (f"file://{file}", "canary.png"))

    found = picture(draw(RED.replace(b"</svg>", f"{inside}</svg>".encode())))

    assert found.getcolors() == [(512 * 256, (255, 0, 0, 255))]


@pytest.fixture
def name(db) -> str:
    return default_storage.save("badges/red.svg", ContentFile(RED))


def test_a_stored_drawing_is_drawn_once(name):
    beside = drawn(default_storage, name)
    default_storage.delete(name)

    assert beside == "badges/red-drawn.png"
    assert drawn(default_storage, name) == beside
    with default_storage.open(beside) as stored:
        assert picture(stored.read()).size == (512, 256)


def test_what_could_not_be_drawn_is_not_tried_for_every_reader(db):
    name = default_storage.save("badges/none.svg", ContentFile(b"<svg"))
    with pytest.raises(UndrawableError):
        drawn(default_storage, name)
    default_storage.delete(name)
    default_storage.save(name, ContentFile(RED))

    with pytest.raises(UndrawableError):
        drawn(default_storage, name)
    cache.clear()
    assert drawn(default_storage, name) == "badges/none-drawn.png"


def test_a_drawing_that_is_gone_is_told():
    with pytest.raises(UndrawableError):
        drawn(default_storage, "badges/gone.svg")
