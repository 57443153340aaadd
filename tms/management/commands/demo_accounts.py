"""`manage.py demo_accounts`: where the site is, and who can sign in to look around."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from tms.demo.people import PASSWORD, PERSONAS, earner_id_of
from tms.models import User


class Command(BaseCommand):
    help = "Print the site's address and, where the demo is loaded, its accounts with their password."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--address", default="", help="of the site, to be printed first")

    def handle(self, *_args: Any, address: str, **_options: Any) -> None:
        if address:
            self.stdout.write(f"\n{settings.SITE_NAME} is running: {address}\n")
        names = dict(User.objects.filter(earner_id__in=_ours()).values_list("earner_id", "username"))
        if not names:
            return
        lines = [
            (names[earner_id_of(persona.username)], persona.words)
            for persona in PERSONAS
            if earner_id_of(persona.username) in names
        ]
        width = max(len(name) for name, _words in lines)
        self.stdout.write(f"\nSign in with one of these names. Password for all: {PASSWORD}\n\n")
        for name, words in lines:
            self.stdout.write(f"  {name:<{width}}   {words}")
        self.stdout.write("\nCtrl-C ends it.\n" if address else "")


def _ours() -> list[Any]:
    return [earner_id_of(persona.username) for persona in PERSONAS]
