"""How a provider's API token comes in: written once, never shown again, and sent to no other address than its own."""

from django.views.decorators.debug import sensitive_variables

from badges.models import BadgeProvider
from badges.secrets import encrypt


@sensitive_variables("token")
def set_token(provider: BadgeProvider, *, token: str, is_moved: bool) -> None:
    """Put the token of a form on the provider, not saved yet.

    A blank token keeps the stored one, unless the provider `is_moved`: its API URL or account was changed. Otherwise
    anyone who may edit a provider could have its token sent to a host of their own.
    """
    if token or is_moved:
        provider.encrypted_token = encrypt(token)
