"""The pictures that credentials are baked into: the badge's own, or the seal that stands for a badge without one."""

import struct
from functools import cache

from django.conf import settings

from badges.catalogue.rendering import UndrawableError, drawn
from badges.models import Badge
from badges.openbadges import baking

_WIDTH_AND_HEIGHT = 16  # where they stand in every PNG


def baked_png(badge: Badge, text: str) -> bytes:
    """A PNG with the credential; the drawn one where the badge's picture is SVG."""
    art = _art(badge)
    return baking.bake_png(art if _is_png(art) else _drawn(badge), text)


def baked_svg(badge: Badge, text: str) -> bytes:
    """An SVG with the credential; around the badge's PNG if that is what the badge has."""
    art = _art(badge)
    if _is_png(art):
        width, height = struct.unpack_from(">II", art, _WIDTH_AND_HEIGHT)
        art = baking.svg_around(art, width=width, height=height)
    return baking.bake_svg(art, text)


def _art(badge: Badge) -> bytes:
    """The badge's picture as it was let in, PNG or SVG. The seal when there is none, or its file is gone."""
    try:
        with badge.image.open() as stored:
            content: bytes = stored.read()
    except (OSError, ValueError):
        return _seal()
    return content if _is_png(content) or (badge.image.name or "").endswith(".svg") else _seal()


def _drawn(badge: Badge) -> bytes:
    storage = badge.image.storage
    try:
        with storage.open(drawn(storage, str(badge.image))) as stored:
            content: bytes = stored.read()
    except (OSError, UndrawableError):
        return _seal()
    return content


def _is_png(art: bytes) -> bool:
    return art.startswith(baking.SIGNATURE)


@cache
def _seal() -> bytes:
    return (settings.BASE_DIR / "static" / "img" / "seal.png").read_bytes()
