"""Makes the provider that a stored row describes: the only place that knows which kinds there are."""

from collections.abc import Callable

from badges.models import BadgeProvider
from badges.providers.base import Capabilities, Hint, Provider
from badges.providers.credly import Credly
from badges.providers.openbadges import BuiltInIssuer

_KINDS: dict[str, type[Credly] | type[BuiltInIssuer]] = {
    BadgeProvider.Kind.CREDLY: Credly,
    BadgeProvider.Kind.BUILT_IN: BuiltInIssuer,
}


def capabilities_of(provider: BadgeProvider) -> Capabilities:
    """What a provider of this kind can do."""
    return _KINDS[provider.kind].capabilities


def kinds_that(can: Callable[[Capabilities], bool]) -> list[str]:
    """The kinds whose providers can do that: what `capabilities_of` says of one row, for statements over many."""
    return [str(kind) for kind, provider in _KINDS.items() if can(provider.capabilities)]


def parse_hint(provider: BadgeProvider, body: bytes) -> Hint | None:
    """What a webhook's body claims, without opening the provider: a hint can be kept while its token cannot be read."""
    return _KINDS[provider.kind].parse_hint(body)


def open_provider(
    provider: BadgeProvider, *, before_request: Callable[[], None], patience: float | None = None
) -> Provider:
    """The provider at work. Before anything leaves, over HTTP or not, it calls `before_request`.

    That keeps the provider's rate, notes that the badge is sent, and raises when nothing may leave any more.
    `patience` is the most seconds that one answer may take; without it, the settings' time-outs hold. Raises
    badges.secrets.UnreadableSecretError when the stored token was encrypted with a key that is gone.
    """
    return _KINDS[provider.kind](provider, before_request=before_request, patience=patience)
