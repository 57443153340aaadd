"""Which template of its provider a badge names (S7): required where the provider has templates, and offered by name."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from badges.models import BadgeProvider, BadgeTemplate

# Enough to choose from; an account with more templates types the id.
MOST_OFFERED = 1000


def say_missing(provider: BadgeProvider) -> str:
    """What a form says at the field that was left empty."""
    words = _("Enter the id of the badge's template at %(provider)s: without it the badge cannot be issued.")
    return words % {"provider": provider.name}


def refuse_missing_template(provider: BadgeProvider, template_id: str) -> None:
    """Raises ValidationError unless the badge names a template. To be asked of providers that have templates."""
    if not template_id:
        raise ValidationError(say_missing(provider), code="required")


def offered_templates(provider: BadgeProvider) -> list[BadgeTemplate]:
    """The templates that can be issued from, as they were read last. One query."""
    active = BadgeTemplate.objects.filter(provider=provider, state=BadgeTemplate.State.ACTIVE)
    return list(active.only("external_id", "name").order_by("name", "pk")[:MOST_OFFERED])
