"""`manage.py demo_accounts`: where the site is, and who can sign in to look around."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from organizations.models import User
from tms.demo.people import PASSWORD, PERSONAS, earner_id_of


class Command(BaseCommand):
    help = "Print the site's address and, where the demo is loaded, its accounts with their password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="", help="of the site, to be printed first")

    def handle(self, *_args: Any, address: str, **_options: Any) -> None:
        if address:
            self.stdout.write(f"\n{settings.SITE_NAME} is running: {address}")
        ours = {earner_id_of(persona.username): persona.words for persona in PERSONAS}
        accounts = User.objects.filter(earner_id__in=ours).values_list("username", "earner_id", "is_active")
        lines = {earner_id: username for username, earner_id, is_active in accounts if is_active}
        if not lines:
            return
        width = max(map(len, lines.values()))
        self.stdout.write(f"Sign in with one of these names; the password of all is: {PASSWORD}\n\n")
        for earner_id, words in ours.items():
            if earner_id in lines:
                self.stdout.write(f"  {lines[earner_id]:<{width}}   {words}")
        self.stdout.write("")
