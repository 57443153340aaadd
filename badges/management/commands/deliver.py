"""`manage.py deliver`: bring what is due to the badge providers now, or keep doing it without a broker."""

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, connection
from django.utils.translation import ngettext

from badges.delivery import rounds

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Bring every issued badge that is due to its provider."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--poll",
            type=float,
            metavar="SECONDS",
            help="run for ever, looking every SECONDS, without broker and beat",
        )

    def handle(self, *_args: Any, poll: float | None, **_options: Any) -> None:
        if poll is None:
            count = rounds.deliver_due(seconds=float("inf"))
            self.stdout.write(ngettext("%d badge handled.", "%d badges handled.", count) % count)
        while poll is not None:
            try:
                rounds.deliver_due()
            except (DatabaseError, InterfaceError):
                logger.exception("The database did not answer; trying again.")
                connection.close()
            time.sleep(poll)
