"""Where the public documents of the built-in issuer stand: absolute addresses, from PUBLIC_URL, and the did:web."""

import uuid
from functools import lru_cache
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.urls import reverse

from badges.models import Badge, BadgeProvider, IssuedBadge, IssuerKey, StatusList

DID_DOCUMENT = "/did.json"


def absolute(path: str) -> str:
    """The address under which people outside reach a path of ours."""
    return f"{settings.PUBLIC_URL}{path}"


def badge_page(issued: IssuedBadge) -> str:
    """For people."""
    return _of(issued, "badge_page")


def credential(issued: IssuedBadge) -> str:
    """The JSON-LD form, and the credential's own id."""
    return _of(issued, "credential")


def token(issued: IssuedBadge) -> str:
    """The VC-JWT form."""
    return _of(issued, "token")


def baked_png(issued: IssuedBadge) -> str:
    """A PNG that carries the credential."""
    return _of(issued, "baked_png")


def baked_svg(issued: IssuedBadge) -> str:
    """An SVG that carries the credential."""
    return _of(issued, "baked_svg")


def achievement(badge: Badge) -> str:
    """What all credentials of a badge are for, and its id."""
    return absolute(_path("achievement", badge.public_id))


def issuer(provider: BadgeProvider) -> str:
    """The issuer's profile."""
    return absolute(_path("issuer", provider.public_id))


def did_document(provider: BadgeProvider) -> str:
    """The document that lists the issuer's keys."""
    return absolute(_path("did", provider.public_id))


def did(provider: BadgeProvider) -> str:
    """The issuer's id: `did:web`, which anybody resolves to `did_document`. The host's port is escaped, "/" becomes ":"."""
    address = urlsplit(did_document(provider))
    path = address.path.removesuffix(DID_DOCUMENT).strip("/").replace("/", ":")
    return f"did:web:{quote(address.netloc, safe='')}:{path}"


def provider_of(issuer_id: str) -> uuid.UUID | None:
    """Which of our providers a `did` names; None when it is none of this site."""
    try:
        public_id = uuid.UUID(issuer_id.rpartition(":")[2])
    except ValueError:
        return None
    return public_id if issuer_id == did(BadgeProvider(public_id=public_id)) else None


def status_list(listed: StatusList) -> str:
    """The signed list of bits. The list's provider is read from it."""
    return absolute(_path("status_list", listed.provider.public_id, listed.number))


def key(kept: IssuerKey) -> str:
    """One public key as a JWK. The key's provider is read from it."""
    return absolute(_path("key", kept.provider.public_id, kept.pk))


def verification_method(kept: IssuerKey) -> str:
    """What a proof names the key by: an entry of the issuer's DID document."""
    return f"{did(kept.provider)}#key-{kept.pk}"


# Each of them stands in thousands of credentials, and to put one together takes longer than the quicker of its signatures.
@lru_cache(maxsize=1024)
def _path(name: str, *arguments: object) -> str:
    return reverse(f"badges:{name}", args=arguments)


def _of(issued: IssuedBadge, name: str) -> str:
    return absolute(reverse(f"badges:{name}", args=[issued.public_id]))
