"""`manage.py sweep`: award everybody now, drain the queue, or keep doing both without a broker."""

import logging
import time
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from achievements.models import Sweep
from achievements.sweep import sweeper
from operation.database.pooling import require_session

HOUR = 60 * 60

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Award every achievement to everybody who has ever met its conditions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--drain", action="store_true", help="only do what the queue of hints asks for")
        parser.add_argument(
            "--poll",
            type=float,
            metavar="SECONDS",
            help="run for ever: drain every SECONDS and award everybody every hour, without broker and beat",
        )

    def handle(self, *_args: Any, drain: bool, poll: float | None, **_options: Any) -> None:
        try:
            require_session()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        if poll is None:
            self._print(sweeper.drain(at=timezone.now()) if drain else sweeper.award_everybody(at=timezone.now()))
        else:
            self._poll(poll)

    def _poll(self, seconds: float) -> None:
        full_sweep_due = time.monotonic()
        while True:
            try:
                if time.monotonic() >= full_sweep_due:
                    self._print(sweeper.award_everybody(at=timezone.now()))
                    full_sweep_due = time.monotonic() + HOUR
                self._print(sweeper.award_if_due(at=timezone.now()), quietly=True)
                self._print(sweeper.drain(at=timezone.now()), quietly=True)
            except (DatabaseError, InterfaceError):
                logger.exception("The database did not answer; trying again.")
                connection.close()
            time.sleep(seconds)

    def _print(self, done: Sweep | None, *, quietly: bool = False) -> None:
        if done is None:
            if not quietly:
                self.stdout.write("Nothing to do.")
            return
        if done.is_waiting:
            self.stdout.write("Another sweeper is at work. The full sweep waits for it, and a worker begins it then.")
            return
        finished = done.finished_at or done.started_at
        self.stdout.write(
            f"{done.get_kind_display()}: {done.achievements} achievements, {done.earned} earned, "
            f"{done.issued} badges issued, {done.failed} failed, {done.skipped} skipped, "
            f"{(finished - done.started_at).total_seconds():.1f} s."
        )
        for problem in done.problems.order_by("pk")[:20]:
            self.stdout.write(f"  {problem.code}: {problem.message}")
