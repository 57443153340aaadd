"""Which brand is shown to whom: an organization's own, else that of the nearest one above it, else none, and the house's."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.urls import reverse

from organizations.colours import shades_of
from organizations.models import Organization, User

_STYLES = """\
@layer tokens {{
  :root {{
    --brand-color: light-dark({shades.light}, {shades.dark});
    --brand-on-color: light-dark({shades.on_light}, {shades.on_dark});
    --brand-deep: light-dark({shades.deep}, {shades.deep_at_night});
  }}
}}
"""


class BrandOf(models.Func):
    """The brand shown for the organization whose id stands at a path: a value that ShownBrand.read takes, or NULL.

    A part of whatever statement reads the row, so that no page pays a query for its brand.
    """

    # A hundred steps: should there ever be a cycle, the walk ends.
    template = (
        "(WITH RECURSIVE line (id, parent_id, name, steps) AS ("
        "SELECT lowest.id, lowest.parent_id, lowest.name, 0"
        " FROM organizations_organization lowest WHERE lowest.id = %(expressions)s UNION ALL "
        "SELECT above.id, above.parent_id, above.name, steps + 1"
        " FROM organizations_organization above JOIN line ON above.id = line.parent_id WHERE steps < 100) "
        "SELECT jsonb_build_object('organization_id', line.id, 'name', coalesce(nullif(shown.name, ''), line.name),"
        " 'logo', shown.logo, 'colour', shown.colour) "
        "FROM line JOIN organizations_brand shown ON shown.organization_id = line.id ORDER BY steps LIMIT 1)"
    )
    output_field = models.JSONField()


@dataclass(frozen=True)
class ShownBrand:
    """A brand as pages and letters show it; logo and colour may be empty."""

    organization_id: int
    name: str
    logo: str
    colour: str

    @classmethod
    def read(cls, found: dict[str, Any] | None) -> "ShownBrand | None":
        """Of what BrandOf has found."""
        return None if found is None else cls(**found)

    @property
    def initial(self) -> str:
        """What stands where a logo would."""
        return self.name[:1].upper()

    @property
    def logo_path(self) -> str:
        """Where pages of ours load the logo; empty without one."""
        return default_storage.url(self.logo) if self.logo else ""

    @property
    def logo_address(self) -> str:
        """The same for letters."""
        return f"{settings.PUBLIC_URL}{self.logo_path}" if self.logo else ""

    @property
    def styles(self) -> str:
        """Where the sheet with the colour stands; empty without one. Another colour has another address."""
        return styles_address(self.colour) if self.colour else ""

    @property
    def deep(self) -> str:
        """What a browser's frame is coloured with; empty without a colour."""
        return shades_of(self.colour).deep if self.colour else ""


def brand_of(organization: Organization) -> ShownBrand | None:
    """The brand that is shown for the organization. One query."""
    return _asked(organization.pk)


def shown_to(user: User) -> ShownBrand | None:
    """The brand of the person's organization. No query, where the account was read for a request (NameOrEmailBackend)."""
    found = getattr(user, "brand_found", ...)
    return _asked(user.organization_id) if found is ... else ShownBrand.read(found)


def _asked(organization_id: int) -> ShownBrand | None:
    rows = Organization.objects.filter(pk=organization_id)
    return ShownBrand.read(rows.values_list(BrandOf("pk"), flat=True).get())


@lru_cache(maxsize=256)
def styles_of(colour: str) -> str:
    """The sheet that puts a colour in the place of the house's; of what else there is in it, see static/css/tokens.css."""
    return _STYLES.format(shades=shades_of(colour))


@lru_cache(maxsize=256)
def digest_of(colour: str) -> str:
    """Tells one content of the sheet from another, also where a release changes it."""
    return hashlib.sha256(styles_of(colour).encode()).hexdigest()[:12]


@lru_cache(maxsize=256)
def styles_address(colour: str) -> str:
    """Its path. It names the colour and no organization, so there is nothing to be guessed from it."""
    return reverse("brand_styles", args=[colour.removeprefix("#"), digest_of(colour)])
