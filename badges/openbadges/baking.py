"""Puts a credential into the badge's picture: into a PNG's iTXt chunk, or an SVG's first element."""

import base64
import struct
import zlib
from collections.abc import Iterator
from xml.dom import minidom  # for CDATA; builds and writes: what comes from outside is parsed by defusedxml
from xml.etree import ElementTree as ET
from xml.parsers.expat import ExpatError

from defusedxml import minidom as Defused  # noqa: N812 - as the module that it stands for is none of ours
from defusedxml.common import DefusedXmlException

SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = b"openbadgecredential"
OPEN_BADGES = "https://purl.imsglobal.org/ob/v3p0"
SVG = "http://www.w3.org/2000/svg"

ET.register_namespace("", SVG)


class UnbakeableError(Exception):
    """The picture is not of the kind that is asked for, or damaged."""


def bake_png(image: bytes, text: str) -> bytes:
    """The PNG with the credential in it, and no other one. Its pixels are not touched."""
    chunks = [(kind, content) for kind, content in _chunks(image) if not _is_credential(kind, content)]
    # Before the pixels: some programs read no text behind them.
    place = next((number for number, (kind, _content) in enumerate(chunks) if kind == b"IDAT"), None)
    if place is None:
        raise UnbakeableError
    chunks.insert(place, (b"iTXt", KEYWORD + b"\0" + b"\0\0" + b"\0" + b"\0" + text.encode()))
    return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def bake_svg(image: bytes, text: str) -> bytes:
    """The SVG with the credential, JSON or token, as its first element, and no other one."""
    document = _parse(image)
    root = document.documentElement
    assert root is not None
    for earlier in _credentials(root):
        root.removeChild(earlier)
    credential = document.createElementNS(OPEN_BADGES, "openbadges:credential")
    root.setAttribute("xmlns:openbadges", OPEN_BADGES)
    if text.startswith("{"):
        for part in _parts_for_cdata(text):
            credential.appendChild(document.createCDATASection(part))
    else:
        credential.setAttribute("verify", text)
    root.insertBefore(credential, root.firstChild)
    return root.toxml().encode()


def _parts_for_cdata(json_text: str) -> list[str]:
    """JSON stands in CDATA by the specification: without what would end it, or what XML cannot hold."""
    held = json_text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
    first, *others = held.split("]]>")
    parts = [first]
    for other in others:
        parts[-1] += "]]"
        parts.append(f">{other}")
    return parts


def _credentials(root: minidom.Element) -> list[minidom.Element]:
    return [
        child
        for child in root.childNodes
        if isinstance(child, minidom.Element) and (child.namespaceURI, child.localName) == (OPEN_BADGES, "credential")
    ]


def svg_around(png: bytes, *, width: int, height: int) -> bytes:
    """An SVG that shows the PNG, which it contains."""
    root = ET.Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 {width} {height}"})
    data = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    ET.SubElement(root, f"{{{SVG}}}image", {"width": str(width), "height": str(height), "href": data})
    return ET.tostring(root)


def _parse(image: bytes) -> minidom.Document:
    try:
        document: minidom.Document = Defused.parseString(image, forbid_dtd=True)  # type: ignore[arg-type]  # bytes too
    except (ExpatError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnbakeableError from error
    root = document.documentElement
    if root is None or (root.namespaceURI, root.localName) != (SVG, "svg"):
        raise UnbakeableError
    return document


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
