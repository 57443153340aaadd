"""`manage.py check_user_names [--repair]`: accounts whose user names are from before the rules."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from organizations.models import User
from organizations.old_names import is_other_address, release, rename, with_old_names
from organizations.user_names import normalized


class Command(BaseCommand):
    help = (
        "List accounts whose user names break a rule: an @ outside the account's own address, or a name that differs "
        "from another by case alone. --repair renames them; their owners sign in with the new name, or their address."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="rename them, and print the old and the new names")

    def handle(self, *args: Any, **options: Any) -> None:
        release()
        if options["repair"]:
            lines = [
                _("%(was)s is now %(name)s (%(organization)s).")
                % {"was": each.was, "name": each.user.username, "organization": each.user.organization}
                for each in rename()
            ]
        else:
            lines = [_line(user) for user in with_old_names()]
        for line in lines or [_("Every user name keeps the rules.")]:
            self.stdout.write(line)


def _line(user: User) -> str:
    words = {"name": user.username, "organization": user.organization}
    if is_other_address(user):
        return _("%(name)s (%(organization)s) is not the account's own e-mail address.") % words
    if user.username != normalized(user.username):
        return _("%(name)s (%(organization)s) has characters that do not work at sign-in.") % words
    return _("%(name)s (%(organization)s) differs from another user name by case alone.") % words
