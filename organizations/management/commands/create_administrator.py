"""Creates the first organization and the account that may do everything, for a new deployment."""

import getpass
import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from organizations.models import Organization, User
from organizations.roles import ADMINISTRATOR
from organizations.user_names import normalized

PASSWORD_VARIABLE = "ADMINISTRATOR_PASSWORD"  # noqa: S105 - the name of a variable


class Command(BaseCommand):
    """Safe to repeat: an account that exists is left as it is, its password included."""

    help = (
        "Create the first organization and a superuser with the role Administrator. Asks for what the options leave "
        f"out; the password may come from the environment variable {PASSWORD_VARIABLE}."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", help="name of the topmost organization")
        parser.add_argument("--time-zone", default="UTC", help="its time zone, such as Europe/Paris (default: UTC)")
        parser.add_argument("--username", help="name to sign in with")
        parser.add_argument("--email", help="e-mail address; signs in as well")
        parser.add_argument("--no-input", action="store_true", help="ask nothing: fail where an option is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        is_silent = options["no_input"] or not sys.stdin.isatty()
        wanted = {
            name: options[name] or _ask(name, label, is_silent=is_silent)
            for name, label in (
                ("organization", _("Organization")),
                ("username", _("User name")),
                ("email", _("E-mail address")),
            )
        }
        wanted["username"] = normalized(wanted["username"])
        if User.objects.filter(username=wanted["username"]).exists():
            self.stdout.write(_("The account %(username)s exists; nothing was changed.") % wanted)
            return
        password = os.environ.get(PASSWORD_VARIABLE) or _ask_password(is_silent=is_silent)
        try:
            with transaction.atomic():
                _create(**wanted, time_zone=options["time_zone"], password=password)
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        self.stdout.write(_("Created %(username)s, who administers %(organization)s and may do everything.") % wanted)


def _ask(name: str, label: str, *, is_silent: bool) -> str:
    if is_silent:
        raise CommandError(_("Give --%(option)s.") % {"option": name})
    answer = input(f"{label}: ").strip()
    return answer or _ask(name, label, is_silent=is_silent)


def _ask_password(*, is_silent: bool) -> str:
    if is_silent:
        raise CommandError(_("Set %(variable)s to the new password.") % {"variable": PASSWORD_VARIABLE})
    password = getpass.getpass(_("Password: "))
    if password != getpass.getpass(_("Password (again): ")):
        raise CommandError(_("The two passwords differ."))
    return password


def _create(*, organization: str, time_zone: str, username: str, email: str, password: str) -> User:
    """The account, with the organization if it is new. Raises ValidationError."""
    top = Organization.objects.filter(name=organization, parent=None).first()
    if top is None:
        top = Organization(name=organization, time_zone=time_zone)
        top.full_clean()
        top.save()
    user = User(username=username, email=email, organization=top, is_staff=True, is_superuser=True)
    validate_password(password, user)
    user.set_password(password)
    user.full_clean()
    user.save()
    user.groups.add(Group.objects.get(name=ADMINISTRATOR))
    user.managed_organizations.add(top)
    return user
