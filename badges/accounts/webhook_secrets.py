"""The secret in a webhook's address: made here, shown once, and kept as a digest alone."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from uuid import UUID, uuid4

from django.conf import settings
from django.urls import reverse
from django.urls.converters import StringConverter
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables

from badges.models import BadgeProvider
from badges.secrets import DiscreetText


class SecretConverter(StringConverter):
    """A part of an address that no variable of a traceback shows, on its way through Django."""

    def to_python(self, value: str) -> DiscreetText:
        """The same text."""
        return DiscreetText(value)


class MeanwhileError(Exception):
    """Another address was made since the page was drawn."""


@sensitive_variables()
def make_address(provider: BadgeProvider, *, page: UUID | None = None, instead_of: str | None = None) -> str:
    """A new address for the provider's webhook, to be shown this once; the old one ends at the same moment.

    Each press of one page is answered the same. `instead_of` is the mark of the address that it drew as the one in use:
    raises MeanwhileError where that is another one by now.
    """
    secret = _secret_of(provider, page or uuid4())
    old, made = provider.webhook_digest, digest_of(secret)
    if old != made and instead_of not in (None, mark_of(provider)):
        raise MeanwhileError
    provider.webhook_digest = made
    # What another press of the page wrote in between is the same.
    if not BadgeProvider.objects.filter(pk=provider.pk, webhook_digest__in=[old, made]).update(webhook_digest=made):
        raise MeanwhileError
    path: str = reverse("badges:webhook", args=[provider.public_id, secret])
    return f"{settings.PUBLIC_URL}{path}"


def mark_of(provider: BadgeProvider) -> str:
    """What tells the address in use from any other, and nothing of it; empty where there is none."""
    return digest_of(provider.webhook_digest)[:16] if provider.webhook_digest else ""


@sensitive_variables()
def _secret_of(provider: BadgeProvider, page: UUID) -> str:
    """As long and as random as what tells pages apart and this site's secret key together."""
    made = salted_hmac("badges.accounts.webhook_secrets", f"{provider.pk} {page}", algorithm="sha256")
    return urlsafe_b64encode(made.digest()).decode().rstrip("=")


@sensitive_variables()
def is_secret_of(provider: BadgeProvider, secret: str) -> bool:
    """Whether this is the secret of the provider's address. How long it takes tells nothing about it."""
    return bool(provider.webhook_digest) and hmac.compare_digest(provider.webhook_digest, digest_of(secret))


@sensitive_variables()
def digest_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
