"""Pictures for the places where art is small: made of what was let in, and kept beside it.

A page names one by the stored picture's name, and asks no storage. Whoever first loads it has it made.
"""

import io
import re

from django.core.files.storage import Storage
from django.db.models.fields.files import FieldFile
from PIL import Image

from badges.catalogue.derived import keep
from badges.catalogue.rendering import UndrawableError, drawn

# Pixels a side, and where: a line of a list on any screen, a tile on most screens, a tile on a sharp one.
SIDES = (56, 96, 192)
# Beyond these, art as small as this looks no better.
QUALITY, ALPHA_QUALITY = 72, 60

_THUMBNAIL = re.compile(rf"(?P<stem>.+)-(?P<kind>png|jpe?g|webp|svg)-(?P<side>{'|'.join(map(str, SIDES))})\.webp")


def address_of(image: FieldFile, side: int) -> str:
    """Where browsers load the thumbnail of a stored picture. Another picture has another address."""
    return str(image.storage.url(_name_of(str(image), side)))


def original_of(thumbnail: str) -> str:
    """The name of the picture that a thumbnail of this name is of; empty where it is no thumbnail's."""
    match = _THUMBNAIL.fullmatch(thumbnail)
    return f"{match['stem']}.{match['kind']}" if match else ""


def make(storage: Storage, thumbnail: str) -> bool:
    """Make the thumbnail of this name from its picture, if there is one that can be drawn."""
    match = _THUMBNAIL.fullmatch(thumbnail)
    if match is None:
        return False
    try:
        keep(storage, thumbnail, _drawn_small(storage, original_of(thumbnail), int(match["side"])))
    except (OSError, SyntaxError, ValueError, UndrawableError, Image.DecompressionBombError):
        return False
    return True


def prepare(image: FieldFile) -> None:
    """Make what a new picture lacks, so that nobody waits for it. What fails is tried again by whoever loads it."""
    if not image:
        return
    for side in SIDES:
        name = _name_of(str(image), side)
        if not image.storage.exists(name):
            make(image.storage, name)


def _name_of(picture: str, side: int) -> str:
    stem, _, kind = picture.rpartition(".")
    return f"{stem}-{kind}-{side}.webp"


def _drawn_small(storage: Storage, picture: str, side: int) -> bytes:
    name = drawn(storage, picture) if picture.endswith(".svg") else picture
    output = io.BytesIO()
    with storage.open(name) as stored, Image.open(stored) as whole:
        small = whole.convert("RGBA")
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
        small.save(output, format="WEBP", quality=QUALITY, alpha_quality=ALPHA_QUALITY, method=6)
    return output.getvalue()
