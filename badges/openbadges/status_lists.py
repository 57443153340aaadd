"""Published bits that say which credentials are revoked (W3C, Bitstring Status List 1.0), and who has which bit."""

import base64
import gzip
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone

from badges.models import BadgeProvider, Credential, StatusList
from badges.openbadges import addresses, keys, proofs
from badges.openbadges.contexts import CREDENTIALS
from badges.openbadges.proofs import Document
from badges.openbadges.timestamps import utc

# The least that the standard allows: in a shorter list an index would say more about its holder.
LENGTH = 131_072
# How long a revocation may take to show in the published list, in seconds.
KEPT_FOR = 30
REVOCATION = "revocation"


def open_list(provider: BadgeProvider) -> StatusList:
    """The list that gives out places now; the first one is made when it is needed."""
    newest = provider.status_lists.order_by("-number").first()
    return newest or provider.status_lists.get_or_create(number=1)[0]


def some_place() -> int:
    """An index by chance: a sequence would tell who was issued after whom. It may be taken already."""
    return secrets.randbelow(LENGTH)


def next_list(crowded: StatusList) -> StatusList:
    """What to take after `crowded` had the thrown place taken: itself, or the next once it is half full.

    Asking only then is asking in time: the fuller the list, the likelier a throw meets a taken place.
    """
    if crowded.credentials.count() * 2 < LENGTH:
        return crowded
    return crowded.provider.status_lists.get_or_create(number=crowded.number + 1)[0]


def entry(listed: StatusList, index: int) -> Document:
    """What a credential says about where its bit stands."""
    address = addresses.status_list(listed)
    return {
        "id": f"{address}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": REVOCATION,
        "statusListIndex": str(index),
        "statusListCredential": address,
    }


def is_revoked(listed: StatusList, index: int) -> bool:
    """The bit as it would be published now."""
    return Credential.objects.filter(
        status_list=listed, status_index=index, issued_badge__revoked_at__isnull=False
    ).exists()


def published(listed: StatusList) -> Document:
    """The signed list, made anew when the last one is older than KEPT_FOR seconds."""
    key = f"badges.status_list.{listed.pk}"
    document: Document | None = cache.get(key)
    if document is None:
        document = sign(listed, at=timezone.now())
        cache.set(key, document, KEPT_FOR)
    return document


def sign(listed: StatusList, *, at: datetime) -> Document:
    """The list as it is now, with its proof. The bits are those of the rows: nothing else has to be kept in step."""
    method = keys.in_use(listed.provider).ed25519
    revoked = listed.credentials.filter(issued_badge__revoked_at__isnull=False)
    address = addresses.status_list(listed)
    document: Document = {
        "@context": [CREDENTIALS],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": addresses.did(listed.provider),
        "validFrom": utc(at),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": REVOCATION,
            "encodedList": encode(revoked.values_list("status_index", flat=True)),
            "ttl": KEPT_FOR * 1000,
        },
    }
    private = keys.private_ed25519(method)
    return proofs.sign(document, key=private, method=addresses.verification_method(method), at=at)


def encode(indexes: Iterable[int]) -> str:
    """The bits with these set, the first one leftmost, as the standard writes them. The same bits give the same text."""
    bits = bytearray(LENGTH // 8)
    for index in indexes:
        bits[index // 8] |= 0x80 >> index % 8
    return "u" + base64.urlsafe_b64encode(gzip.compress(bits, mtime=0)).decode().rstrip("=")
