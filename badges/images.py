"""Badge art as it is let in: PNG, JPEG or WebP, decoded and written anew, so that nothing but pixels is kept."""

import io
import uuid
import warnings
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 4096 * 4096
# No page and no provider shows badge art larger than this.
MAX_SIDE = 1024


def reencode(upload: "File[bytes]") -> "ContentFile[bytes]":
    """The picture as a PNG of at most MAX_SIDE pixels a side, upright, under a name of our own.

    Writing it anew drops metadata (where and by whom a photograph was taken) and whatever else a file can carry behind
    its pixels. Size and pixels are judged before anything is decoded. Raises ValidationError.
    """
    if upload.size > MAX_BYTES:
        raise ValidationError(_("The image is larger than 5 MB."), code="image_bytes")
    with warnings.catch_warnings():
        # Pillow warns of a bomb that our own, lower limit refuses below.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(upload, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise ValidationError(_("The image has more than 4096 × 4096 pixels."), code="image_pixels")
                png = _png(picture)
        except Image.DecompressionBombError:
            raise ValidationError(_("The image has more than 4096 × 4096 pixels."), code="image_pixels") from None
        # Decoders answer a damaged file with whatever their library does.
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
            raise ValidationError(
                _("Upload a PNG, JPEG or WebP image. This file is none, or it is damaged."), code="image"
            ) from None
    return ContentFile(png, name=f"{uuid.uuid4().hex}.png")


def _png(picture: Image.Image) -> bytes:
    """The first frame, upright, in colours a browser shows, without the original's metadata."""
    upright = ImageOps.exif_transpose(picture).convert("RGBA")
    upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    bare = Image.new("RGBA", upright.size)
    bare.paste(upright)
    output = io.BytesIO()
    bare.save(output, format="PNG", optimize=True)
    return output.getvalue()


class BadgeImageField(forms.FileField):
    """The upload field of badge art, for the badge page and the admin."""

    def to_python(self, data: Any) -> Any:
        """None without an upload, else the picture written anew."""
        upload = super().to_python(data)
        return reencode(upload) if upload else None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """The file dialog of the browser offers what will be taken."""
        return {**super().widget_attrs(widget), "accept": "image/png,image/jpeg,image/webp"}
