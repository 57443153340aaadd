"""Who may use whose badge or provider: the rules that a badge's or provider's form keeps (S4, S9)."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from badges.models import BadgeProvider
from organizations.models import Organization, OrganizationQuerySet


def children(organization: Organization) -> OrganizationQuerySet:
    """The organizations below this one, at any depth: those it can make something available to."""
    return Organization.objects.under(Organization.objects.filter(pk=organization.pk)).exclude(pk=organization.pk)


def refuse_others_than_children(owner: Organization, chosen: Iterable[Organization]) -> None:
    """Raises ValidationError that names the chosen organizations that do not lie below the owner."""
    below = {organization.pk for organization in children(owner)}
    others = [organization.name for organization in chosen if organization.pk not in below]
    if others:
        message = ngettext(
            "%(names)s is no child organization of %(owner)s.",
            "%(names)s are no child organizations of %(owner)s.",
            len(others),
        )
        raise ValidationError(message, code="not_a_child", params={"names": ", ".join(others), "owner": owner.name})


def refuse_foreign_provider(owner: Organization, provider: BadgeProvider) -> None:
    """Raises ValidationError unless the provider is the organization's own or was made available to it."""
    if not BadgeProvider.objects.usable_by(owner.pk).filter(pk=provider.pk).exists():
        raise ValidationError(
            _("%(provider)s is not available to %(owner)s."),
            code="foreign_provider",
            params={"provider": provider.name, "owner": owner.name},
        )
