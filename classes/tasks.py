"""What classes do by themselves."""

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.utils import timezone

from classes import selecting


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def clear_selections() -> None:
    """Once a night: what was chosen long ago and never issued."""
    selecting.clear_selections(at=timezone.now())
