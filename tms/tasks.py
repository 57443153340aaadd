"""What the product as a whole does by itself: shows that it lives, and clears away what has had its time."""

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.conf import settings
from django.utils import timezone

from operation import heartbeats
from organizations.audit import sealing
from tms import clearing


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def show_life() -> None:
    """A worker of the ordinary queue works; badges.tasks has the other one's."""
    heartbeats.beat(settings.CELERY_TASK_DEFAULT_QUEUE)


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def seal_audit() -> None:
    """Once a minute: what was noted since is sealed."""
    while sealing.seal(at=timezone.now()) is not None:
        pass


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def clear_away() -> None:
    """Once a night: every row whose time is over."""
    clearing.clear_away(at=timezone.now())
