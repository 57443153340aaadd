"""How an organization presents itself: a name, a logo, a colour."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from operation.characters import validate_one_line
from organizations.colours import normalized, validate_brand_colour
from organizations.models.people import Organization


class ColourField(models.CharField):  # type: ignore[type-arg]
    """A colour as `#1b6a4c`, however it was typed."""

    def to_python(self, value: Any) -> Any:
        """The one way in which it is kept."""
        value = super().to_python(value)
        return normalized(value) if value else value


class Brand(models.Model):
    """An organization's own brand. Those below it that have none show this one (organizations.brands)."""

    organization = models.OneToOneField(
        Organization, verbose_name=_("organization"), on_delete=models.CASCADE, primary_key=True, related_name="brand"
    )
    name = models.CharField(
        _("name"),
        max_length=60,
        blank=True,
        validators=[validate_one_line],
        help_text=_("Shown beside the logo. Leave empty to show the organization's name."),
    )
    logo = models.ImageField(_("logo"), upload_to="logos/", blank=True)
    colour = ColourField(
        _("colour"),
        max_length=7,
        blank=True,
        validators=[validate_brand_colour],
        help_text=_("Six digits such as #1b6a4c, dark enough for white words. Leave empty to keep the usual green."),
    )
    modified_at = models.DateTimeField(_("last modified"), auto_now=True)

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(colour="") | models.Q(colour__regex=r"^#[0-9a-f]{6}$"), name="brand_colour_is_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.organization)

    def clean(self) -> None:
        """Refuses a brand of nothing: without a row, an organization shows the brand above it."""
        if not (self.name or self.logo or self.colour):
            raise ValidationError(_("Enter a name or a colour, or upload a logo."), code="empty")
