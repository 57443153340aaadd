"""What the world is told of the built-in issuer of an organization: who it is, and which badges it issues."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404

from badges.models import Badge, BadgeProvider, Credential
from badges.openbadges import addresses
from operation.web_addresses import web_address
from organizations.brands import BrandOf, ShownBrand

MOST_BADGES = 60


@dataclass(frozen=True, kw_only=True)
class PublicIssuer:
    """An issuer as everybody may see it; `is_more` where it issues more badges than are listed."""

    name: str
    website: str
    contact_email: str
    did: str
    did_document: str
    page: str
    brand: ShownBrand | None
    badges: Sequence[Badge]
    is_more: bool


def public_issuer(public_id: UUID, *, most: int = MOST_BADGES) -> PublicIssuer:
    """The issuer, by what is public of it already, with so many of its badges. Two queries. Raises Http404.

    Of its badges those that somebody holds a credential of, which names them to whoever has it; and of its own organization
    alone: others that may use the issuer can be customers who do not know of each other.
    """
    rows: Any = BadgeProvider.objects.annotate(brand_found=BrandOf("organization_id")).defer("encrypted_token")
    provider = get_object_or_404(rows, public_id=public_id, kind=BadgeProvider.Kind.BUILT_IN)
    held = Credential.objects.filter(issued_badge__badge=OuterRef("pk"), issued_badge__revoked_at=None)
    badges = Badge.objects.filter(Exists(held), provider=provider, organization=provider.organization_id)
    found = list(badges.order_by("name", "pk")[: most + 1])
    return PublicIssuer(
        name=provider.name,
        website=web_address(provider.website),
        contact_email=provider.contact_email,
        did=addresses.did(provider),
        did_document=addresses.did_document(provider),
        page=addresses.issuer(provider),
        brand=ShownBrand.read(provider.brand_found),
        badges=found[:most],
        is_more=len(found) > most,
    )
