"""Whether a provider can be worked with: asks it, reads its templates, and remembers what came of it (N10)."""

import time
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from badges.delivery import rounds, verdicts
from badges.delivery.pacing import NoTurnError, at_work
from badges.delivery.templates_reading import Reading, read_templates
from badges.models import BadgeProvider
from badges.providers.base import Provider, Refused, Scope, Verified
from badges.providers.opening import capabilities_of
from badges.secrets import UnreadableSecretError


@dataclass(frozen=True)
class AccountCheck:
    """What a check found, in words for people."""

    is_good: bool
    sentence: str
    warnings: tuple[str, ...] = ()
    lacks_scope: bool = False  # no more than a permission of the token is missing


def check(provider: BadgeProvider, *, patience: float | None = None, at: datetime | None = None) -> AccountCheck:
    """Ask whether the account can be used, and read its templates. A token that is refused pauses the provider.

    `patience` is the most seconds that one answer may take. Issues nothing and revokes nothing.
    """
    at = at or timezone.now()
    if provider.has_account and not provider.encrypted_token:
        return AccountCheck(is_good=False, sentence=_("No API token is stored. Edit the provider and enter one."))
    try:
        with at_work(provider, patience=patience) as opened:
            found = _verify(provider, opened, at=at)
    except UnreadableSecretError:
        found = AccountCheck(is_good=False, sentence=verdicts.note_unreadable_token(provider))
    except NoTurnError:
        found = _busy()
    provider.refresh_from_db()
    return found


def refresh_templates(
    provider: BadgeProvider, *, patience: float | None = None, at: datetime | None = None
) -> AccountCheck:
    """Read the templates anew, and nothing else."""
    at = at or timezone.now()
    try:
        with at_work(provider, patience=patience) as opened:
            return _read(provider, opened, at=at)
    except UnreadableSecretError:
        return AccountCheck(is_good=False, sentence=verdicts.note_unreadable_token(provider))
    except NoTurnError:
        return _busy()


def resume(provider: BadgeProvider, *, patience: float | None = None) -> AccountCheck:
    """Check, and only if that goes well let what waits go on its way. A provider that still fails stays paused."""
    found = check(provider, patience=patience)
    if found.is_good:
        rounds.resume(provider)
    return found


def check_all(*, seconds: float = 300.0) -> int:
    """Check every provider that is neither switched off nor paused, for the night; how many do not work.

    Begins with none after `seconds`; their order is left to chance.
    """
    deadline, failed = time.monotonic() + seconds, 0
    for provider in BadgeProvider.objects.filter(is_enabled=True, paused_at__isnull=True).order_by("?"):
        if time.monotonic() >= deadline:
            break
        failed += not check(provider).is_good
    return failed


def _busy() -> AccountCheck:
    return AccountCheck(is_good=False, sentence=_("The provider is kept busy by deliveries. Try again in a minute."))


def _verify(provider: BadgeProvider, opened: Provider, *, at: datetime) -> AccountCheck:
    answer = opened.verify()
    verdicts.note(provider, answer, at=at)
    if not isinstance(answer, Verified):
        return AccountCheck(is_good=False, sentence=answer.message)
    rows = BadgeProvider.objects.filter(pk=provider.pk)
    rows.update(verified_at=at, token_expires_at=answer.token_expires_at)
    sentence = _("%(account)s answers.") % {"account": answer.account_name or provider.name}
    if not capabilities_of(provider).has_templates:
        return AccountCheck(is_good=True, sentence=sentence, warnings=answer.warnings)
    reading = _read(provider, opened, at=at)
    # An account whose token may only not read them issues all the same.
    is_good = reading.is_good or reading.lacks_scope
    return AccountCheck(is_good, f"{sentence} {reading.sentence}", answer.warnings)


def _read(provider: BadgeProvider, opened: Provider, *, at: datetime) -> AccountCheck:
    answer = read_templates(provider, opened, at=at)
    verdicts.note(provider, answer, at=at, scope=Scope.TEMPLATES)
    if not isinstance(answer, Reading):
        sentence = _("The templates could not be read: %s") % answer.message
        lacks_scope = isinstance(answer, Refused) and answer.lacks is not None
        return AccountCheck(is_good=False, sentence=sentence, lacks_scope=lacks_scope)
    return AccountCheck(is_good=True, sentence=_told(answer))


def _told(reading: Reading) -> str:
    words = ngettext("%(count)s template was read.", "%(count)s templates were read.", reading.count)
    told = words % {"count": localize(reading.count)}
    if reading.gone:
        gone = ngettext("%(count)s no longer exists.", "%(count)s no longer exist.", reading.gone)
        told = f"{told} {gone % {'count': localize(reading.gone)}}"
    return told
