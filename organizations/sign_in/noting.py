"""Notes every sign-in, good or bad, and every sign-out in the audit, whatever page it came through."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from operation.client_addresses import client_address
from organizations.audit.acting import is_asked
from organizations.audit.actions import Action
from organizations.audit.recording import MOST_WORDS, record
from organizations.models import AuditEntry, User
from organizations.sign_in.authentication import account_name

# In a pause, one attempt in this time is noted for each name and address: whoever hammers must not fill the table.
REFUSED_ONCE_IN = timedelta(minutes=1)


def note_letter(name: str, request: HttpRequest, *, is_refused: bool) -> None:
    """Somebody asked for a letter with a link to set the password of the account with this name."""
    result = AuditEntry.Result.REFUSED if is_refused else AuditEntry.Result.DONE
    _note(Action.PASSWORD_LETTER, name, result, request)


@receiver(user_logged_in)
def _note_sign_in(user: User, **_signal: Any) -> None:
    if is_asked():
        record(Action.SIGNED_IN, person=user)


@receiver(user_logged_out)
def _note_sign_out(user: User | None, **_signal: Any) -> None:
    if is_asked() and user is not None:
        record(Action.SIGNED_OUT, person=user)


@receiver(user_login_failed)
def _note_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_signal: Any) -> None:
    if request is None or not is_asked():
        return
    is_refused = getattr(request, "axes_locked_out", False)
    result = AuditEntry.Result.REFUSED if is_refused else AuditEntry.Result.FAILED
    _note(Action.SIGNED_IN, str(credentials.get("username") or ""), result, request)


def _note(action: Action, typed: str, result: AuditEntry.Result, request: HttpRequest) -> None:
    """The account that is meant, or, if there is none, the name as it was typed."""
    name = account_name(typed)
    person = User.objects.filter(username=name).first() if name else None
    words = "" if person else typed[:MOST_WORDS]
    if result == AuditEntry.Result.REFUSED and _is_noted(action, person, words, request):
        return
    record(action, result=result, person=person, words=words)


def _is_noted(action: Action, person: User | None, words: str, request: HttpRequest) -> bool:
    since = timezone.now() - REFUSED_ONCE_IN
    noted = AuditEntry.objects.filter(at__gt=since, action=action, result=AuditEntry.Result.REFUSED)
    return noted.filter(person=person, words=words, address=client_address(request)).exists()
