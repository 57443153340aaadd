"""The keys of a built-in issuer: made on first use, encrypted at rest, replaced by rotation, and never forgotten."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from badges.models import BadgeProvider, IssuerKey
from badges.secrets import decrypt, encrypt

RSA_BITS = 2048


@dataclass(frozen=True)
class KeysInUse:
    """What an issuer signs with now: one key of each kind."""

    ed25519: IssuerKey
    rsa: IssuerKey


def in_use(provider: BadgeProvider) -> KeysInUse:
    """The provider's keys, made now if it has none: under a lock, so that racing callers get the same ones."""
    found = _active(provider)
    if len(found) < len(IssuerKey.Kind):
        with transaction.atomic():
            _lock(provider)
            found = _active(provider)
            for kind in IssuerKey.Kind:
                if kind not in found:
                    found[kind] = _make(provider, kind, at=timezone.now())
    return KeysInUse(found[IssuerKey.Kind.ED25519], found[IssuerKey.Kind.RSA])


def rotate(provider: BadgeProvider, *, at: datetime) -> IssuerKey:
    """Sign with new keys of both kinds from now on; the new Ed25519 key. What the retired ones signed stays good."""
    with transaction.atomic():
        _lock(provider)
        provider.keys.filter(retired_at__isnull=True).update(retired_at=at)
        made = {kind: _make(provider, kind, at=at) for kind in IssuerKey.Kind}
    return made[IssuerKey.Kind.ED25519]


def listed(provider: BadgeProvider) -> list[IssuerKey]:
    """Every key the provider ever signed with, the oldest first."""
    return list(provider.keys.order_by("pk"))


def private_ed25519(key: IssuerKey) -> Ed25519PrivateKey:
    """Raises badges.secrets.UnreadableSecretError when it was encrypted with a key that is gone."""
    private = _private(key.encrypted_private_key, tuple(settings.ENCRYPTION_KEYS))
    assert isinstance(private, Ed25519PrivateKey)
    return private


def private_rsa(key: IssuerKey) -> RSAPrivateKey:
    """Raises badges.secrets.UnreadableSecretError when it was encrypted with a key that is gone."""
    private = _private(key.encrypted_private_key, tuple(settings.ENCRYPTION_KEYS))
    assert isinstance(private, RSAPrivateKey)
    return private


def public_ed25519(key: IssuerKey) -> Ed25519PublicKey:
    """What checks its proofs."""
    public = serialization.load_pem_public_key(key.public_key.encode())
    assert isinstance(public, Ed25519PublicKey)
    return public


def public_rsa(key: IssuerKey) -> RSAPublicKey:
    """What checks its tokens."""
    public = serialization.load_pem_public_key(key.public_key.encode())
    assert isinstance(public, RSAPublicKey)
    return public


# Opening an RSA key takes longer than signing with it. Kept under all that it was opened from, so that a key which was
# replaced, or cannot be read any more, is not found.
@lru_cache(maxsize=64)
def _private(stored: str, _encryption_keys: tuple[str, ...]) -> Ed25519PrivateKey | RSAPrivateKey:
    private = serialization.load_pem_private_key(decrypt(stored).encode(), password=None)
    assert isinstance(private, Ed25519PrivateKey | RSAPrivateKey)
    return private


def _active(provider: BadgeProvider) -> dict[str, IssuerKey]:
    return {key.kind: key for key in provider.keys.filter(retired_at__isnull=True)}


def _lock(provider: BadgeProvider) -> None:
    BadgeProvider.objects.select_for_update(no_key=True).only("pk").get(pk=provider.pk)


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


def _public_pem(private: Ed25519PrivateKey | RSAPrivateKey) -> str:
    encoding, shape = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(encoding, shape).decode()


def _private_pem(private: Ed25519PrivateKey | RSAPrivateKey) -> str:
    encoding, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return private.private_bytes(encoding, shape, serialization.NoEncryption()).decode()
