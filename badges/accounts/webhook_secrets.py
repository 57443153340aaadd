"""The secret in a webhook's address: made here, shown once, and kept as a digest alone."""

import hashlib
import hmac
import secrets

from django.conf import settings
from django.urls import reverse
from django.urls.converters import StringConverter
from django.views.decorators.debug import sensitive_variables

from badges.models import BadgeProvider
from badges.secrets import DiscreetText


class SecretConverter(StringConverter):
    """A part of an address that no variable of a traceback shows, on its way through Django."""

    def to_python(self, value: str) -> DiscreetText:
        """The same text."""
        return DiscreetText(value)


@sensitive_variables()
def make_address(provider: BadgeProvider) -> str:
    """A new address for the provider's webhook, to be shown this once; the old one ends at the same moment."""
    secret = secrets.token_urlsafe(32)
    provider.webhook_digest = digest_of(secret)
    provider.save(update_fields=["webhook_digest"])
    path: str = reverse("badges:webhook", args=[provider.public_id, secret])
    return f"{settings.PUBLIC_URL}{path}"


@sensitive_variables()
def is_secret_of(provider: BadgeProvider, secret: str) -> bool:
    """Whether this is the secret of the provider's address. How long it takes tells nothing about it."""
    return bool(provider.webhook_digest) and hmac.compare_digest(provider.webhook_digest, digest_of(secret))


@sensitive_variables()
def digest_of(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
