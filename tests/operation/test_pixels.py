import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageOps, PngImagePlugin

from operation import pixels
from operation.pixels import reencode

RED = (255, 0, 0, 255)


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGBA", **options: object) -> bytes:
    output = io.BytesIO()
    Image.new(mode, size, "red").save(output, format=kind, **options)
    return output.getvalue()


def upload(content: bytes, name: str = "badge.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


def outcome(content: bytes) -> str:
    try:
        reencode(upload(content))
    except ValidationError as caught:
        return str(caught.code)
    return "taken"


def changed_at(content: bytes, position: int) -> bytes:
    return content[:position] + bytes([content[position] ^ 0x5B]) + content[position + 1 :]


def held_sideways_with_a_description():
    exif = Image.Exif()
    exif[0x010E] = "In the workshop"
    exif[0x0112] = 6
    return exif


def refusal(content: bytes) -> str:
    with pytest.raises(ValidationError) as caught:
        reencode(upload(content))
    return str(caught.value.code)


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "RGB"), ("WEBP", "RGBA")])
def test_what_comes_in_as_an_image_goes_out_as_png(kind, mode):
    with Image.open(reencode(upload(picture(kind, mode=mode)))) as stored:
        assert (stored.format, stored.mode, stored.size) == ("PNG", "RGBA", (40, 20))


def test_the_pixels_stay():
    with Image.open(reencode(upload(picture()))) as stored:
        assert stored.getpixel((5, 5)) == RED


def test_the_name_of_the_file_is_our_own():
    stored = reencode(upload(picture(), name="../../../etc/cron.d/evil.php"))

    assert stored.name is not None
    assert (len(stored.name), stored.name.endswith(".png"), "evil" in stored.name) == (36, True, False)


def test_metadata_and_whatever_follows_the_pixels_is_dropped():
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "canary-comment")
    content = picture(pnginfo=text) + b"<script>canary-tail</script>"

    assert b"canary" not in reencode(upload(content)).read()


def test_the_place_where_a_photograph_was_taken_is_dropped():
    exif = Image.Exif()
    exif[0x010E] = "canary-description"

    assert b"canary" not in reencode(upload(picture("JPEG", mode="RGB", exif=exif))).read()


def test_a_photograph_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6

    with Image.open(reencode(upload(picture("JPEG", mode="RGB", exif=exif)))) as stored:
        assert stored.size == (20, 40)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_camera_was_held(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    original = Image.new("RGB", (3, 2), "white")
    original.putpixel((0, 0), (255, 0, 0))
    original.putpixel((2, 1), (0, 0, 255))
    output = io.BytesIO()
    original.save(output, format="PNG", exif=exif)
    with Image.open(output) as held:
        expected = ImageOps.exif_transpose(held).convert("RGBA")

    with Image.open(reencode(upload(output.getvalue()))) as stored:
        assert (stored.size, stored.tobytes()) == (expected.size, expected.tobytes())


def test_a_photograph_with_damaged_metadata_is_still_taken():
    content = bytearray(picture("JPEG", size=(48, 24), mode="RGB", exif=held_sideways_with_a_description()))
    content[content.index(b"\x01\x0e\x00\x02") + 3] = 12  # the description says that it is a number

    with Image.open(reencode(upload(bytes(content)))) as stored:
        assert stored.size == (24, 48)


@pytest.mark.parametrize(
    "content",
    [
        picture("JPEG", size=(48, 48), mode="RGB", exif=held_sideways_with_a_description()),
        picture("PNG", exif=held_sideways_with_a_description()),
        picture("PNG", mode="P"),
        picture("WEBP", exif=held_sideways_with_a_description()),
    ],
    ids=["jpeg", "png", "palette", "webp"],
)
def test_whatever_byte_is_wrong_the_picture_is_taken_or_refused(content):
    outcomes = {outcome(changed_at(content, position)) for position in range(min(len(content), 250))}

    assert outcomes - {"image_pixels"} == {"taken", "image"}


def test_grey_of_sixteen_bits_keeps_its_shades():
    grey = Image.new("I;16", (3, 1))
    for x, value in enumerate((0, 0x8000, 0xFFFF)):
        grey.putpixel((x, 0), value)
    output = io.BytesIO()
    grey.save(output, format="PNG")

    with Image.open(reencode(upload(output.getvalue()))) as stored:
        assert [stored.convert("L").getpixel((x, 0)) for x in range(3)] == [0, 128, 255]


def test_a_large_image_is_made_smaller():
    with Image.open(reencode(upload(picture(size=(2000, 1000))))) as stored:
        assert stored.size == (1024, 512)


def test_an_animation_gives_its_first_frame():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    output = io.BytesIO()
    frames[0].save(output, format="WEBP", save_all=True, append_images=frames[1:], lossless=True)

    with Image.open(reencode(upload(output.getvalue()))) as stored:
        assert stored.getpixel((1, 1)) == RED


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        picture("GIF", mode="P"),
        picture("BMP", mode="RGB"),
        picture("TIFF", mode="RGB"),
        b"\x89PNG\r\n\x1a\n",
        picture()[:60],
        picture("JPEG", mode="RGB")[:200],
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        b"\x00" * 100,
    ],
    ids=["svg", "gif", "bmp", "tiff", "png head", "cut png", "cut jpeg", "eps", "zeros"],
)
def test_what_is_no_sound_image_is_refused(content):
    assert refusal(content) == "image"


def test_a_file_of_more_than_five_megabytes_is_refused():
    assert refusal(b"\x89PNG\r\n\x1a\n" + b"\x00" * pixels.MAX_BYTES) == "image_bytes"


@pytest.mark.parametrize("size", [(4097, 4096), (12_000, 8_000), (20_000, 20_000)])
def test_a_small_file_with_many_pixels_is_refused(size):
    assert refusal(picture(size=size, mode="1")) == "image_pixels"


def test_a_file_field_says_what_is_too_large_for_it():
    assert pixels.limit_of_upload() == {
        "data-most-bytes": pixels.MAX_BYTES,
        "data-too-large": "The image is larger than 5 MB.",
    }
