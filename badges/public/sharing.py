"""Every form in which a holder shows a badge elsewhere: links to networks, a signature, a frame for web pages, oEmbed.

Nothing of it is loaded from those networks, and no address carries anything about who opens it.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from badges.openbadges.addresses import absolute
from badges.public.publishing import PublicBadge

SIGNATURE_SIDE = 96
EMBED_WIDTH, EMBED_HEIGHT = 420, 160
# Seconds for which others may show what they have read of a badge: so long a revocation can go unseen there.
KEPT_FOR = 60


@dataclass(frozen=True)
class ShareLink:
    """A way to pass the page's address on; `way` names it where it is a page elsewhere."""

    name: str
    address: str
    way: str = ""


def linkedin_profile(badge: PublicBadge) -> str:
    """LinkedIn's form “Add to profile”, filled in."""
    issued = timezone.localtime(badge.issued_at, ZoneInfo(badge.zone))
    values: dict[str, Any] = {
        "startTask": "CERTIFICATION_NAME",
        "name": badge.name,
        "organizationName": badge.issuer,
        "issueYear": issued.year,
        "issueMonth": issued.month,
    }
    if badge.expires_at is not None:
        expires = timezone.localtime(badge.expires_at, ZoneInfo(badge.zone))
        values |= {"expirationYear": expires.year, "expirationMonth": expires.month}
    values |= {"certUrl": badge.page, "certId": badge.public_id}
    return f"https://www.linkedin.com/profile/add?{urlencode(values, quote_via=quote)}"


def line_about(badge: PublicBadge) -> str:
    """What and whose, in a line."""
    words = _("%(badge)s, a badge issued by %(issuer)s") % {"badge": badge.name, "issuer": badge.issuer}
    return " ".join(words.split())


def share_links(badge: PublicBadge) -> list[ShareLink]:
    """The networks, and e-mail."""
    words = line_about(badge)
    return [
        ShareLink("LinkedIn", _link("https://www.linkedin.com/sharing/share-offsite/", url=badge.page), "linkedin"),
        ShareLink("Facebook", _link("https://www.facebook.com/sharer/sharer.php", u=badge.page), "facebook"),
        ShareLink("X", _link("https://x.com/intent/post", text=words, url=badge.page), "x"),
        ShareLink(_("E-mail"), _link("mailto:", subject=words, body=f"{words}\r\n\r\n{badge.page}\r\n")),
    ]


def ways_elsewhere(badge: PublicBadge) -> dict[str, str]:
    """The addresses of the pages elsewhere by which a holder shares it, by their ways."""
    return {"profile": linkedin_profile(badge)} | {link.way: link.address for link in share_links(badge) if link.way}


def _link(address: str, **values: str) -> str:
    return f"{address}?{urlencode(values, quote_via=quote)}"


def signature_html(badge: PublicBadge) -> SafeString:
    """A picture that leads to the page, for the end of an e-mail."""
    return format_html(
        '<a href="{}"><img src="{}" alt="{}" width="{}" height="{}" border="0"></a>',
        badge.page,
        badge.preview.address,
        badge.name,
        *_fitted(badge.preview.width, badge.preview.height),
    )


def signature_text(badge: PublicBadge) -> str:
    """The same without pictures."""
    return f"{badge.name} · {badge.issuer}\n{badge.page}"


def _fitted(width: int, height: int) -> tuple[int, int]:
    scale = SIGNATURE_SIDE / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def embed_html(badge: PublicBadge, *, width: int = EMBED_WIDTH, height: int = EMBED_HEIGHT) -> SafeString:
    """A frame with the badge, for the source of a web page."""
    return format_html(
        '<iframe src="{}" width="{}" height="{}" title="{}" loading="lazy" style="border:0;max-width:100%"></iframe>',
        badge.embed,
        width,
        height,
        badge.name,
    )


def oembed_address(badge: PublicBadge) -> str:
    """Where `oembed` of the badge's page is asked for."""
    return _link(absolute(reverse("badges:oembed")), url=badge.page, format="json")


def oembed(badge: PublicBadge, *, max_width: int | None, max_height: int | None) -> dict[str, object]:
    """The answer to an oEmbed request, within the limits it names (oEmbed 1.0, type rich)."""
    width = min(EMBED_WIDTH, max_width or EMBED_WIDTH)
    height = min(EMBED_HEIGHT, max_height or EMBED_HEIGHT)
    answer: dict[str, object] = {
        "version": "1.0",
        "type": "rich",
        "title": badge.name,
        "author_name": badge.issuer,
        "provider_name": settings.SITE_NAME,
        "provider_url": absolute("/"),
        "cache_age": KEPT_FOR,
        "html": embed_html(badge, width=width, height=height),
        "width": width,
        "height": height,
    }
    if badge.issuer_website:
        answer["author_url"] = badge.issuer_website
    if badge.preview.width <= width and badge.preview.height <= height:
        answer |= {
            "thumbnail_url": badge.preview.address,
            "thumbnail_width": badge.preview.width,
            "thumbnail_height": badge.preview.height,
        }
    return answer
