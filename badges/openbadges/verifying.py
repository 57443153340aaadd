"""Checks a credential of this site again, as a verifier outside would: signature, status list, dates."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from badges.models import BadgeProvider, IssuerKey
from badges.openbadges import addresses, keys, proofs, status_lists, vc_jwt
from badges.openbadges.proofs import Document


@dataclass(frozen=True)
class Verification:
    """What a check found. `is_current`: signed, begun, not revoked and not expired. `sentences` say each of it."""

    is_signed: bool
    is_revoked: bool = False
    is_expired: bool = False
    is_current: bool = False
    sentences: tuple[str, ...] = ()


def verify(credential_text: str, *, at: datetime) -> Verification:
    """Check a credential, JSON or token, by what was handed out and not by what the database says of the badge.

    Only the keys and the published bits are looked up, those of the issuer that the text itself names. Raises nothing
    for a text of whatever shape.
    """
    provider, document = _checked(credential_text.strip())
    if provider is None:
        return Verification(is_signed=False, sentences=(_("No issuer of this site is named in the credential."),))
    if document is None:
        sentence = _("The signature is invalid: the credential was changed, or this issuer never signed it.")
        return Verification(is_signed=False, sentences=(sentence,))
    is_revoked = _is_revoked(provider, document)
    has_begun = _moment(document["validFrom"]) <= at
    is_expired = "validUntil" in document and _moment(document["validUntil"]) <= at
    return Verification(
        is_signed=True,
        is_revoked=is_revoked,
        is_expired=is_expired,
        is_current=has_begun and not is_revoked and not is_expired,
        sentences=tuple(_sentences(provider, is_revoked=is_revoked, is_expired=is_expired, has_begun=has_begun)),
    )


def _checked(text: str) -> tuple[BadgeProvider | None, Document | None]:
    """The issuer, if it is one of ours; and the document, if the issuer signed it."""
    if not text.startswith("{"):
        return _checked_token(text)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None, None
    provider = _provider(_member(document, "issuer", "id"))
    if provider is None:
        return None, None
    method = _member(document, "proof", "verificationMethod")
    for key in provider.keys.filter(kind=IssuerKey.Kind.ED25519):
        if addresses.verification_method(key) == method:
            return provider, document if _is_signed(text, key.public_key) else None
    return provider, None


# Costly, and open to the public. Kept forever: what a key says to a text never changes. Which keys
# the issuer lists, what is revoked and what day it is are asked each time.
@lru_cache(maxsize=512)
def _is_signed(text: str, public_key: str) -> bool:
    return proofs.is_signed(json.loads(text), key=keys.read_ed25519(public_key))


def _checked_token(text: str) -> tuple[BadgeProvider | None, Document | None]:
    address = vc_jwt.key_address_of(text)
    named = IssuerKey.objects.filter(kind=IssuerKey.Kind.RSA, pk__in=_last_number(address))
    for key in named.select_related("provider"):
        if addresses.key(key) == address:
            claims = vc_jwt.claims_of(text, key=keys.public_rsa(key))
            is_own = claims is not None and claims.get("iss") == addresses.did(key.provider)
            return key.provider, claims if is_own else None
    return None, None


def _provider(issuer_id: str) -> BadgeProvider | None:
    public_id = addresses.provider_of(issuer_id)
    return None if public_id is None else BadgeProvider.objects.filter(public_id=public_id).first()


def _is_revoked(provider: BadgeProvider, document: Document) -> bool:
    status = document["credentialStatus"]
    for listed in provider.status_lists.all():
        if addresses.status_list(listed) == status["statusListCredential"]:
            return status_lists.is_revoked(listed, int(status["statusListIndex"]))
    return False


def _sentences(provider: BadgeProvider, *, is_revoked: bool, is_expired: bool, has_begun: bool) -> Iterator[str]:
    yield _("Signed by %(issuer)s, and unchanged since.") % {"issuer": provider.name}
    yield _("It was revoked.") if is_revoked else _("It is not revoked.")
    if is_expired:
        yield _("It has expired.")
    elif not has_begun:
        yield _("It is not valid yet.")
    else:
        yield _("It is valid today.")


def _member(document: Any, *names: str) -> str:
    """A text inside a document of unknown shape; empty when it is not there."""
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, str) else ""


def _last_number(address: str) -> list[int]:
    last = address.rstrip("/").rpartition("/")[2]
    return [int(last)] if last.isascii() and last.isdecimal() and len(last) < 19 else []


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written)
