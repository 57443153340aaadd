"""What templates ask of an issued badge."""

from django import template

from badges.models import IssuedBadge
from badges.publishing import address_to_accept

register = template.Library()


@register.simple_tag
def accept_address(issued: IssuedBadge) -> str:
    """See address_to_accept; for the holder's eyes alone."""
    return address_to_accept(issued)
