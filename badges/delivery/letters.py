"""Tells students of their badges by e-mail: claims the letters that are due, sends them, and keeps what became of each.

A worker that is killed leaves its letter due again, when its lease is over. It may then come twice, under the same
Message-ID, by which mail programs know it again; it is never lost.
"""

import contextlib
import logging
import smtplib
import time
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from badges.models import BadgeLetter, IssuedBadge
from badges.public.letter_links import letter_link
from badges.public.publishing import publish, published
from operation import leases, tallies
from operation.outages import MAIL_SERVER
from operation.templatetags.display import day_in
from operation.wake import write_letters_soon
from organizations.languages import speaking_to
from organizations.sign_in import password_letters

logger = logging.getLogger(__name__)

# The wait after the first refusal of a letter, the second, …; refused once more after the last, it is given up.
WAITS = [timedelta(seconds=seconds) for seconds in (30, 120, 600, 3600, 4 * 3600, 12 * 3600, 24 * 3600)]
# A mail server that is away has refused nothing: it is asked again for as long as it takes.
AWAY = timedelta(minutes=2)
MAX_FAILURE = 500

# What a server says of one letter; anything else that goes wrong on the way would go wrong with every letter.
REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPNotSupportedError, ValueError)


class MailServerAwayError(Exception):
    """The mail server cannot be reached, or takes no letter at all."""


def write_due(*, at: datetime | None = None, seconds: float = 5.0) -> int:
    """Send the letters that are due; how many were sent. Any number of workers may do so at once.

    Begins no letter after `seconds`, so that badges which the same worker delivers do not wait for all letters: a later
    call sends the rest. `at` stands for the database's clock. Ends when the mail server is away: what is due stays due.
    """
    deadline = time.monotonic() + seconds
    mailer = mailers.default
    sent = 0
    try:
        while taken := leases.take(BadgeLetter.objects.all(), at=at):
            is_sent = _handle(taken[0], mailer, at=at)
            sent += is_sent
            tallies.count("laurel_letters", outcome="sent" if is_sent else "not_sent")
            if time.monotonic() > deadline:
                write_letters_soon()
                break
    except MailServerAwayError as error:
        MAIL_SERVER.begin(error)
    finally:
        with contextlib.suppress(OSError):
            mailer.close()
        tallies.flush()
    if sent:
        password_letters.forget_failures()
    return sent


def letter_about(issued: IssuedBadge, *, at: datetime) -> EmailMultiAlternatives:
    """The letter to the holder of a badge of `published`, in his or her language, plain and as HTML."""
    with speaking_to(issued.student):
        return _letter_about(issued, at=at)


def _letter_about(issued: IssuedBadge, *, at: datetime) -> EmailMultiAlternatives:
    badge = publish(issued, at=at)
    context = {
        "badge": badge,
        "page": letter_link(issued) if issued.provider.is_built_in else badge.page,
        "brand": badge.brand,
        "is_shown_here": issued.provider.is_built_in,
        "student": issued.student,
        "organization": issued.badge.organization,
        "issued_on": day_in(badge.issued_at, badge.zone),
        "valid_until": day_in(badge.expires_at, badge.zone) if badge.expires_at else "",
        "site_name": settings.SITE_NAME,
    }
    subject = _("You have earned the badge %(badge)s") % {"badge": badge.name}
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=render_to_string("badges/letters/badge.txt", context),
        to=[issued.student.email],
        reply_to=[issued.provider.contact_email] if issued.provider.contact_email else None,
        headers={
            "Message-ID": f"<badge-{issued.public_id}@{urlsplit(settings.PUBLIC_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string("badges/letters/badge.html", context), "text/html")
    return message


def _handle(letter: BadgeLetter, mailer: BaseEmailBackend, *, at: datetime | None) -> bool:
    """Send a claimed letter, or keep why not; whether it was sent. Raises MailServerAwayError."""
    issued = published().get(pk=letter.issued_badge_id)
    if obstacle := _obstacle(issued, at=at or timezone.now()):
        _keep(letter, next_attempt_at=None, failure=obstacle)
        return False
    try:
        mailer.open()  # once for the whole pass: what is open stays so
        mailer.send_messages([letter_about(issued, at=at or timezone.now())])
    except REFUSALS as error:
        _keep_refusal(letter, error, at=at)
        return False
    except OSError as error:
        # Not this letter's failure, and not counted as one.
        _keep(letter, attempts=letter.attempts - 1, next_attempt_at=(at or Now()) + AWAY, failure=_words(error))
        raise MailServerAwayError(_words(error)) from error
    except Exception as error:  # the border to whatever backend is configured: one letter must not stop all others
        logger.exception("The letter %s could not be written.", letter.pk)
        _keep_refusal(letter, error, at=at)
        return False
    MAIL_SERVER.end()
    BadgeLetter.objects.filter(pk=letter.pk).update(sent_at=at or Now(), next_attempt_at=None, failure="")
    return True


def _obstacle(issued: IssuedBadge, *, at: datetime) -> str:
    """Why the letter should not be written any more."""
    if issued.revoked_at is not None:
        return _("The badge was revoked before the letter was sent.")
    if issued.has_ended(at):
        return _("The badge had ended before the letter was sent.")
    if not issued.student.is_active:
        return _("The student's account is not active.")
    if not issued.student.email:
        return _("The student's account has no e-mail address.")
    return ""


def _keep_refusal(letter: BadgeLetter, error: Exception, *, at: datetime | None) -> None:
    is_over = letter.attempts > len(WAITS)
    next_attempt_at = None if is_over else (at or Now()) + WAITS[letter.attempts - 1]
    _keep(letter, next_attempt_at=next_attempt_at, failure=_words(error))


def _keep(letter: BadgeLetter, **values: object) -> None:
    """Write down what became of this worker's attempt; a later one's, after the lease, stays as it is."""
    leases.mine(letter).filter(sent_at=None).update(**values)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:MAX_FAILURE]
