"""What an answer says about the provider that gave it: the one table of when it is paused, held, or troubled.

What an answer means for an issued badge, badges.delivery.recording knows.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from badges.delivery import pacing
from badges.models import BadgeProvider
from badges.providers.base import MAX_MESSAGE, Missing, NotSent, RateLimited, Refused, Scope, Unauthorized, Uncertain

logger = logging.getLogger(__name__)

# Answers after which there is no use in asking the provider the next question.
FAULTS = (Unauthorized, RateLimited, NotSent, Uncertain)
# A success is written down no more often than this: each answer has one.
SELDOM = timedelta(seconds=10)


def note(
    provider: BadgeProvider,
    answer: object,
    *,
    at: datetime | None = None,
    scope: Scope | None = None,
    is_of_badge: bool = False,
    is_probe: bool = False,
) -> None:
    """Remember what the answer says about the provider, outside any transaction of a row: many rows share a provider.

    `scope`: what the token needs for the question. `is_of_badge`: the question was about one badge, so that a refusal is
    that badge's trouble alone. `is_probe`: it was asked to see whether the provider still fails.
    """
    match answer:
        case Unauthorized(message=message):
            pause(provider, message)
        case RateLimited(message=message, retry_after=seconds):
            pacing.note_refusal(provider.pk, retry_after=seconds)
        case NotSent(message=message) | Uncertain(message=message):
            pacing.note_failure(provider.pk, is_probe=is_probe)
        case Refused(message=message, lacks=Scope() as lacking):
            _note_lack(provider, lacking)
        case Refused(message=message) | Missing(message=message) if not is_of_badge:
            pass
        case _:
            _note_success(provider, at or timezone.now(), scope)
            return
    _remember_error(provider, message)


def pause(provider: BadgeProvider, reason: str) -> None:
    """Ask the provider nothing more until somebody resumes it; what is due waits and is nobody's failure (N10).

    Not if its token or account was changed since `provider` was read: the reason is that of the former one.
    """
    paused = BadgeProvider.objects.filter(pk=provider.pk, paused_at__isnull=True, **provider.asked_with)
    if paused.update(paused_at=Now(), pause_reason=reason[:MAX_MESSAGE]):
        logger.error("The badge provider %s was paused.", provider.pk)


def note_unreadable_token(provider: BadgeProvider) -> str:
    """The key that the token was encrypted with is gone: pause the provider. The sentence that says so."""
    sentence = _("The stored API token cannot be read: it was encrypted with a key that is gone. Enter it again.")
    note(provider, Unauthorized(sentence))
    return sentence


def _remember_error(provider: BadgeProvider, message: str) -> None:
    rows = BadgeProvider.objects.filter(pk=provider.pk)
    rows.update(last_error_at=timezone.now(), last_error=message[:MAX_MESSAGE])


def _note_success(provider: BadgeProvider, at: datetime, scope: Scope | None) -> None:
    pacing.note_answer(provider.pk)
    rows = BadgeProvider.objects.filter(pk=provider.pk)
    rows.filter(Q(last_success_at=None) | Q(last_success_at__lt=Now() - SELDOM)).update(last_success_at=at)
    if scope is not None and scope in provider.lacking_scopes:
        rows.update(lacking_scopes=_scopes("array_remove", scope))


def _note_lack(provider: BadgeProvider, scope: Scope) -> None:
    """The token may not do one thing: for the provider's page to warn of. What it may do goes on."""
    rows = BadgeProvider.objects.filter(pk=provider.pk).exclude(lacking_scopes__contains=[scope.value])
    rows.update(lacking_scopes=_scopes("array_append", scope))


def _scopes(function: str, scope: Scope) -> Func:
    return Func(F("lacking_scopes"), Value(scope.value), function=function)
