"""The keys of a built-in issuer: made on first use, encrypted at rest, replaced by rotation, and never forgotten."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from badges.models import BadgeProvider, IssuerKey
from badges.secrets import UnreadableSecretError, decrypt, encrypt, keys_digest

RSA_BITS = 2048
# How long others may keep the document that lists the keys, in seconds.
KEPT_FOR = 60
# How long new keys are listed before they sign: by then every cached document has them.
ANNOUNCED = timedelta(seconds=2 * KEPT_FOR)


@dataclass(frozen=True)
class KeysInUse:
    """What an issuer signs with now: one key of each kind."""

    ed25519: IssuerKey
    rsa: IssuerKey


def in_use(provider: BadgeProvider, *, at: datetime | None = None) -> KeysInUse:
    """The provider's keys, made now if it has none: under a lock, so that racing callers get the same ones."""
    at = at or timezone.now()
    found = _signing(provider, at=at)
    if len(found) < len(IssuerKey.Kind):
        with transaction.atomic():
            _lock(provider)
            found = _signing(provider, at=at)
            for kind in IssuerKey.Kind:
                if kind not in found:
                    found[kind] = _make(provider, kind, at=at)
    return KeysInUse(found[IssuerKey.Kind.ED25519], found[IssuerKey.Kind.RSA])


def rotate(provider: BadgeProvider, *, at: datetime) -> IssuerKey:
    """Make new keys of both kinds, list them, and sign with them once they are ANNOUNCED; the new Ed25519 key.

    What the retired ones signed stays good. Keys that can no longer be read retire at once: nothing else signs.
    """
    with transaction.atomic():
        _lock(provider)
        if all(_is_readable(key) for key in _signing(provider, at=at).values()):
            provider.keys.filter(retired_at__isnull=True).update(retired_at=at + ANNOUNCED)
        else:
            _not_retired(provider, at=at).update(retired_at=at)
        made = {kind: _make(provider, kind, at=at) for kind in IssuerKey.Kind}
    return made[IssuerKey.Kind.ED25519]


def listed(provider: BadgeProvider) -> list[IssuerKey]:
    """Every key the provider ever signed with, the oldest first."""
    return list(provider.keys.order_by("pk"))


@sensitive_variables()
def private_ed25519(key: IssuerKey) -> Ed25519PrivateKey:
    """Raises badges.secrets.UnreadableSecretError when it was encrypted with a key that is gone."""
    private = _private(key.encrypted_private_key, keys_digest())
    assert isinstance(private, Ed25519PrivateKey)
    return private


@sensitive_variables()
def private_rsa(key: IssuerKey) -> RSAPrivateKey:
    """Raises badges.secrets.UnreadableSecretError when it was encrypted with a key that is gone."""
    private = _private(key.encrypted_private_key, keys_digest())
    assert isinstance(private, RSAPrivateKey)
    return private


def public_ed25519(key: IssuerKey) -> Ed25519PublicKey:
    """What checks its proofs."""
    return read_ed25519(key.public_key)


def read_ed25519(pem: str) -> Ed25519PublicKey:
    """A public key from its stored form."""
    public = serialization.load_pem_public_key(pem.encode())
    assert isinstance(public, Ed25519PublicKey)
    return public


def public_rsa(key: IssuerKey) -> RSAPublicKey:
    """What checks its tokens."""
    public = serialization.load_pem_public_key(key.public_key.encode())
    assert isinstance(public, RSAPublicKey)
    return public


# Opening an RSA key takes longer than signing with it. Kept under all that it was opened from, so that a key which was
# replaced, or can no longer be read, is not found; and under a digest of the encryption keys, not under these.
@lru_cache(maxsize=64)
@sensitive_variables()
def _private(stored: str, _keys_digest: str) -> Ed25519PrivateKey | RSAPrivateKey:
    private = serialization.load_pem_private_key(decrypt(stored).encode(), password=None)
    assert isinstance(private, Ed25519PrivateKey | RSAPrivateKey)
    return private


def _signing(provider: BadgeProvider, *, at: datetime) -> dict[str, IssuerKey]:
    """By kind. Of keys announced one after another, the one that retires first: the last that the dictionary is told."""
    keys = _not_retired(provider, at=at).order_by(F("retired_at").desc(nulls_first=True))
    return {key.kind: key for key in keys}


def _not_retired(provider: BadgeProvider, *, at: datetime) -> QuerySet[IssuerKey]:
    return provider.keys.filter(Q(retired_at__isnull=True) | Q(retired_at__gt=at))


def _is_readable(key: IssuerKey) -> bool:
    try:
        _private(key.encrypted_private_key, keys_digest())
    except UnreadableSecretError:
        return False
    return True


def _lock(provider: BadgeProvider) -> None:
    BadgeProvider.objects.select_for_update(no_key=True).only("pk").get(pk=provider.pk)


@sensitive_variables()
def _make(provider: BadgeProvider, kind: IssuerKey.Kind, *, at: datetime) -> IssuerKey:
    private: Ed25519PrivateKey | RSAPrivateKey
    if kind == IssuerKey.Kind.ED25519:
        private = Ed25519PrivateKey.generate()
    else:
        private = generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return IssuerKey.objects.create(
        provider=provider,
        kind=kind,
        public_key=_public_pem(private),
        encrypted_private_key=encrypt(_private_pem(private)),
        created_at=at,
    )


@sensitive_variables()
def _public_pem(private: Ed25519PrivateKey | RSAPrivateKey) -> str:
    encoding, shape = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(encoding, shape).decode()


@sensitive_variables()
def _private_pem(private: Ed25519PrivateKey | RSAPrivateKey) -> str:
    encoding, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return private.private_bytes(encoding, shape, serialization.NoEncryption()).decode()
