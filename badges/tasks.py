"""When badges are delivered and providers asked by themselves. The tasks carry nothing: what is due is in the database."""

from celery import shared_task
from celery.contrib.django.task import DjangoTask

from badges import delivery


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def deliver() -> None:
    """Bring what is due to its providers, every few seconds and when woken."""
    delivery.deliver_due()
