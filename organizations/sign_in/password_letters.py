"""Letters with a link to set a password, for people who forgot theirs and for accounts that never had one.

A letter is asked for by a page and sent by a worker, so that neither the page's answer nor its speed tells whether there
is an account. A worker that is killed leaves its letter due again (operation.leases).
"""

import enum
import logging
import smtplib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.db.models.functions import Coalesce, Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from operation import leases, tallies
from operation.outages import MAIL_SERVER
from operation.promises import Promise
from organizations.brands import shown_to
from organizations.languages import speaking_to
from organizations.models import PasswordLetter, User
from organizations.sign_in.authentication import account_name

logger = logging.getLogger(__name__)

Failure = PasswordLetter.Failure

# Between two letters to one account.
PAUSE = timedelta(minutes=10)
# Until a mail server that is away, or said “later”, is asked again, and until the letter is given up.
PAUSE_OF_SERVER, PATIENCE = timedelta(minutes=1), timedelta(hours=1)
# Fifteen times as long as a mail server that was away is left alone; somebody waits before the sign-in page.
LETTER = timedelta(minutes=15)
# A server that refuses one account knows no such address; one that refuses so many, and takes nothing else, takes nothing.
REFUSED_BY_CHANCE = 2

# What a server says of one letter; anything else that goes wrong on the way would go wrong with every letter.
REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPNotSupportedError, ValueError)


class Outcome(enum.StrEnum):
    """What became of an attempt to send a letter. AWAY is not the letter's failure: no other would be taken either."""

    SENT = "sent"
    REFUSED = "refused"
    LATER = "later"
    AWAY = "away"


# The oldest that tells of a mail server, how many wait, and how many failed. A closed account's do not count.
_UNSENT = """
SELECT
    statement_timestamp() - min(CASE
        WHEN failure = 'given_up' OR refused > %(by_chance)s THEN coalesce(failed_since, asked_at)
        WHEN next_attempt_at IS NOT NULL THEN asked_at
    END),
    count(*) FILTER (WHERE next_attempt_at IS NOT NULL), count(*) FILTER (WHERE failure <> '')
FROM (
    SELECT letter.*, count(*) FILTER (WHERE failure = 'refused') OVER () AS refused
    FROM organizations_passwordletter AS letter JOIN organizations_user AS account ON account.id = letter.user_id
    WHERE (next_attempt_at IS NOT NULL OR failure <> '') AND account.is_active AND account.email <> ''
) AS unsent
"""


def ask(typed: str, *, at: datetime) -> None:
    """Have a letter written to the account that is meant by name or address, if it is open and has an address.

    Tells nobody whether it will be. What is asked for during the pause is not written.
    """
    user = User.objects.filter(username=account_name(typed), is_active=True).exclude(email="").first()
    if user is None:
        return
    with transaction.atomic():
        _letter, is_first = PasswordLetter.objects.get_or_create(
            user=user, defaults={"asked_at": at, "next_attempt_at": at}
        )
        if not is_first:
            earlier = PasswordLetter.objects.filter(user=user, asked_at__lte=at - PAUSE)
            earlier.update(asked_at=at, next_attempt_at=at)


def write_due(*, at: datetime | None = None, seconds: float = 5.0) -> int:
    """Send the letters that are due; how many were sent. Any number of workers may do so at once.

    `at` stands for the database's clock. Ends when the mail server is away: what is due stays due for an hour.
    """
    deadline = time.monotonic() + seconds
    _give_up(at or Now())
    sent = 0
    open_accounts = PasswordLetter.objects.filter(user__is_active=True).exclude(user__email="").select_related("user")
    while time.monotonic() < deadline and (taken := leases.take(open_accounts, at=at)):
        [letter] = taken
        outcome = _send(letter)
        tallies.count("laurel_letters", outcome="sent" if outcome is Outcome.SENT else "not_sent")
        if outcome in {Outcome.LATER, Outcome.AWAY}:
            _keep(letter, next_attempt_at=(at or Now()) + PAUSE_OF_SERVER)
        else:
            _keep(letter, next_attempt_at=None, **(_failed(Failure.REFUSED) if outcome is Outcome.REFUSED else {}))
        if outcome is Outcome.AWAY:
            break
        sent += outcome is Outcome.SENT
    if sent:
        forget_failures()
    tallies.flush()
    return sent


def forget_failures() -> None:
    """The mail server takes letters: what it did not take before is over, for nobody waits for it any more."""
    PasswordLetter.objects.exclude(failure="").update(failure="", failed_since=None)


@dataclass(frozen=True)
class Unsent:
    """How long the oldest has not left, how many wait, and how many failed since the mail server took one."""

    oldest: timedelta | None
    waiting: int
    failed: int


def unsent() -> Unsent:
    """How things stand. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_UNSENT, {"by_chance": REFUSED_BY_CHANCE})
        return Unsent(*cursor.fetchone())


def promises() -> list[Promise]:
    """That letters leave soon. One that was given up counts until the mail server takes another: nothing else shows it."""
    return [Promise.within("oldest_password_letter", unsent().oldest, LETTER)]


def letter_to(user: User) -> EmailMessage:
    """The letter, with a link that works once and for a day."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("password_set", kwargs={"uidb64": uid, "token": default_token_generator.make_token(user)})
    context = {
        "user": user,
        "brand": shown_to(user),
        "link": f"{settings.PUBLIC_URL}{path}",
        "site_name": settings.SITE_NAME,
    }
    with speaking_to(user):
        return EmailMessage(
            subject=_("Set your password for %(site)s") % {"site": settings.SITE_NAME},
            body=render_to_string("organizations/letters/password.txt", context),
            to=[user.email],
            headers={"Auto-Submitted": "auto-generated"},
        )


def _give_up(now: datetime | Now) -> None:
    """Of letters that nobody waits for any more; one to an account that was closed since has not failed."""
    late = PasswordLetter.objects.filter(next_attempt_at__isnull=False, asked_at__lt=now - PATIENCE)
    late.filter(user__is_active=True).exclude(user__email="").update(next_attempt_at=None, **_failed(Failure.GIVEN_UP))
    late.update(next_attempt_at=None)


def _failed(failure: Failure) -> dict[str, object]:
    return {"failure": failure, "failed_since": Coalesce("failed_since", "asked_at")}


def _send(letter: PasswordLetter) -> Outcome:
    try:
        letter_to(letter.user).send()
    except REFUSALS as error:
        outcome = Outcome.LATER if _is_for_now(error) else Outcome.REFUSED
        logger.warning(
            "The letter about a password to account %s was refused (%s): %s",
            letter.user_id,
            outcome,
            type(error).__name__,
        )
        return outcome
    except OSError as error:
        MAIL_SERVER.begin(f"{type(error).__name__}: {error}")
        return Outcome.AWAY
    except Exception:  # the border to whatever backend is configured: one letter must not stop all others
        logger.exception("The letter about a password to account %s could not be sent.", letter.user_id)
        return Outcome.REFUSED
    MAIL_SERVER.end()
    return Outcome.SENT


def _is_for_now(error: Exception) -> bool:
    """Whether the server would take the letter later: its reply begins with a 4 (RFC 5321, 4.2.1).

    Many servers answer the first letter of a sender whom they do not know so.
    """
    codes: list[int] = []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _words in error.recipients.values()]
    elif isinstance(error, smtplib.SMTPResponseException):
        codes = [error.smtp_code]
    return bool(codes) and all(400 <= code < 500 for code in codes)


def _keep(letter: PasswordLetter, **values: object) -> None:
    """Unless another worker has it by now, or somebody has asked for a later one."""
    leases.mine(letter).filter(asked_at=letter.asked_at).update(**values)
