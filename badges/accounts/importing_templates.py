"""Makes a badge of a provider's template, so that nobody has to copy names and ids by hand."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from badges.catalogue.editing import NameTakenError, save_badge
from badges.delivery.pacing import take_turn
from badges.models import Badge, BadgeTemplate
from badges.providers.http import fetch_image
from operation.characters import printable, printable_prose
from operation.pixels import reencode


@dataclass(frozen=True)
class ImportedBadge:
    """The new badge; `warning` says why it has no picture, where the template names one."""

    badge: Badge
    warning: str = ""


class AlreadyImportedError(Exception):
    """A badge of the provider's organization is made of this template already."""

    def __init__(self, badge: Badge) -> None:
        super().__init__(badge.pk)
        self.badge = badge


def import_template(template: BadgeTemplate) -> ImportedBadge:
    """A badge of the provider's organization with the template's name, description, picture and id.

    It is not for manual issuance until somebody says so. Raises AlreadyImportedError, and NameTakenError when another
    badge has the name.
    """
    provider = template.provider
    same = Badge.objects.filter(provider=provider, organization=provider.organization_id)
    if made := same.filter(provider_template_id=template.external_id).first():
        raise AlreadyImportedError(made)
    name = printable(template.name)
    if Badge.objects.filter(organization=provider.organization_id, name=name).exists():
        raise NameTakenError
    picture, warning = _picture(template)
    badge = Badge(
        name=name,
        description=printable_prose(template.description),
        organization_id=provider.organization_id,
        provider=provider,
        provider_template_id=template.external_id,
    )
    if picture is not None:
        badge.image = picture

    def save() -> Badge:
        badge.save()
        return badge

    return ImportedBadge(save_badge(save), warning)


def _picture(template: BadgeTemplate) -> "tuple[ContentFile[bytes] | None, str]":
    """The template's picture, written anew, or why there is none. It is never worth failing for."""
    if not template.image_url:
        return None, ""
    provider = template.provider
    fetched = fetch_image(template.image_url, lambda: take_turn(provider.pk, provider.requests_per_second))
    if not isinstance(fetched, bytes):
        return None, _("Its picture could not be imported: %s") % fetched.message
    try:
        return reencode(ContentFile(fetched, name="template")), ""
    except ValidationError as refusal:
        return None, _("Its picture could not be imported: %s") % " ".join(refusal.messages)
