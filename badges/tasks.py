"""When badges are delivered and providers asked by themselves. The tasks carry nothing: what is due is in the database."""

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.utils import timezone

from badges.accounts import health
from badges.delivery import inbound, letters, rounds
from operation import heartbeats
from organizations.sign_in import password_letters


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def deliver() -> None:
    """Bring what is due to its providers, every few seconds and when woken."""
    rounds.deliver_due()


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def apply_events() -> None:
    """Ask for what webhooks announced, every few seconds and when woken."""
    inbound.apply_events()


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def write_letters() -> None:
    """Send the letters that are due, every few seconds and when woken; first those that people wait for to sign in."""
    password_letters.write_due()
    letters.write_due()


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def poll_providers() -> None:
    """Ask providers what changed, for those without webhooks and for webhooks that were lost."""
    inbound.poll_all()


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def check_providers() -> None:
    """Once a night: tokens, templates, and what need not be kept."""
    health.check_all()
    inbound.forget_old_events(at=timezone.now())


@shared_task(base=DjangoTask)  # type: ignore[untyped-decorator]
def show_life() -> None:
    """A worker of the queue for providers works."""
    heartbeats.beat("delivery")
