"""What the world is told of an issued badge, whoever asks: the one place that decides what pages tell."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.images import get_image_dimensions
from django.db.models import FETCH_RAISE, Exists, OuterRef
from django.templatetags.static import static
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.catalogue import thumbnails
from badges.catalogue.rendering import UndrawableError, drawn
from badges.models import Badge, Credential, IssuedBadge, IssuedBadgeQuerySet
from badges.models.skills import Skill
from badges.openbadges import addresses
from badges.openbadges.provenance import provenance
from operation.web_addresses import web_address
from organizations.brands import BrandOf, ShownBrand

SUMMARY_LENGTH = 300
GIVEN_UP = (IssuedBadge.Delivery.FAILED, IssuedBadge.Delivery.CANCELLED)
# For a badge without a picture. By its plain name: an address in somebody's e-mail signature must outlive releases.
SEAL = "img/seal.png"
SEAL_SIDE = 512
SMALL_SEAL = "img/seal-small.webp"


class BadgeState(StrEnum):
    """What the badge is worth now."""

    PREPARED = "prepared"
    UNSIGNED = "unsigned"
    TO_COME = "to_come"
    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"


# In words, and the colour of its pill.
_SHOWN: dict[BadgeState, tuple[Any, str]] = {
    BadgeState.PREPARED: (gettext_lazy("Being prepared"), "wait"),
    BadgeState.UNSIGNED: (gettext_lazy("Not signed"), "bad"),
    BadgeState.TO_COME: (gettext_lazy("Not valid yet"), "wait"),
    BadgeState.VALID: (gettext_lazy("Valid"), "good"),
    BadgeState.EXPIRED: (gettext_lazy("Expired"), "wait"),
    BadgeState.REVOKED: (gettext_lazy("Revoked"), "bad"),
}


@dataclass(frozen=True)
class Picture:
    """A picture of the badge: its path here, its size in pixels, and the path of one for where it is small."""

    path: str
    width: int
    height: int
    small: str

    @property
    def address(self) -> str:
        """For readers outside."""
        return addresses.absolute(self.path)


@dataclass(frozen=True, kw_only=True)
class PublicBadge:
    """An issued badge as everybody may see it; its days are those of `zone`, the holder's, wherever they are shown.

    `holder` is empty without consent, and for an account without a name: a user name stays private. `issuer_page` is a path,
    empty where the issuer is somebody else's.
    """

    public_id: UUID
    name: str
    description: str
    criteria: str
    skills: tuple[Skill, ...]
    provenance: str
    note: str
    link: str
    issuer: str
    issuer_website: str
    issuer_page: str
    holder: str
    issued_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    zone: str
    state: BadgeState
    is_signed: bool
    is_listed: bool
    picture: Picture
    preview: Picture
    page: str
    embed: str
    brand: ShownBrand | None

    @property
    def is_valid(self) -> bool:
        """Signed and begun, and neither revoked nor expired."""
        return self.state == BadgeState.VALID

    @property
    def state_words(self) -> str:
        """The state in words."""
        return str(_SHOWN[self.state][0])

    @property
    def state_tone(self) -> str:
        """The class of the pill that says it."""
        return _SHOWN[self.state][1]

    @property
    def summary(self) -> str:
        """One line for previews."""
        words = " ".join((self.description or self.criteria).split())
        if not words:
            words = _("A digital badge issued by %(issuer)s.") % {"issuer": self.issuer}
        return Truncator(words).chars(SUMMARY_LENGTH)


def published() -> IssuedBadgeQuerySet:
    """Every issued badge that cannot be undone any more, with what its public page needs: `is_signed` says whether its
    credential exists, `brand_found` which brand its organization shows.
    """
    credential = Credential.objects.filter(issued_badge=OuterRef("pk"))
    rows = IssuedBadge.objects.beyond_undo().select_related("badge__organization", "provider", "student__organization")
    brand = BrandOf("badge__organization_id")
    return rows.annotate(is_signed=Exists(credential), brand_found=brand).fetch_mode(FETCH_RAISE)


def publish(issued: IssuedBadge, *, at: datetime) -> PublicBadge:
    """What everybody may know of a row of `published` at this moment. No query; reads the picture's size."""
    badge, provider = issued.badge, issued.provider
    return PublicBadge(
        public_id=issued.public_id,
        name=badge.name,
        description=badge.description,
        criteria=badge.criteria,
        skills=badge.certified_skills,
        provenance=provenance(issued),
        note=issued.note,
        link=web_address(issued.link),
        issuer=provider.name,
        issuer_website=web_address(provider.website),
        issuer_page=reverse("badges:issuer", args=[provider.public_id]) if provider.is_built_in else "",
        holder=issued.public_name,
        issued_at=issued.issued_at,
        expires_at=issued.expires_at,
        revoked_at=issued.revoked_at,
        zone=issued.student.organization.time_zone,
        state=state_of(issued, at=at),
        is_signed=issued.is_signed,  # type: ignore[attr-defined]  # annotated
        is_listed=issued.is_listed,
        picture=picture_of(badge),
        preview=preview_of(badge),
        page=addresses.badge_page(issued),
        embed=addresses.absolute(reverse("badges:embed", args=[issued.public_id])),
        brand=ShownBrand.read(issued.brand_found),  # type: ignore[attr-defined]  # annotated
    )


def state_of(issued: IssuedBadge, *, at: datetime) -> BadgeState:
    """Revoked for good, or expired, or to come, or valid; of a row of `published`.

    A badge of ours is worth nothing until it is signed: it is being prepared or, where delivery has given up, waits for
    a person.
    """
    if issued.revoked_at is not None:
        return BadgeState.REVOKED
    if issued.expires_at is not None and issued.expires_at <= at:
        return BadgeState.EXPIRED
    if not issued.is_signed and issued.provider.is_built_in:  # type: ignore[attr-defined]  # annotated
        return BadgeState.UNSIGNED if issued.delivery in GIVEN_UP else BadgeState.PREPARED
    return BadgeState.TO_COME if _begins(issued) > at else BadgeState.VALID


def _begins(issued: IssuedBadge) -> datetime:
    """As its credential says, which knows whole seconds."""
    return issued.issued_at.replace(microsecond=0)


def picture_of(badge: Badge) -> Picture:
    """The badge's picture for a page; a seal where it has none, or where its file is gone or no picture."""
    if badge.has_drawing:
        return Picture(badge.image.url, SEAL_SIDE, SEAL_SIDE, _small(badge))
    return preview_of(badge)


def preview_of(badge: Badge) -> Picture:
    """The same for mail programs and networks, none of which shows SVG: made of pixels."""
    seal = Picture(f"{settings.STATIC_URL}{SEAL}", SEAL_SIDE, SEAL_SIDE, static(SMALL_SEAL))
    if not badge.image:
        return seal
    storage, name = badge.image.storage, str(badge.image)
    try:
        if badge.has_drawing:
            name = drawn(storage, name)
        with storage.open(name) as stored:
            width, height = get_image_dimensions(stored)
    except (OSError, UndrawableError):
        return seal
    return Picture(storage.url(name), width, height, _small(badge)) if width and height else seal


def _small(badge: Badge) -> str:
    """At most 112 pixels wide in a frame, on screens that have two for one."""
    return thumbnails.address_of(badge.image, 192)


def address_to_accept(issued: IssuedBadge) -> str:
    """Where the holder, and nobody else, accepts a badge that waits at its provider; empty when none waits."""
    return web_address(issued.accept_url) if issued.status == IssuedBadge.Status.PENDING else ""
