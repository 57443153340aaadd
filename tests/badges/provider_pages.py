"""What tests of provider pages need: addresses, what a page says, and badges at a provider."""

from django.urls import reverse
from django.utils import timezone

from badges.models import BadgeProvider
from tests.factories import BadgeFactory, IssuedBadgeFactory

CANARY = "canary-token-7c2e"


def url(page: str, row: BadgeProvider) -> str:
    return reverse(f"badges:{page}", args=[row.pk])


def issue(provider, *, states):
    """Badges of the provider in these states of delivery; its account has answered before."""
    badge = BadgeFactory.create(provider=provider, organization=provider.organization)
    BadgeProvider.objects.update(last_success_at=timezone.now())
    for state in states:
        IssuedBadgeFactory.create(badge=badge, status="pending", delivery=state)


def messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]
