"""`manage.py load_demo`: a training company full of people, classes and badges, to look around in."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from operation.database.pooling import require_session
from tms.demo.loading import DemoNameTakenError, load


class Command(BaseCommand):
    help = "Load the demo: a fictional training company with people, courses, classes, badges and achievements."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="say nothing when the demo is there already")

    def handle(self, *_args: Any, once: bool, **_options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo has accounts whose password everybody knows: it is not for production.")
        started = time.monotonic()
        try:
            require_session()
            is_new = load(at=timezone.now())
        except DemoNameTakenError as error:
            raise CommandError(f"Other accounts have the names of the demo's: {error}. Use a fresh database.") from None
        except ImproperlyConfigured as error:  # it sweeps
            raise CommandError(str(error)) from error
        if is_new:
            self.stdout.write(f"Demo data loaded in {time.monotonic() - started:.1f} s.")
        elif not once:
            self.stdout.write("The demo data is here already; nothing was changed.")
