"""When the sweep runs by itself. The tasks carry nothing: what there is to do is in the database."""

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.utils import timezone

from achievements.sweep import sweeper


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def award_everybody() -> None:
    """The full sweep, every hour."""
    sweeper.award_everybody(at=timezone.now())


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def award_if_due() -> None:
    """The full sweep that somebody asked for, or that was missed, every few seconds and when woken."""
    sweeper.award_if_due(at=timezone.now())


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def drain() -> None:
    """What the hints ask for, every few seconds and when woken."""
    sweeper.drain(at=timezone.now())
