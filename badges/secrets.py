"""Keeps provider secrets encrypted at rest and out of reports; knows the keys and nothing else."""

import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.views.decorators.debug import sensitive_variables


class DiscreetText(str):
    """A text that a traceback's variables do not show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'"


class UnreadableSecretError(Exception):
    """A stored secret was encrypted with a key that ENCRYPTION_KEYS no longer holds."""


class UnusableKeyError(Exception):
    """ENCRYPTION_KEYS holds something that is no key; which one, by its place, and nothing of what it is."""


@sensitive_variables()
def _fernet() -> MultiFernet:
    return MultiFernet([_key(place) for place in range(len(settings.ENCRYPTION_KEYS))])


@sensitive_variables()
def _key(place: int) -> Fernet:
    """From None, so that no report shows the frames below, which hold the key in clear."""
    try:
        return Fernet(settings.ENCRYPTION_KEYS[place])
    except ValueError:
        raise UnusableKeyError(f"Number {place + 1} of ENCRYPTION_KEYS is no Fernet key.") from None


@sensitive_variables()
def keys_digest() -> str:
    """Tells one list of ENCRYPTION_KEYS from another, and nothing of what is in it."""
    return hashlib.sha256(",".join(settings.ENCRYPTION_KEYS).encode()).hexdigest()


@sensitive_variables("text")
def encrypt(text: str) -> str:
    """The text encrypted with the newest key; an empty text stays empty."""
    return _fernet().encrypt(text.encode()).decode() if text else ""


@sensitive_variables()
def decrypt(stored: str) -> str:
    """The text again, whichever of the keys encrypted it. Raises UnreadableSecretError."""
    if not stored:
        return ""
    try:
        return _fernet().decrypt(stored.encode()).decode()
    except InvalidToken:
        raise UnreadableSecretError from None


@sensitive_variables()
def is_of_the_newest_key(stored: str) -> bool:
    """Whether nothing but the first of ENCRYPTION_KEYS is needed to read it."""
    try:
        _key(0).decrypt(stored.encode())
    except InvalidToken:
        return False
    return True


@sensitive_variables()
def encrypt_anew(stored: str) -> str:
    """The same secret, encrypted with the newest key. Raises UnreadableSecretError."""
    return encrypt(decrypt(stored))


class SecretField(models.TextField):  # type: ignore[type-arg]
    """A column that holds an encrypted text; Python sees the encrypted form, `decrypt` gives the secret.

    Reading a row, printing it or serialising it therefore never shows the secret by accident.
    """

    def formfield(self, *args: Any, **kwargs: Any) -> None:
        """None: no form may show or take the stored form; forms have a write-only field of their own."""
