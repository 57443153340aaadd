"""Where an issued badge can be looked at outside the lists: our public page, or its provider's."""

from django.urls import reverse

from badges.models import IssuedBadge
from badges.openbadges import addresses
from operation.web_addresses import web_address


def details_address(issued: IssuedBadge) -> str:
    """The absolute address of the page that says who awarded the badge and on what, for those who may see it."""
    return addresses.absolute(reverse("badges:issued_badge", args=[issued.pk]))


def public_address(issued: IssuedBadge) -> str:
    """The absolute address of the page for everybody; empty while there is none. The provider is to be at hand."""
    if issued.provider.is_built_in:
        return addresses.badge_page(issued) if issued.delivered_at is not None else ""
    return web_address(issued.public_url)
