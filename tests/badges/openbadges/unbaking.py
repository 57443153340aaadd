"""Finds the credential in a picture as others would: with programs that know nothing of how it was put there."""

import io
from xml.etree import ElementTree as ET

from PIL import Image

CREDENTIAL = "{https://purl.imsglobal.org/ob/v3p0}credential"


def read_png(image: bytes) -> str | None:
    """What stands in its text chunk, if it has one."""
    with Image.open(io.BytesIO(image)) as picture:
        text = picture.info.get("openbadgecredential")
    return None if text is None else str(text)


def read_svg(image: bytes) -> str | None:
    """What its credential says, or the token that verifies it, if it has one."""
    credential = ET.fromstring(image).find(CREDENTIAL)
    return None if credential is None else credential.get("verify") or (credential.text or "").strip()
