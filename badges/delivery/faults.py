"""What an answer says about the provider that gave it: whether it is paused, held, or only remembered as troubled.

For questions that concern no single issued badge; what an answer means for one, badges.delivery.recording knows.
"""

from datetime import datetime

from django.db.models import F, Func, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from badges.delivery import pacing
from badges.delivery.recording import RATE_PAUSE, pause
from badges.models import BadgeProvider
from badges.providers.base import (
    MAX_MESSAGE,
    Fault,
    Missing,
    NotSent,
    RateLimited,
    Refused,
    Scope,
    Unauthorized,
    Uncertain,
)

# Answers after which there is no use in asking the provider the next question.
FAULTS = (Unauthorized, RateLimited, NotSent, Uncertain)


def note_fault(provider: BadgeProvider, answer: Fault | Refused | Missing) -> None:
    """Remember that the provider did not answer as it should; a dead token pauses it, too many calls hold it a while."""
    match answer:
        case Unauthorized(message=message):
            pause(provider, message)
        case RateLimited(retry_after=seconds):
            pacing.hold(provider.pk, seconds or RATE_PAUSE)
        case NotSent() | Uncertain():
            pacing.note_failure(provider.pk)
        case Refused(lacks=Scope() as scope):
            note_lack(provider, scope)
        case Refused() | Missing():
            pass
    remember_error(provider, answer.message)


def note_unreadable_token(provider: BadgeProvider) -> str:
    """The key that the token was encrypted with is gone: pause the provider. The sentence that says so."""
    sentence = _("The stored API token cannot be read: it was encrypted with a key that is gone. Enter it again.")
    pause(provider, sentence)
    remember_error(provider, sentence)
    return sentence


def remember_error(provider: BadgeProvider, message: str) -> None:
    """Show the message on the provider's page as its last error."""
    rows = BadgeProvider.objects.filter(pk=provider.pk)
    rows.update(last_error_at=timezone.now(), last_error=message[:MAX_MESSAGE])


def note_success(provider: BadgeProvider, *, at: datetime, scope: Scope | None = None) -> None:
    """The provider answered a question, for which the token needs `scope`."""
    pacing.note_answer(provider.pk)
    rows = BadgeProvider.objects.filter(pk=provider.pk)
    rows.update(last_success_at=at)
    if scope is not None and scope in provider.lacking_scopes:
        rows.update(lacking_scopes=_scopes("array_remove", scope))


def note_lack(provider: BadgeProvider, scope: Scope) -> None:
    """The token may not do one thing: for the provider's page to warn of. What it may do goes on."""
    rows = BadgeProvider.objects.filter(pk=provider.pk).exclude(lacking_scopes__contains=[scope.value])
    rows.update(lacking_scopes=_scopes("array_append", scope))


def _scopes(function: str, scope: Scope) -> Func:
    return Func(F("lacking_scopes"), Value(scope.value), function=function)
