"""Sends one letter to an address, and says what to mend when the mail server does not take it."""

import contextlib
import smtplib
import socket
import ssl
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, mailers
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organizations.sign_in import password_letters

# The first that fits tells what to mend. All of them are OSErrors, or errors of smtplib, which are OSErrors too.
ADVICE: tuple[tuple[tuple[type[Exception], ...], str | Promise], ...] = (
    (
        (smtplib.SMTPAuthenticationError,),
        gettext_lazy(
            "It refused the user name or the password. Check both in EMAIL_URL; write @, : and / in them as %40, %3A and %2F."
        ),
    ),
    (
        (smtplib.SMTPSenderRefused,),
        gettext_lazy("It refused the sender. Set DEFAULT_FROM_EMAIL to an address it may send for."),
    ),
    ((smtplib.SMTPRecipientsRefused,), gettext_lazy("It refused the address you gave. Try another one.")),
    ((smtplib.SMTPDataError,), gettext_lazy("It refused the letter itself. Ask its operator what it demands.")),
    (
        (smtplib.SMTPNotSupportedError,),
        gettext_lazy(
            "It does not offer what EMAIL_URL asks for. Without encryption or a password, use smtp://host:port."
        ),
    ),
    ((socket.gaierror,), gettext_lazy("No server has that name. Check the host in EMAIL_URL.")),
    (
        (ssl.SSLCertVerificationError,),
        gettext_lazy("Its certificate does not fit its name. Check the host in EMAIL_URL."),
    ),
    (
        (ssl.SSLError, smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError),
        gettext_lazy("It ended the conversation. Use smtp+ssl:// for port 465 and smtp+tls:// for port 587."),
    ),
    (
        (TimeoutError,),
        gettext_lazy("It did not answer. Check host and port in EMAIL_URL, and whether a firewall stands between."),
    ),
    (
        (ConnectionRefusedError,),
        gettext_lazy("Nothing listens there. Check host and port in EMAIL_URL; localhost means the container itself."),
    ),
    ((OSError,), gettext_lazy("It cannot be reached. Check host and port in EMAIL_URL.")),
)


class Command(BaseCommand):
    """Safe to repeat."""

    help = "Send a test letter to ADDRESS, the way students get theirs, and say what failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", metavar="ADDRESS")

    def handle(self, *args: Any, **options: Any) -> None:
        address = options["address"]
        try:
            validate_email(address)
        except ValidationError as error:
            raise CommandError(
                _("“%(address)s” is no e-mail address. Give one such as you@example.org.") % {"address": address}
            ) from error
        mailer = mailers.default
        try:
            mailer.open()
            mailer.send_messages([_letter(address)])
        except OSError as error:
            raise CommandError(
                _("The mail server %(server)s did not take the letter. %(advice)s (%(error)s)")
                % {"server": _server(), "advice": _advice(error), "error": f"{type(error).__name__}: {error}"}
            ) from error
        finally:
            with contextlib.suppress(OSError):
                mailer.close()
        self.stdout.write(_said(address))
        with contextlib.suppress(OperationalError):  # the letter has left, whether the database is there or not
            password_letters.forget_failures()


def _said(address: str) -> str:
    if "host" in _options():
        words = _("The mail server %(server)s took a letter from %(sender)s to %(address)s. See whether it arrives.")
        return words % {"server": _server(), "sender": settings.DEFAULT_FROM_EMAIL, "address": address}
    words = _("Without PRODUCTION nothing is sent: the letter to %(address)s is kept in %(folder)s.")
    return words % {"address": address, "folder": settings.MAIL_ROOT}


def _letter(address: str) -> EmailMessage:
    return EmailMessage(
        subject=_("A test letter of %(site)s") % {"site": settings.SITE_NAME},
        body=_("Letters of %(site)s reach you. This one was sent to try that.\n\n%(address)s\n")
        % {"site": settings.SITE_NAME, "address": settings.PUBLIC_URL},
        to=[address],
        headers={"Auto-Submitted": "auto-generated"},
    )


def _options() -> dict[str, Any]:
    options: dict[str, Any] = settings.MAILERS["default"].get("OPTIONS", {})
    return options


def _server() -> str:
    return f"{_options().get('host')}:{_options().get('port')}"


def _advice(error: OSError) -> str:
    return str(next(advice for kinds, advice in ADVICE if isinstance(error, kinds)))
