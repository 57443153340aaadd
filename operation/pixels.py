"""Pictures of pixels as they are let in: PNG, JPEG or WebP, decoded and written anew, so that nothing else is kept."""

import io
import logging
import uuid
import warnings
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 4096 * 4096
# No page and no provider shows badge art larger than this.
MAX_SIDE = 1024

ORIENTATION = 0x0112  # the only thing of EXIF that is read: how the camera was held, and what turns it back
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
GREY_OF_16_BITS = ("I", "I;16", "I;16B", "I;16L", "I;16N")

logger = logging.getLogger(__name__)

_TOO_LARGE = _("The image is larger than 5 MB.")


def limit_of_upload() -> dict[str, Any]:
    """Attributes of a file field by which js/forms.js refuses there what is too large, before it is sent."""
    return {"data-most-bytes": MAX_BYTES, "data-too-large": _TOO_LARGE}


def reencode(upload: "File[bytes]", *, side: int = MAX_SIDE) -> "ContentFile[bytes]":
    """The picture as a PNG of at most `side` pixels a side, upright, under a name of our own.

    Re-encoding it drops metadata (where and by whom a photograph was taken) and whatever else a file can carry behind
    its pixels. Size and pixels are judged before anything is decoded. Raises ValidationError.
    """
    if upload.size > MAX_BYTES:
        raise ValidationError(_TOO_LARGE, code="image_bytes")
    with warnings.catch_warnings():
        # Of bombs, which our own, lower limit refuses below, and of damaged metadata, of which none is kept.
        warnings.simplefilter("ignore")
        try:
            with Image.open(upload, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise ValidationError(_("The image has more than 4096 × 4096 pixels."), code="image_pixels")
                png = _png(picture, side)
        except Image.DecompressionBombError:
            raise ValidationError(_("The image has more than 4096 × 4096 pixels."), code="image_pixels") from None
        except ValidationError:
            raise
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
            raise _damaged() from None
        except Exception:
            # Pillow promises no class of errors for a damaged file: it lets through what its parsers stumble over.
            logger.warning("A picture was refused for an error that Pillow does not name.", exc_info=True)
            raise _damaged() from None
    return ContentFile(png, name=f"{uuid.uuid4().hex}.png")


def _damaged() -> ValidationError:
    return ValidationError(
        _("Upload a PNG, JPEG, WebP or SVG image. This file is none, or it is damaged."), code="image"
    )


def _png(picture: Image.Image, side: int) -> bytes:
    """The first frame, upright, in colours a browser shows, without the original's metadata."""
    upright = _upright(_of_8_bits(picture).convert("RGBA"), picture.getexif().get(ORIENTATION))
    upright.thumbnail((side, side), Image.Resampling.LANCZOS)
    bare = Image.new("RGBA", upright.size)
    bare.paste(upright)
    output = io.BytesIO()
    bare.save(output, format="PNG", optimize=True)
    return output.getvalue()


def _of_8_bits(picture: Image.Image) -> Image.Image:
    """Pillow would cut 16-bit grey off at 255, which leaves black and white."""
    if picture.mode not in GREY_OF_16_BITS:
        return picture
    grey = picture.convert("I").point(lambda value: value / 256).convert("L")
    grey.info.pop("transparency", None)  # a value of 16 bits
    return grey


def _upright(picture: Image.Image, orientation: object) -> Image.Image:
    """Without ImageOps.exif_transpose, which also writes the EXIF anew and stumbles over what is wrong with it."""
    turn = UPRIGHT.get(orientation) if isinstance(orientation, int) else None
    return picture if turn is None else picture.transpose(turn)
