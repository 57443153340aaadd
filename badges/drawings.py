"""SVG badge art as it is let in: drawn anew from what only draws, so that nothing that acts or fetches is kept."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET  # builds and writes; the upload is parsed by defusedxml

from defusedxml import ElementTree as Defused
from defusedxml.common import DefusedXmlException
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MAX_BYTES = 512 * 1024
MAX_DEPTH = 64
# Counted as they are drawn: what is used a thousand times counts a thousand times.
MAX_SHAPES = 20_000

SVG = "http://www.w3.org/2000/svg"
_IN_SVG = f"{{{SVG}}}"
_OLD_HREF = "{http://www.w3.org/1999/xlink}href"

_SHAPES = frozenset({"circle", "ellipse", "image", "line", "path", "polygon", "polyline", "rect", "text", "use"})
_GROUPS = frozenset(
    """
    clipPath defs desc g linearGradient radialGradient stop svg symbol title tspan
    """.split()  # noqa: SIM905 - lists of words read better than lists of strings
)
_GEOMETRY = frozenset(
    """
    clipPathUnits cx cy d dx dy fr fx fy gradientTransform gradientUnits height id lengthAdjust offset pathLength points
    preserveAspectRatio r rotate rx ry spreadMethod textLength transform viewBox width x x1 x2 y y1 y2
    """.split()  # noqa: SIM905 - lists of words read better than lists of strings
)
_LOOKS = frozenset(
    """
    clip-path clip-rule color display dominant-baseline fill fill-opacity fill-rule font-family font-size font-style
    font-weight letter-spacing opacity paint-order shape-rendering stop-color stop-opacity stroke stroke-dasharray
    stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width text-anchor
    text-decoration text-rendering vector-effect visibility word-spacing
    """.split()  # noqa: SIM905 - lists of words read better than lists of strings
)
_INSIDE = re.compile(r"#([\w.:-]+)")
_PAINT = re.compile(r"""url\(\s*["']?#([\w.:-]+)["']?\s*\)\s*[\w#(), .%-]*""")
_PIXELS = re.compile(r"data:image/(?:png|jpeg|webp);base64,[A-Za-z0-9+/=\s]+")
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")

ET.register_namespace("", SVG)


def sanitise(content: bytes) -> bytes:
    """The drawing, written anew from allowed elements and attributes. Raises ValidationError.

    Scripts, event handlers, links, animations, embedded pages, comments and an editor's own data are left out in
    silence; references lead to the drawing itself or are left out. A drawing that would not look the same is refused
    with a sentence: one with a style sheet, or one that draws nothing that is allowed.
    """
    if len(content) > MAX_BYTES:
        raise ValidationError(_("The SVG image is larger than 512 KB."), code="image_bytes")
    try:
        root: ET.Element = Defused.fromstring(content)
    except DefusedXmlException:
        raise ValidationError(
            _("The SVG image declares entities. Save it without them (“Plain SVG”)."), code="image_entities"
        ) from None
    except (ET.ParseError, ValueError, LookupError):
        raise _damaged() from None
    if root.tag != f"{_IN_SVG}svg":
        raise _damaged()
    if root.find(f".//{_IN_SVG}style") is not None:
        raise ValidationError(
            _("The SVG image has a style sheet. Save it with presentation attributes (“Plain SVG”)."),
            code="image_style",
        )
    clean = _copy(root, depth=0)
    _give_a_size(clean)
    _refuse_what_draws_nothing_or_too_much(clean)
    return ET.tostring(clean, encoding="unicode").encode()


def _copy(element: ET.Element, *, depth: int) -> ET.Element:
    if depth > MAX_DEPTH:
        raise _too_much()
    copy = ET.Element(element.tag, dict(_attributes(element)))
    copy.text, copy.tail = element.text, element.tail
    for child in element:
        # What is not an element, such as a comment, has no text for a tag.
        if isinstance(child.tag, str) and _name(child) in _SHAPES | _GROUPS:
            copy.append(_copy(child, depth=depth + 1))
    return copy


def _attributes(element: ET.Element) -> Iterator[tuple[str, str]]:
    for name, value in element.items():
        if name in ("href", _OLD_HREF):
            if _is_good_href(element, value.strip()):
                yield "href", value.strip()
        elif name == "style":
            yield from _looks(value)
        elif name in _GEOMETRY or (name in _LOOKS and _is_good_look(value)):
            yield name, value


def _looks(style: str) -> Iterator[tuple[str, str]]:
    """Declarations of a style attribute as attributes of their own, which the page's policy lets pass."""
    for declaration in style.split(";"):
        name, _colon, value = declaration.partition(":")
        if name.strip() in _LOOKS and _is_good_look(value.strip()):
            yield name.strip(), value.strip()


def _is_good_look(value: str) -> bool:
    """A plain value, or a paint of the drawing itself. A backslash could spell "url" in disguise."""
    if "\\" in value:
        return False
    return "url" not in value.lower() or _PAINT.fullmatch(value.strip()) is not None


def _is_good_href(element: ET.Element, value: str) -> bool:
    if _name(element) == "image":
        return _PIXELS.fullmatch(value) is not None
    return _INSIDE.fullmatch(value) is not None


def _give_a_size(root: ET.Element) -> None:
    """A viewBox, without which a drawing is cut off where it should be made smaller."""
    if root.get("viewBox"):
        return
    width, height = (_LENGTH.fullmatch(root.get(side, "")) for side in ("width", "height"))
    if width is None or height is None:
        raise ValidationError(_("The SVG image has no size: it needs a viewBox, or width and height."), code="image")
    root.set("viewBox", f"0 0 {width[1]} {height[1]}")


def _refuse_what_draws_nothing_or_too_much(root: ET.Element) -> None:
    named = {element.get("id", ""): element for element in reversed([*root.iter()])}  # the first of a name is meant
    counted: dict[ET.Element, int] = {}
    if not any(_name(element) in _SHAPES for element in root.iter()):
        raise _damaged()
    if _count(root, named, counted, frozenset()) > MAX_SHAPES:
        raise _too_much()


def _count(
    element: ET.Element, named: dict[str, ET.Element], counted: dict[ET.Element, int], around: frozenset[ET.Element]
) -> int:
    """How many elements are drawn for this one, those that it uses included; each is counted once."""
    if element in around or len(around) > 4 * MAX_DEPTH:
        raise _too_much()
    if element not in counted:
        inner = around | {element}
        parts = [*element, *(named[name] for name in _used_by(element) if name in named)]
        counted[element] = 1 + sum(_count(part, named, counted, inner) for part in parts)
    return counted[element]


def _used_by(element: ET.Element) -> Iterator[str]:
    if _name(element) == "use" and (inside := _INSIDE.fullmatch(element.get("href", ""))):
        yield inside[1]
    if clipping := _PAINT.fullmatch(element.get("clip-path", "")):
        yield clipping[1]


def _name(element: ET.Element) -> str:
    """Without the namespace, which is SVG's; empty for an element of another one, or of none."""
    namespace, name = element.tag[: len(_IN_SVG)], element.tag[len(_IN_SVG) :]
    return name if namespace == _IN_SVG else ""


def _damaged() -> ValidationError:
    return ValidationError(_("The SVG image is damaged, or there is nothing to draw in it."), code="image")


def _too_much() -> ValidationError:
    return ValidationError(_("The SVG image is too complicated."), code="image_shapes")
