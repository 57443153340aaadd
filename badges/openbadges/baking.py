"""Puts a credential into the badge's picture and finds it there again: a PNG's iTXt chunk, an SVG's first element."""

import base64
import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree as ET  # builds and writes; what comes from outside is parsed by defusedxml

from defusedxml import ElementTree as Defused
from defusedxml.common import DefusedXmlException

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"openbadgecredential"
OPEN_BADGES = "https://purl.imsglobal.org/ob/v3p0"
SVG = "http://www.w3.org/2000/svg"

_CREDENTIAL = f"{{{OPEN_BADGES}}}credential"
_HOLE = "the credential goes here"

ET.register_namespace("openbadges", OPEN_BADGES)
ET.register_namespace("", SVG)


class UnbakeableError(Exception):
    """The picture is not of the kind that is asked for, or damaged."""


def bake_png(image: bytes, text: str) -> bytes:
    """The PNG with the credential in it, and no other one. Its pixels are not touched."""
    baked = [SIGNATURE]
    for kind, content in _chunks(image):
        if kind == b"IEND":
            baked.append(_chunk(b"iTXt", KEYWORD + b"\0" + b"\0\0" + b"\0" + b"\0" + text.encode()))
        if not _is_credential(kind, content):
            baked.append(_chunk(kind, content))
    return b"".join(baked)


def read_png(image: bytes) -> str | None:
    """The credential of a baked PNG, if there is one. Raises UnbakeableError."""
    for kind, content in _chunks(image):
        if _is_credential(kind, content):
            return content[len(KEYWORD) + 1 :].split(b"\0", 4)[4].decode()
    return None


def bake_svg(image: bytes, text: str) -> bytes:
    """The SVG with the credential, JSON or token, as its first element, and no other one."""
    root = _parse(image)
    for earlier in root.findall(_CREDENTIAL):
        root.remove(earlier)
    credential = ET.Element(_CREDENTIAL)
    if text.startswith("{"):
        credential.text = _HOLE
    else:
        credential.set("verify", text)
    root.insert(0, credential)
    # JSON stands in CDATA by the specification, which ElementTree does not write.
    data = "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    return ET.tostring(root, encoding="unicode").replace(_HOLE, data, 1).encode()


def read_svg(image: bytes) -> str | None:
    """The credential of a baked SVG, if there is one. Raises UnbakeableError."""
    credential = _parse(image).find(_CREDENTIAL)
    if credential is None:
        return None
    return credential.get("verify") or (credential.text or "").strip()


def svg_around(png: bytes, *, width: int, height: int) -> bytes:
    """An SVG that shows the PNG, which it contains."""
    root = ET.Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 {width} {height}"})
    data = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    ET.SubElement(root, f"{{{SVG}}}image", {"width": str(width), "height": str(height), "href": data})
    return ET.tostring(root)


def _parse(image: bytes) -> ET.Element:
    try:
        root: ET.Element = Defused.fromstring(image, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException, ValueError) as error:
        raise UnbakeableError from error
    if root.tag != f"{{{SVG}}}svg":
        raise UnbakeableError
    return root


def _chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not image.startswith(SIGNATURE):
        raise UnbakeableError
    position = len(SIGNATURE)
    while position < len(image):
        try:
            length, kind = struct.unpack_from(">I4s", image, position)
        except struct.error:
            raise UnbakeableError from None
        yield kind, image[position + 8 : position + 8 + length]
        position += 12 + length
        if kind == b"IEND":
            return
    raise UnbakeableError


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _is_credential(kind: bytes, content: bytes) -> bool:
    return kind == b"iTXt" and content.startswith(KEYWORD + b"\0")
