import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from badges import images
from badges.images import BadgeImageField, reencode

RED = (255, 0, 0, 255)


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGBA", **options: object) -> bytes:
    output = io.BytesIO()
    Image.new(mode, size, "red").save(output, format=kind, **options)
    return output.getvalue()


def upload(content: bytes, name: str = "badge.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/png")


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
    assert refusal(b"\x89PNG\r\n\x1a\n" + b"\x00" * images.MAX_BYTES) == "image_bytes"


@pytest.mark.parametrize("size", [(4097, 4096), (12_000, 8_000), (20_000, 20_000)])
def test_a_small_file_with_many_pixels_is_refused(size):
    assert refusal(picture(size=size, mode="1")) == "image_pixels"


def test_no_upload_is_no_image():
    assert BadgeImageField(required=False).clean(None) is None


def test_an_empty_upload_is_refused():
    with pytest.raises(ValidationError, match="empty"):
        BadgeImageField(required=False).clean(upload(b""))


def test_the_file_dialog_offers_what_is_taken():
    assert BadgeImageField().widget.attrs["accept"] == "image/png,image/jpeg,image/webp"
