"""What the processes of test_processes run. A fork server that has imported this starts one in milliseconds."""

import django
from django.utils import timezone

django.setup()

from achievements import sweep  # noqa: E402 - needs the apps


def award_everybody() -> None:
    sweep.award_everybody(at=timezone.now())


def drain() -> None:
    sweep.drain(at=timezone.now())
