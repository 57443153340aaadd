"""What the processes of tests run. A fork server that has imported this starts one in milliseconds."""

import datetime as dt
import os
import signal
import time

import django
import time_machine
from django.utils import timezone

django.setup()

from achievements.sweep import lock  # noqa: E402 - needs the apps
from achievements.sweep import sweeper as sweep  # noqa: E402
from tms.local.lifeline import die_with_parent  # noqa: E402

OFF = dt.timedelta(hours=2)


def award_everybody() -> None:
    sweep.award_everybody(at=timezone.now())


def drain() -> None:
    sweep.drain(at=timezone.now())


def award_if_due() -> None:
    sweep.award_if_due(at=timezone.now())


def award_everybody_and_stand_still_for_two_seconds_at_most() -> None:
    lock.STANDSTILL = 2
    award_everybody()


def award_everybody_with_a_fast_clock() -> None:
    with time_machine.travel(timezone.now() + OFF):
        award_everybody()


def award_everybody_with_a_slow_clock() -> None:
    with time_machine.travel(timezone.now() - OFF):
        award_everybody()


def drain_with_a_slow_clock() -> None:
    with time_machine.travel(timezone.now() - OFF):
        drain()


def sweep_until_killed() -> None:
    """As beat has a worker do, only without a pause; ends with the tests, however these end."""
    if (tie := die_with_parent(signal.SIGKILL, os.getppid())) is not None:
        tie()
    while True:
        award_if_due()
        drain()
        time.sleep(0.02)
