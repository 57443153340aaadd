"""What is let in as a logo, through both doors."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from organizations.branding.forms import LOGO_SIDE, LogoField

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'
WRONG = "Upload a PNG, JPEG or WebP image. This file is none, or it is damaged."


def picture(kind="PNG", size=(640, 160), mode="RGB"):
    output = io.BytesIO()
    Image.new(mode, size, 1 if mode == "1" else "navy").save(output, format=kind)
    return output.getvalue()


def let_in(content, name="Our Secret Client.png"):
    return LogoField().clean(SimpleUploadedFile(name, content))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_written_anew_small_and_under_a_name_that_cannot_be_guessed(kind):
    logo, again = let_in(picture(kind)), let_in(picture(kind))

    with Image.open(logo) as shown:
        assert (shown.format, shown.size) == ("PNG", (LOGO_SIDE, LOGO_SIDE // 4))
    assert "Secret" not in logo.name
    assert logo.name != again.name


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: SVG, WRONG),
        (lambda: b"GIF89a" + bytes(40), WRONG),
        (lambda: picture()[:60], WRONG),
        (lambda: b"\x89PNG\r\n\x1a\n" + bytes(20 * 1024 * 1024), "The image is larger than 5 MB."),
        (lambda: picture(size=(20_000, 20_000), mode="1"), "The image has more than 4096 × 4096 pixels."),
    ],
    ids=["svg", "gif", "damaged", "20 MB", "bomb"],
)
def test_anything_else_is_refused_with_a_sentence(content, words):
    with pytest.raises(ValidationError) as refusal:
        let_in(content())

    assert refusal.value.messages == [words]


def test_no_upload_is_no_logo():
    assert LogoField(required=False).clean(None) is None
