"""Keeps provider secrets encrypted at rest; knows the keys and nothing else."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.views.decorators.debug import sensitive_variables


class UnreadableSecretError(Exception):
    """A stored secret was encrypted with a key that ENCRYPTION_KEYS no longer holds."""


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


@sensitive_variables("text")
def encrypt(text: str) -> str:
    """The text encrypted with the newest key; an empty text stays empty."""
    return _fernet().encrypt(text.encode()).decode() if text else ""


def decrypt(stored: str) -> str:
    """The text again, whichever of the keys encrypted it. Raises UnreadableSecretError."""
    if not stored:
        return ""
    try:
        return _fernet().decrypt(stored.encode()).decode()
    except InvalidToken:
        raise UnreadableSecretError from None


class SecretField(models.TextField):  # type: ignore[type-arg]
    """A column that holds an encrypted text; Python sees the encrypted form, `decrypt` gives the secret.

    Reading a row, printing it or serialising it therefore never shows the secret by accident.
    """

    def formfield(self, *args: Any, **kwargs: Any) -> None:
        """None: no form may show or take the stored form; forms have a write-only field of their own."""
