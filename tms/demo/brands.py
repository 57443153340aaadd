"""The demo's one brand: that of the group, which all its academies show."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from organizations.models import Brand, Organization
from tms.demo import art

LOGO = "logos/demo-kestrel.png"


def add_brand(places: dict[str, Organization]) -> Brand:
    """Name, logo and colour of the group. The other organizations show the house's."""
    return Brand.objects.create(organization=places["group"], name="Kestrel & Quill", logo=LOGO, colour="#0b5a66")


def put_logo() -> bool:
    """Put the logo where the storage lacks it; whether it did. Safe to repeat, and no part of a transaction."""
    if default_storage.exists(LOGO):
        return False
    default_storage.save(LOGO, ContentFile(art.picture("kestrel")))
    return True
