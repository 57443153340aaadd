"""What templates ask of badges, issued or not."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models.fields.files import FieldFile

from badges.catalogue import plain_words, thumbnails
from badges.held.offering import Offer, offers_to
from badges.models import IssuedBadge
from badges.public.publishing import address_to_accept

register = template.Library()

Standing = IssuedBadge.Standing


@dataclass(frozen=True)
class Look:
    """How a badge's standing is shown everywhere: its words, an icon and a colour of its own."""

    words: str
    icon: str
    tone: str


_LOOKS = {
    Standing.ISSUED: ("paper-airplane", "info"),
    Standing.WAITING: ("clock", "wait"),
    Standing.ACCEPTED: ("check-circle", "good"),
    Standing.REJECTED: ("hand-thumb-down", "declined"),
    Standing.FAILED: ("exclamation-triangle", "bad"),
    Standing.EXPIRED: ("calendar-days", "ended"),
    Standing.REVOKED: ("no-symbol", "lost"),
}


@register.simple_tag(takes_context=True)
def look(context: dict[str, Any], issued: IssuedBadge) -> Look:
    """How to show where the badge stands to who reads the page."""
    reader = context.get("user")
    issued.is_own = reader is not None and reader.pk == issued.student_id
    return Look(issued.standing_words, *_LOOKS[issued.standing])


@register.simple_tag
def accept_address(issued: IssuedBadge) -> str:
    """See address_to_accept; for the holder's eyes alone."""
    return address_to_accept(issued)


@register.simple_tag(takes_context=True)
def undo_offers(context: dict[str, Any]) -> list[Offer]:
    """See offers_to; nothing of the batch whose own results the page shows."""
    request = context.get("request")
    shown = context["outcome"].batch.pk if context.get("outcome") else None
    return [] if request is None else [offer for offer in offers_to(request) if offer.batch_id != shown]


@register.filter
def without_marks(text: str) -> str:
    """See plain_words.without_marks; to be escaped like any other text."""
    return plain_words.without_marks(text)


@register.filter
def thumbnail(image: FieldFile, side: int) -> str:
    """The address of a stored picture in a box of so many pixels a side, which is one of thumbnails.SIDES."""
    return thumbnails.address_of(image, side)


@register.inclusion_tag("badges/_art.html")
def badge_art(badge: Any, size: str = "") -> dict[str, Any]:
    """The badge's picture, or a seal in one of six colours; `size` is "", "small" or "large". Needs words beside it."""
    return {"badge": badge, "size": size, "colour": badge.pk % 6}
