"""Clears away every row whose time is over, so that tables do not grow for ever with what nobody may use any more."""

from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.models import Session

from badges.models import LetterPause
from operation.models import FormPress
from organizations.audit import sealing
from organizations.models import PasswordLetter, UserSession

# A failed attempt counts for a quarter of an hour; administrators may look at what happened for a month.
ATTEMPTS_KEPT = timedelta(days=30)
# Longer than anybody leaves a page open to press its button once more.
PRESSES_KEPT = timedelta(days=7)
# Longer than any pause between two letters, and than the clocks of hosts differ.
PAUSES_KEPT = timedelta(days=1)


def clear_away(*, at: datetime) -> None:
    """Delete sessions that have ended, what is left of attempts to sign in, presses of forms, and pauses. Safe to repeat.

    What providers announced is cleared away with their nightly check, what was chosen for a class with others of its kind.
    """
    Session.objects.filter(expire_date__lt=at).delete()
    UserSession.objects.filter(started_at__lt=at - timedelta(seconds=settings.SESSION_COOKIE_AGE)).delete()
    FormPress.objects.filter(pressed_at__lt=at - PRESSES_KEPT).delete()
    LetterPause.objects.filter(at__lt=at - PAUSES_KEPT).delete()
    # One that failed is kept until the mail server takes another letter: operators are told of it.
    ended = PasswordLetter.objects.filter(next_attempt_at__isnull=True, failure="")
    ended.filter(asked_at__lt=at - PAUSES_KEPT).delete()
    sealing.clear(before=at - settings.AUDIT_KEPT)
    for attempts in (AccessAttempt, AccessFailureLog, AccessLog):
        attempts.objects.filter(attempt_time__lt=at - ATTEMPTS_KEPT).delete()
