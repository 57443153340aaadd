"""Badge art as it is let in: pictures of pixels, written anew, and drawings, made anew of what only draws."""

import codecs
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext_lazy as _

from badges.catalogue import drawings, rendering
from operation.pixels import limit_of_upload, reencode


def let_in(upload: "File[bytes]") -> "ContentFile[bytes]":
    """The picture, cleaned, under a name of our own: a drawing as SVG, any other as PNG. Raises ValidationError.

    What begins with markup is a drawing, whatever its name says.
    """
    start = upload.read(512).removeprefix(codecs.BOM_UTF8).lstrip()
    upload.seek(0)
    if not start.startswith(b"<"):
        return reencode(upload)
    # One byte more than is allowed, so that no file of whatever size is read into memory.
    drawing = drawings.sanitise(upload.read(drawings.MAX_BYTES + 1))
    try:
        rendering.draw(drawing)
    except rendering.UndrawableError:
        raise ValidationError(
            _("The SVG image takes too long to draw, or draws nothing. Simplify it, then upload it again."),
            code="image_shapes",
        ) from None
    return ContentFile(drawing, name=f"{uuid.uuid4().hex}.svg")


class BadgeImageField(forms.FileField):
    """The upload field of badge art, for the badge page and the admin."""

    def to_python(self, data: Any) -> Any:
        """None without an upload, else the picture written anew."""
        upload = super().to_python(data)
        return let_in(upload) if upload else None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """The file dialog of the browser offers what will be taken, and the field refuses what is too large."""
        return {
            **super().widget_attrs(widget),
            **limit_of_upload(),
            "accept": "image/png,image/jpeg,image/webp,image/svg+xml",
        }
