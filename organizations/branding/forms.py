"""Turns a request into a brand: its logo is written anew, whatever door it comes through."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from operation.pixels import limit_of_upload, reencode
from organizations.models import Brand

# Pixels a side: a logo is shown at 160 at most, on screens that have two for one.
LOGO_SIDE = 320


class LogoField(forms.FileField):
    """The upload of a logo: a picture of pixels. No drawing: whoever gets a letter would not see it."""

    def to_python(self, data: Any) -> Any:
        """None without an upload, else the picture written anew, under a name that cannot be guessed."""
        upload = super().to_python(data)
        if not upload:
            return None
        try:
            return reencode(upload, side=LOGO_SIDE)
        except ValidationError as refusal:
            if refusal.code != "image":
                raise
            raise ValidationError(
                _("Upload a PNG, JPEG or WebP image. This file is none, or it is damaged."), code="image"
            ) from None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """The file dialog of the browser offers what will be taken, and the field refuses what is too large."""
        return {**super().widget_attrs(widget), **limit_of_upload(), "accept": "image/png,image/jpeg,image/webp"}


def logo_field() -> LogoField:
    """The field, for the page and for the administration."""
    return LogoField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG, JPEG or WebP of at most 5 MB. It is shown on white, up to 36 pixels high."),
        widget=forms.ClearableFileInput,
    )


class BrandForm(forms.ModelForm):  # type: ignore[type-arg]
    """An organization's own brand."""

    logo = logo_field()

    class Meta:
        model = Brand
        fields = ("name", "logo", "colour")
        labels = {"name": _("Name"), "colour": _("Colour")}
        widgets = {
            "colour": forms.TextInput(attrs={"placeholder": "#1b6a4c", "autocomplete": "off", "spellcheck": "false"})
        }
