"""`manage.py demo_provider`: where the demo's stand-in for Credly is this time."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from tms.demo.credly import point_at


class Command(BaseCommand):
    help = "Point the demo's provider “Credly (stand-in)” at its process, and deliver what waits for it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="of the stand-in's API, with /v1")

    def handle(self, *_args: Any, url: str, **_options: Any) -> None:
        found = point_at(url)
        if found is None:
            self.stdout.write("The demo's provider “Credly (stand-in)” is not here; nothing was changed.")
        else:
            self.stdout.write(f"A stand-in for Credly is at {url.removesuffix('v1')}: {found.sentence}")
