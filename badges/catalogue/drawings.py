"""SVG badge art as it is let in: drawn anew from what only draws, so that nothing that acts or fetches is kept.

What is left out leaves the picture as it is; a drawing that would be another one is refused, with what stands in the way.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET  # builds and writes; the upload is parsed by defusedxml

from defusedxml import ElementTree as Defused
from defusedxml.common import DefusedXmlException
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from badges.catalogue.drawing_terms import (
    CONDITIONS,
    DRAWING_NOTHING,
    GEOMETRY,
    GROUPS,
    LEFT_OUT,
    LOOKS,
    MOVING,
    OF_EVERY_PROPERTY,
    ROOMS,
    SAYING_NOTHING,
    SHAPES,
    SHORTHANDS,
    TELLING,
)
from operation import pixels

MAX_BYTES = 512 * 1024
MAX_DEPTH = 64
# Counted as they are drawn: what is used a thousand times counts a thousand times.
MAX_SHAPES = 20_000
MAX_PICTURES = 16

SVG = "http://www.w3.org/2000/svg"
_IN_SVG = f"{{{SVG}}}"
_OLD_HREF = "{http://www.w3.org/1999/xlink}href"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_SHEETS = (f"{_IN_SVG}style", "{http://www.w3.org/1999/xhtml}style", "{http://www.w3.org/1999/xhtml}link")

_TEXTS = frozenset({"text", "textPath", "tspan"})
_LEADING = frozenset({"filter", "linearGradient", "pattern", "radialGradient", "textPath", "use"})
# What is drawn again for each element that is painted with it.
_DRAWN_WITH = ("clip-path", "fill", "filter", "marker-end", "marker-mid", "marker-start", "mask", "stroke")
_GRADIENTS = frozenset({"linearGradient", "radialGradient"})
# Whose attribute has another name.
_OTHERWISE_TURNED = _GRADIENTS | {"pattern"}
_DECORATIONS = ("text-decoration", "text-decoration-line")
_VARIANTS = frozenset({"inherit", "initial", "normal", "small-caps"})

_INSIDE = re.compile(r"#([\w.:-]+)")
_REFERENCE = re.compile(r"""url\(\s*["']?#([\w.:-]+)["']?\s*\)""")
_FETCHES = re.compile(r"url|src\(|image\(|image-set\(|element\(", re.IGNORECASE)
_PIXELS = re.compile(r"data:image/(?:png|jpe?g|webp);base64,([A-Za-z0-9+/=\s]+)")
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*")
_NUMBER = re.compile(r"\d+")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_IMPORTANT = re.compile(r"\s*!\s*important$", re.IGNORECASE)
_BROKEN = re.compile(r"[\t\n\r]")
_TRANSFORM = re.compile(r"(?:\s*(?:matrix|rotate|scale|skewX|skewY|translate)\([-+.,\d\se]*\)\s*,?)+")
# A beginning that waits for a reader's hand, which no reader has over a picture.
_WAITS = re.compile(
    r"(?:[\w.-]+\.)?(?:activate|click|dblclick|focusin|focusout|(?:key|mouse|pointer|touch)\w+)(?:\s*[+-].*)?"
    r"|accessKey\(.*|indefinite"
)

ET.register_namespace("", SVG)


def sanitise(content: bytes) -> bytes:
    """The drawing, written anew from allowed elements and attributes. Raises ValidationError.

    Scripts, event handlers, links, comments and an editor's own data are left out in silence: the picture stays as it
    is. What no list names is refused. Pictures inside the drawing are re-encoded, by the rules of uploads.
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
    if _has_style_sheet(root) or b"<?xml-stylesheet" in content:
        raise ValidationError(
            _("The SVG image has a style sheet. Save it with presentation attributes (“Plain SVG”)."),
            code="image_style",
        )
    clean = _copy(root, "svg", depth=0)
    _give_a_size(clean)
    _refuse_what_draws_nothing_or_too_much(clean)
    _write_pictures_anew(clean)
    return ET.tostring(clean, encoding="unicode").encode()


def _has_style_sheet(root: ET.Element) -> bool:
    sheets = (sheet for name in _SHEETS for sheet in root.iter(name))
    return any(sheet.get("href") or (sheet.text or "").strip() for sheet in sheets)


def _copy(element: ET.Element, name: str, *, depth: int) -> ET.Element:
    """The element under this name, with what is kept of it."""
    if depth > MAX_DEPTH:
        raise _too_much()
    copy = ET.Element(f"{_IN_SVG}{name}", dict(_attributes(element, is_outermost=depth == 0)))
    copy.text, copy.tail = element.text, element.tail
    for child in _chosen(element) if _name(element) == "switch" else element:
        kept = _kept_as(child, name)
        if kept:
            copy.append(_copy(child, kept, depth=depth + 1))
        elif child.tail:  # the words behind what is left out
            _append_text(copy, child.tail)
    return copy


def _kept_as(child: ET.Element, parent: str) -> str:
    """Under which name an element is kept; empty for one that is left out. Raises ValidationError."""
    name = _name(child)
    if name == "a":
        return "tspan" if parent in _TEXTS else "g"
    if name == "switch":
        return "g"
    if name in SHAPES or name in GROUPS:
        return name
    if name in MOVING and not _waits(child):
        raise _moves(name)
    if name and name not in LEFT_OUT | MOVING:
        raise _unkept(name)
    return ""


def _waits(animation: ET.Element) -> bool:
    return all(_WAITS.fullmatch(begin.strip()) for begin in animation.get("begin", "0").split(";"))


def _chosen(switch: ET.Element) -> list[ET.Element]:
    """The one child of a switch that is drawn everywhere: the first that stands under no condition."""
    free = (child for child in switch if not CONDITIONS & set(child.keys()))
    return [child for child in free if _name(child) in SHAPES | GROUPS | {"a", "switch"}][:1]


def _append_text(copy: ET.Element, words: str) -> None:
    if len(copy):
        copy[-1].tail = (copy[-1].tail or "") + words
    else:
        copy.text = (copy.text or "") + words


def _attributes(element: ET.Element, *, is_outermost: bool) -> Iterator[tuple[str, str]]:
    for name, value in element.items():
        if name == "href" or (name == _OLD_HREF and element.get("href") is None):
            yield from _href(element, value.strip())
        elif name in GEOMETRY or name in (_LANGUAGE, _SPACE):
            yield name, value
        elif not (name in TELLING or name == "style" or name.startswith(("{", "aria-", "data-", "on"))):
            yield from _look(element, name, value.strip())
    # Last, for it counts before the attributes.
    yield from _declared(element, is_outermost=is_outermost)


def _look(element: ET.Element, name: str, value: str) -> Iterator[tuple[str, str]]:
    """What is kept of a property: itself, another way to say it, or nothing where it says nothing."""
    if name == "white-space":
        yield from _spaces(element, value.lower())
    elif name in LOOKS and (name != "font-variant" or value.lower() in _VARIANTS):
        yield name, _good_look(value)
    elif not _says_nothing(name, value.lower()):
        raise _unkept(name)


def _says_nothing(name: str, value: str) -> bool:
    if name in DRAWING_NOTHING or name.startswith("-inkscape-"):
        return True
    return name in SAYING_NOTHING and value in SAYING_NOTHING[name] | OF_EVERY_PROPERTY


def _spaces(element: ET.Element, value: str) -> Iterator[tuple[str, str]]:
    """White space as an attribute says it, where there are words. It can say blanks, but neither lines nor tabs."""
    texts = [element] if _name(element) in _TEXTS else element.iter(f"{_IN_SVG}text")
    words = "".join(word for text in texts for word in text.itertext())
    if not words:
        return
    if value in ("collapse", "initial", "normal", "nowrap"):
        yield _SPACE, "default"
    elif value in ("break-spaces", "pre", "pre-wrap", "preserve") and not _BROKEN.search(words):
        yield _SPACE, "preserve"
    else:
        raise _unkept("white-space")


def _href(element: ET.Element, value: str) -> Iterator[tuple[str, str]]:
    name = _name(element)
    is_known = (name == "image" and _PIXELS.fullmatch(value)) or (name in _LEADING and _INSIDE.fullmatch(value))
    if is_known:
        yield "href", value
    elif value and name in {"image", *_LEADING}:
        raise _leads_outside()


def _declared(element: ET.Element, *, is_outermost: bool) -> Iterator[tuple[str, str]]:
    """Declarations of a style attribute as attributes of their own, which the page's policy lets pass."""
    said = _declarations(element)
    for name, value in said.items():
        if name == "marker":
            yield from ((f"marker-{place}", _good_look(value)) for place in ("start", "mid", "end"))
        elif name == "transform":
            yield name, _good_transform(element, value)
        elif name in SHORTHANDS:
            yield from _shorthand(element, name, said)
        elif not (is_outermost and name in ROOMS) and not _is_of_no_decoration(element, name, said):
            yield from _look(element, name, value)


def _declarations(element: ET.Element) -> dict[str, str]:
    """By name, in the order in which they count."""
    said: dict[str, str] = {}
    parts = [part.partition(":") for part in _COMMENT.sub("", element.get("style", "")).split(";")]
    for name, _colon, value in sorted(parts, key=lambda part: bool(_IMPORTANT.search(part[2].strip()))):
        key, plain = name.strip().lower(), _IMPORTANT.sub("", value.strip())
        if key and plain:
            said.pop(key, None)
            said[key] = plain
    return said


def _shorthand(element: ET.Element, name: str, said: dict[str, str]) -> Iterator[tuple[str, str]]:
    short, value = SHORTHANDS[name], said[name]
    beside = said.get(short, element.get(short))
    if beside is None and not (name == "font-variant-caps" and value.lower() not in _VARIANTS):
        yield short, _good_look(value)
    elif beside != value:
        raise _unkept(name)


def _is_of_no_decoration(element: ET.Element, name: str, said: dict[str, str]) -> bool:
    """Whether this says how a line is drawn under words that have none."""
    is_bare = all(said.get(line, element.get(line, "none")) == "none" for line in _DECORATIONS)
    return is_bare and name.startswith("text-decoration-")


def _good_look(value: str) -> str:
    """A plain value, or a part of the drawing itself. A backslash could spell "url" in disguise. Raises ValidationError."""
    if "\\" in value or _FETCHES.search(_REFERENCE.sub("", value)):
        raise _leads_outside()
    return value


def _good_transform(element: ET.Element, value: str) -> str:
    """A transformation as attributes write it: without units. Raises ValidationError."""
    if value.lower() in ("initial", "none", "unset"):
        return ""
    bare = re.sub(r"(?<=\d)(?:px|deg)\b", "", value)
    if _name(element) in _OTHERWISE_TURNED or not _TRANSFORM.fullmatch(bare):
        raise _unkept("transform")
    return bare


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
    if not any(_name(element) in SHAPES for element in root.iter()):
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
        children = sum(_count(part, named, counted, inner) for part in element)
        used = sum(
            times * _count(named[name], named, counted, inner) for name, times in _used_by(element) if name in named
        )
        counted[element] = 1 + children + used
    return counted[element]


def _used_by(element: ET.Element) -> Iterator[tuple[str, int]]:
    """What else is drawn for an element, by its id, and how often: a marker stands at each point of a line."""
    if _name(element) not in _GRADIENTS and (inside := _INSIDE.fullmatch(element.get("href", ""))):
        yield inside[1], 1
    points = len(_NUMBER.findall(element.get("d", "") + element.get("points", "")))
    for look in _DRAWN_WITH:
        for name in _REFERENCE.findall(element.get(look, "")):
            yield name, max(1, points // 2) if look.startswith("marker") else 1


def _write_pictures_anew(root: ET.Element) -> None:
    """By the rules of uploads, one by one and all together. Raises ValidationError."""
    pictures = [image for image in root.iter(f"{_IN_SVG}image") if image.get("href")]
    if len(pictures) > MAX_PICTURES:
        raise _too_much()
    for image in pictures:
        if not (image.get("width") and image.get("height")):
            raise ValidationError(
                _("A picture inside the SVG image has no size. Give it a width and a height."), code="image_inside"
            )
        image.set("href", _picture(image.get("href", "")))
    if sum(len(image.get("href", "")) for image in pictures) > pixels.MAX_BYTES:
        raise ValidationError(_("The pictures inside the SVG image are larger than 5 MB."), code="image_bytes")


def _picture(href: str) -> str:
    found = _PIXELS.fullmatch(href)
    assert found is not None
    try:
        content = base64.b64decode(found[1], validate=False)
        png = pixels.reencode(ContentFile(content, name="inside"))
    except (binascii.Error, ValidationError) as refusal:
        if isinstance(refusal, ValidationError) and refusal.code != "image":
            raise
        raise ValidationError(
            _("A picture inside the SVG image is no PNG, JPEG or WebP, or it is damaged."), code="image_inside"
        ) from None
    return f"data:image/png;base64,{base64.b64encode(png.read()).decode()}"


def _name(element: ET.Element) -> str:
    """Without the namespace, which is SVG's; empty for an element of another one, or of none."""
    namespace, name = element.tag[: len(_IN_SVG)], element.tag[len(_IN_SVG) :]
    return name if namespace == _IN_SVG else ""


def _damaged() -> ValidationError:
    return ValidationError(_("The SVG image is damaged, or there is nothing to draw in it."), code="image")


def _too_much() -> ValidationError:
    return ValidationError(_("The SVG image is too complicated."), code="image_shapes")


def _unkept(what: str) -> ValidationError:
    words = _(
        "The SVG image uses “%(what)s”, which cannot be kept. Take it out or convert it to paths, then save it again."
    )
    return ValidationError(words, params={"what": what}, code="image_unkept")


def _moves(what: str) -> ValidationError:
    words = _("The SVG image moves (“%(what)s”), but a badge stands still. Take the animation out, then save it again.")
    return ValidationError(words, params={"what": what}, code="image_moves")


def _leads_outside() -> ValidationError:
    return ValidationError(
        _("The SVG image leads to something outside it. Embed that as PNG or JPEG, or take it out."), code="image_links"
    )
