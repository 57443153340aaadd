"""Encrypts every stored secret with the newest key, so that the older ones can be taken away."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models

from badges.secrets import SecretField, UnreadableSecretError, encrypt_anew, is_of_the_newest_key


@dataclass(frozen=True)
class Secret:
    """Where a secret is kept: a row and its column."""

    row: models.Model
    column: SecretField

    def __str__(self) -> str:
        meta = self.row._meta
        return f"{meta.verbose_name} {self.row.pk}: {self.column.verbose_name}"

    @property
    def stored(self) -> str:
        """The encrypted form, as it was read."""
        return str(getattr(self.row, self.column.attname))


@dataclass
class Reencrypted:
    """What became of the secrets: how many were encrypted anew, which no key here opens, and which need an old key."""

    done: int = 0
    unreadable: list[Secret] = field(default_factory=list)
    left: list[Secret] = field(default_factory=list)


def reencrypt() -> Reencrypted:
    """Encrypt with the newest key whatever is not yet. Safe to repeat, and beside everything at work.

    Row by row, and only where the row still holds what was read: a secret that is stored meanwhile wins. What
    a program with the old keys alone stores meanwhile is `left`.
    """
    outcome = Reencrypted()
    for secret in _of_older_keys():
        try:
            value = encrypt_anew(secret.stored)
        except UnreadableSecretError:
            outcome.unreadable.append(secret)
            continue
        name = secret.column.attname
        same = type(secret.row)._base_manager.filter(pk=secret.row.pk, **{name: secret.stored})
        outcome.done += same.update(**{name: value})
    unreadable = {(secret.row, secret.column) for secret in outcome.unreadable}
    outcome.left = [secret for secret in _of_older_keys() if (secret.row, secret.column) not in unreadable]
    return outcome


def columns_with_secrets() -> list[SecretField]:
    """Of all models there are, so that none is forgotten."""
    return [
        column for model in apps.get_models() for column in model._meta.local_fields if isinstance(column, SecretField)
    ]


def _of_older_keys() -> Iterator[Secret]:
    for column in columns_with_secrets():
        rows = column.model._base_manager.exclude(**{column.attname: ""}).only("pk", column.attname)
        for row in rows.order_by("pk").iterator(chunk_size=500):
            secret = Secret(row, column)
            if not is_of_the_newest_key(secret.stored):
                yield secret
