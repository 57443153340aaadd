"""What follows when a provider is saved: the rule of its token, and what was known of an account that it left."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from badges.accounts.tokens import set_token
from badges.catalogue.editing import NameTakenError
from badges.models import ON_ITS_WAY, BadgeProvider, IssuedBadge

# What says whose account it is, and where. A token belongs to these.
ACCOUNT = ("kind", "provider_organization_id", "api_url")
EDITED = (
    "name",
    "description",
    "organization",
    *ACCOUNT,
    "requests_per_second",
    "website",
    "contact_email",
    "is_enabled",
)
# Learnt of one account with one token, and false for another.
_OF_TOKEN: dict[str, Any] = {"verified_at": None, "token_expires_at": None, "lacking_scopes": []}
_OF_ACCOUNT: dict[str, Any] = {
    **_OF_TOKEN,
    "last_success_at": None,
    "last_error_at": None,
    "last_error": "",
    "templates_read_at": None,
    "polled_at": None,
    "polled_page": None,
    "polled_fully_at": None,
}


class AccountInUseError(Exception):
    """Badges are on their way to the account that the provider was to leave: at another one they could not be found."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@dataclass(frozen=True)
class SavedProvider:
    """What saving did besides: a token is cleared when the account changes and none comes along."""

    token_was_cleared: bool


def count_tied(provider: BadgeProvider) -> int:
    """How many badges keep the provider at its account, because what becomes of them is only to be learnt there.

    None do while the account has never answered: it has no badge, and its address is likely what has to be corrected.
    """
    if provider.last_success_at is None:
        return 0
    return IssuedBadge.objects.filter(provider=provider, delivery__in=ON_ITS_WAY).count()


def say_tied(count: int) -> str:
    """What a person can do about badges that are on their way."""
    words = ngettext(
        "%(count)s badge is on its way to the account that is stored, or is being checked there. Wait until that is "
        "done, or revoke it, and change the account then; or add the other account as a provider of its own.",
        "%(count)s badges are on their way to the account that is stored, or are being checked there. Wait until that "
        "is done, or revoke them, and change the account then; or add the other account as a provider of its own.",
        count,
    )
    return words % {"count": localize(count)}


@sensitive_variables("token")
def save_provider(provider: BadgeProvider, *, token: str, save_rest: Callable[[], object]) -> SavedProvider:
    """Save a provider as a form has filled it in, and in the same transaction what `save_rest` does (its availability).

    What counts as changed is told by the stored row, under a lock: two people who save at once cannot bring a token and
    an address together that no one of them entered together. Raises NameTakenError and AccountInUseError.
    """
    try:
        with transaction.atomic():
            saved = SavedProvider(token_was_cleared=_save(provider, token))
            save_rest()
            return saved
    except IntegrityError as error:
        if "badge_provider_name_unique" in str(error):
            raise NameTakenError from error
        raise


@sensitive_variables("token")
def _save(provider: BadgeProvider, token: str) -> bool:
    stored = BadgeProvider.objects.select_for_update(no_key=True).filter(pk=provider.pk).first()
    provider.disabled_at = _switched_off_since(stored, provider)
    if stored is None:
        set_token(provider, token=token, is_moved=False)
        provider.save()
        return False
    is_moved = any(getattr(stored, name) != getattr(provider, name) for name in ACCOUNT)
    if is_moved and (count := count_tied(stored)):
        raise AccountInUseError(count)
    provider.encrypted_token = stored.encrypted_token
    set_token(provider, token=token, is_moved=is_moved)
    forgotten = _OF_ACCOUNT if is_moved else _OF_TOKEN if token else {}
    for name, value in forgotten.items():
        setattr(provider, name, value)
    # Nothing else: workers write to the same row.
    provider.save(update_fields=[*EDITED, "disabled_at", "encrypted_token", *forgotten])
    return bool(stored.encrypted_token) and not provider.encrypted_token


def _switched_off_since(stored: BadgeProvider | None, provider: BadgeProvider) -> datetime | None:
    if provider.is_enabled:
        return None
    return timezone.now() if stored is None or stored.is_enabled else stored.disabled_at
