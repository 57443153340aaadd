"""`manage.py demo_accounts`: where the site is, and who can sign in to look around."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from tms.demo.accounts import demo_accounts
from tms.demo.people import PASSWORD


class Command(BaseCommand):
    help = "Print the site's address and, where the demo is loaded, its accounts with their password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="", help="of the site, to be printed first")

    def handle(self, *_args: Any, address: str, **_options: Any) -> None:
        if address:
            self.stdout.write(f"\n{settings.SITE_NAME} is running: {address}")
        accounts = demo_accounts()
        if not accounts:
            return
        width = max(len(account.username) for account in accounts)
        self.stdout.write(f"Sign in with one of these names; the password of all is: {PASSWORD}\n\n")
        for account in accounts:
            self.stdout.write(f"  {account.username:<{width}}   {account.words}")
        self.stdout.write("")
