"""Signs an issued badge: makes its Open Badges 3.0 credential, in both forms, and keeps it exactly as handed out."""

import hashlib
import json
import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.db import IntegrityError, transaction
from django.utils import timezone

from badges.models import BadgeProvider, Credential, IssuedBadge, StatusList
from badges.openbadges import addresses, issuers, keys, proofs, status_lists, vc_jwt
from badges.openbadges.contexts import CREDENTIALS, EXTENSIONS, OPEN_BADGES
from badges.openbadges.proofs import Document
from badges.openbadges.provenance import evidence_of
from badges.openbadges.timestamps import utc
from badges.secrets import UnreadableSecretError

SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"

# A list is left for the next once it is half full, so that each throw but the first has even chances at worst.
_MOST_THROWS = 64


class NoPlaceError(Exception):
    """Every place that was thrown was taken: chance alone does not do that."""


def sign(
    issued: IssuedBadge, *, at: datetime | None = None, throw: Callable[[], int] = status_lists.some_place
) -> Credential:
    """The badge's credential, made now or before. `throw` gives a place in the status list by chance.

    Safe to repeat and to race: the database keeps one for each badge and gives each its own bit, and those who come
    second gets the first one's. Raises badges.secrets.UnreadableSecretError when the issuer's key cannot be read.
    """
    stored = _stored(issued)
    if stored is not None:
        return stored
    listed, hands = status_lists.open_list(issued.provider), _hands(issued.provider)
    for _attempt in range(_MOST_THROWS):
        made = _make(issued, listed, throw(), hands, at=at or timezone.now())
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            stored = _stored(issued)
            if stored is not None:
                return stored
            listed = status_lists.next_list(listed)
        else:
            return made
    raise NoPlaceError(issued.pk)


def sign_together(badges: Sequence[IssuedBadge], *, at: datetime | None = None) -> None:
    """Sign badges of one provider that have no credential yet, all in a few statements.

    Safe to repeat and to race: whatever badge or place somebody else took meanwhile is left out, for `sign` to see to.
    Raises badges.secrets.UnreadableSecretError when the issuer's key cannot be read.
    """
    signed = set(Credential.objects.filter(issued_badge__in=badges).values_list("issued_badge_id", flat=True))
    left = [issued for issued in badges if issued.pk not in signed]
    if not left:
        return
    provider = left[0].provider
    listed, hands = status_lists.open_list(provider), _hands(provider)
    made = [_make(issued, listed, status_lists.some_place(), hands, at=at or timezone.now()) for issued in left]
    Credential.objects.bulk_create(made, ignore_conflicts=True)


def sign_again(issued: IssuedBadge, *, at: datetime | None = None) -> Credential:
    """The badge's credential after a change of what it says, such as a name: same ids and bit, new proofs.

    The badge is read again under a lock, so that of two changes at once the later one is what is signed.
    """
    at = at or timezone.now()
    sign(issued, at=at)
    with transaction.atomic():
        # Locked by a statement of its own: one that waits for a lock goes on with what its joins had read before.
        Credential.objects.select_for_update(no_key=True).only("pk").get(issued_badge=issued)
        credential = Credential.objects.select_related(
            "status_list__provider", "issued_badge__badge", "issued_badge__student", "issued_badge__provider"
        ).get(issued_badge=issued)
        hands = _hands(credential.issued_badge.provider)
        holder = json.loads(credential.document)["credentialSubject"]["id"]
        made = _make(
            credential.issued_badge, credential.status_list, credential.status_index, hands, at=at, holder=holder
        )
        credential.document, credential.token, credential.signed_at = made.document, made.token, made.signed_at
        credential.save(update_fields=["document", "token", "signed_at"])
    return credential


def up_to_date(credential: Credential) -> Credential:
    """The credential as it may be handed out: signed again first if it names its holder otherwise than is right now.

    The name may have changed, or the consent to show it: the next request for the credential triggers this, so that
    nothing else has to remember it. Badge and student are to be at hand. Raises badges.secrets.UnreadableSecretError
    when a name stands in it that must no longer be shown and the issuer's key cannot be read; one without a name
    is handed out as it is.
    """
    told = _told_name(credential)
    if told == credential.issued_badge.public_name:
        return credential
    try:
        return sign_again(credential.issued_badge)
    except UnreadableSecretError:
        if told:
            raise
        return credential


def _stored(issued: IssuedBadge) -> Credential | None:
    return Credential.objects.select_related("status_list__provider").filter(issued_badge=issued).first()


@dataclass(frozen=True)
class _Hands:
    """What an issuer signs with now, opened, and what names each key."""

    ed25519: Ed25519PrivateKey
    method: str
    rsa: RSAPrivateKey
    address: str


def _hands(provider: BadgeProvider) -> _Hands:
    signing = keys.in_use(provider)
    return _Hands(
        keys.private_ed25519(signing.ed25519),
        addresses.verification_method(signing.ed25519),
        keys.private_rsa(signing.rsa),
        addresses.key(signing.rsa),
    )


def _make(
    issued: IssuedBadge, listed: StatusList, place: int, hands: _Hands, *, at: datetime, holder: str = ""
) -> Credential:
    """The row, not saved yet."""
    document = describe(issued, status=status_lists.entry(listed, place), holder=holder)
    proven = proofs.sign(document, key=hands.ed25519, method=hands.method, at=at)
    token = vc_jwt.sign(document, key=hands.rsa, key_address=hands.address)
    return Credential(
        issued_badge=issued,
        status_list=listed,
        status_index=place,
        document=json.dumps(proven, ensure_ascii=False),
        token=token,
        signed_at=at,
    )


def describe(issued: IssuedBadge, *, status: Document, holder: str = "") -> Document:
    """What is signed; of a `holder` whom an earlier signature named. No member is null or empty, by the specification."""
    document: Document = {
        "@context": [CREDENTIALS, OPEN_BADGES, EXTENSIONS],
        "id": addresses.credential(issued),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": issued.badge.name,
        "issuer": issuers.profile(issued.provider),
        "validFrom": utc(issued.issued_at),
        "awardedDate": utc(issued.issued_at),
        "credentialSubject": {
            "id": holder or holder_of(issued),
            "type": ["AchievementSubject"],
            "identifier": list(_identifiers(issued)),
            "achievement": issuers.achievement(issued.badge),
        },
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": status,
    }
    if issued.expires_at:
        document["validUntil"] = utc(issued.expires_at)
    if evidence := evidence_of(issued):
        document["evidence"] = [{"type": ["Evidence"], **one} for one in evidence]
    return document


def holder_of(issued: IssuedBadge) -> str:
    """The id of the holder in one badge and no other: badges of one person must not lead to each other."""
    return uuid.uuid5(issued.public_id, "holder").urn


def _identifiers(issued: IssuedBadge) -> Iterator[Document]:
    """Identifies the holder by a salted hash of the address, and by name only with consent.

    Salted, because addresses are easily guessed: the same address gives another hash in each credential.
    """
    salt = secrets.token_hex(16)
    digest = hashlib.sha256(f"{issued.recipient_email.lower()}{salt}".encode()).hexdigest()
    yield {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": f"sha256${digest}",
        "identityType": "emailAddress",
        "salt": salt,
    }
    name = issued.public_name
    if name:
        yield {"type": "IdentityObject", "hashed": False, "identityHash": name, "identityType": "name"}


def _told_name(credential: Credential) -> str:
    """The name that a signed document tells; empty when it tells none."""
    identifiers = json.loads(credential.document)["credentialSubject"]["identifier"]
    return next((one["identityHash"] for one in identifiers if one["identityType"] == "name"), "")
