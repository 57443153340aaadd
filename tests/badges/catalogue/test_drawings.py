import base64
import io
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageChops

from badges.catalogue import drawings
from badges.catalogue.drawing_terms import GROUPS, SHAPES
from badges.catalogue.drawings import sanitise
from badges.catalogue.images import let_in
from badges.catalogue.rendering import draw
from badges.models import Badge
from tests.factories import BadgeFactory

HEAD = (
    'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:html="http://www.w3.org/1999/xhtml" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" '
    'viewBox="0 0 64 64"'
)


def svg(inside: str, head: str = HEAD) -> bytes:
    return f"<svg {head}>{inside}</svg>".encode()


def cleaned(inside: str) -> str:
    """What is left inside the drawing, beside a circle that is always good."""
    root = ET.fromstring(sanitise(svg(inside + '<circle r="1"/>')))
    root.remove(root[-1])
    text = "".join(ET.tostring(child, encoding="unicode") for child in root)
    return text.replace(' xmlns="http://www.w3.org/2000/svg"', "").replace(" />", "/>")


def refusal(content: bytes) -> str:
    with pytest.raises(ValidationError) as caught:
        sanitise(content)
    return str(caught.value.code)


@pytest.mark.parametrize(
    "good",
    [
        '<path d="M0 0L9 9z" fill="#8fd3b3" stroke="rgb(1,2,3)" transform="rotate(4 5 6)"/>',
        '<g opacity=".5"><rect width="9" height="9" rx="2"/><text x="1" y="9" font-size="4">Zoë &lt;王&gt;</text></g>',
        '<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>',
        '<circle r="4" fill="url(#g)"/><circle r="4" fill="url(#g) none" clip-path="url(#c)"/>',
        '<defs><path id="leaf" d="M0 0"/></defs><use href="#leaf" x="3"/>',
        '<mask id="m" maskUnits="userSpaceOnUse"><circle r="3" fill="#fff"/></mask><rect width="9" mask="url(#m)"/>',
        '<pattern id="p" width="2" height="2" patternUnits="userSpaceOnUse"><rect width="1"/></pattern>',
        '<marker id="k" orient="auto" refX="1"><path d="M0 0"/></marker><path d="M0 0L9 9" marker-end="url(#k)"/>',
        '<filter id="f"><feGaussianBlur in="SourceAlpha" stdDeviation="2" result="b"/></filter><rect filter="url(#f)"/>',
        '<path id="way" d="M0 9h9"/><text>On <textPath href="#way" startOffset="1">a way</textPath></text>',
        "<title>Laurel</title><desc>A wreath.</desc>",
    ],
)
def test_what_only_draws_stays_as_it_is(good):
    assert cleaned(good) == good


@pytest.mark.parametrize(
    ("bad", "left"),
    [
        ("<script>alert(1)</script>", ""),
        ('<script href="https://evil.example.test/x.js"/>', ""),
        ("<html:script>alert(1)</html:script>", ""),
        ('<rect onload="alert(1)" onclick="alert(1)" width="1"/>', '<rect width="1"/>'),
        ('<set attributeName="onclick" to="alert(1)" begin="click"/>', ""),
        ('<rect><animate attributeName="x" to="9" begin="indefinite; b.mouseover + 1s"/></rect>', "<rect/>"),
        ("<style> </style><html:style/>", ""),
        ('<color-profile name="sRGB" xlink:href="/usr/share/color/icc/sRGB.icc"/>', ""),
        (
            '<circle class="a" data-x="1" aria-hidden="true" role="img" tabindex="0" p-id="2" version="1.1"/>',
            "<circle/>",
        ),
        (
            '<rect style="-inkscape-stroke:none;enable-background:accumulate;isolation:isolate;line-height:1.25"/>',
            "<rect/>",
        ),
        (
            '<rect style="font-variant-caps:normal;clip:auto;mix-blend-mode: NORMAL ;text-orientation:inherit"/>',
            '<rect font-variant="normal"/>',
        ),
        ('<rect style="white-space:pre;text-align:center;fill:;junk;text-decoration-color:red"/>', "<rect/>"),
        ('<rect cursor="pointer" pointer-events="none" enable-background="new" kerning="auto"/>', "<rect/>"),
        ('<rect fill="red" style="fill:blue!important;fill:teal"/>', '<rect fill="blue"/>'),
        ('<rect transform="rotate(9)" style="transform:none"/>', '<rect transform=""/>'),
        ('<rect inkscape:export-filename="C:\\Users\\ada\\badge.png"/>', "<rect/>"),
        ("<!-- canary --><?canary x?>", ""),
        ('<rect xmlns="" width="1"/>', ""),
        ('<rect xml:base="https://evil.example.test/"/>', "<rect/>"),
    ],
)
def test_what_acts_fetches_tells_or_says_nothing_is_left_out(bad, left):
    assert cleaned(bad) == left


@pytest.mark.parametrize(
    ("bad", "code", "words"),
    [
        (
            "<foreignObject><html:iframe src='https://evil.example.test/'/></foreignObject>",
            "image_unkept",
            "foreignObject",
        ),
        ('<filter><feImage href="#a"/></filter>', "image_unkept", "feImage"),
        ("<font><glyph/></font>", "image_unkept", "font"),
        ('<rect style="mix-blend-mode:multiply"/>', "image_unkept", "mix-blend-mode"),
        ('<circle style="r: 9px"/>', "image_unkept", "r"),
        ('<rect style="transform: translateX(50%)"/>', "image_unkept", "transform"),
        ('<g systemLanguage="de"><rect/></g>', "image_unkept", "systemLanguage"),
        ('<rect style="width:auto" width="9"/>', "image_unkept", "width"),
        ('<svg style="height:9px"/>', "image_unkept", "height"),
        ('<rect fill="red" style="all:initial"/>', "image_unkept", "all"),
        ('<text style="font:inherit"/>', "image_unkept", "font"),
        ('<linearGradient style="transform:rotate(9deg)"/>', "image_unkept", "transform"),
        ('<text style="white-space:pre">a\nb</text>', "image_unkept", "white-space"),
        ('<g style="white-space:pre-line"><text>a</text></g>', "image_unkept", "white-space"),
        ('<text style="font-variant-caps:all-small-caps">a</text>', "image_unkept", "font-variant-caps"),
        (
            '<text font-variant="small-caps" style="font-variant-caps:normal">a</text>',
            "image_unkept",
            "font-variant-caps",
        ),
        ('<text font-variant="tabular-nums">1</text>', "image_unkept", "font-variant"),
        ("<text style=\"font-feature-settings:'smcp'\">a</text>", "image_unkept", "font-feature-settings"),
        ('<text style="text-orientation:upright">a</text>', "image_unkept", "text-orientation"),
        ('<text text-orientation="sideways">a</text>', "image_unkept", "text-orientation"),
        ('<text text-decoration-line="underline">a</text>', "image_unkept", "text-decoration-line"),
        (
            '<text style="text-decoration:underline;text-decoration-color:red">a</text>',
            "image_unkept",
            "text-decoration-color",
        ),
        ('<text glyph-orientation-vertical="90">a</text>', "image_unkept", "glyph-orientation-vertical"),
        ('<svg clip="rect(1 2 3 4)"/>', "image_unkept", "clip"),
        ('<svg style="clip:rect(1px,2px,3px,4px)"/>', "image_unkept", "clip"),
        ('<rect style="-webkit-text-stroke:1px red"/>', "image_unkept", "-webkit-text-stroke"),
        ('<rect style="f\\69ll:red"/>', "image_unkept", "f\\69ll"),
        ('<rect style="--ink:red" fill="var(--ink)"/>', "image_unkept", "--ink"),
        ('<rect Fill="red"/>', "image_unkept", "Fill"),
        ('<rect corner="9"/>', "image_unkept", "corner"),
        ('<rect><set attributeName="fill" to="blue"/></rect>', "image_moves", "set"),
        ('<rect><animate attributeName="x" to="9" begin="click;2s"/></rect>', "image_moves", "animate"),
        ('<rect><animateTransform type="rotate" begin="SVGLoad"/></rect>', "image_moves", "animateTransform"),
        ('<path><animateMotion begin="other.begin"/></path>', "image_moves", "animateMotion"),
        ("<rect><discard/></rect>", "image_moves", "discard"),
        ('<use href="https://evil.example.test/x.svg#y"/>', "image_links", ""),
        ('<use xlink:href="data:image/svg+xml;base64,AAAA#x"/>', "image_links", ""),
        ('<use href="javascript:alert(1)"/>', "image_links", ""),
        ('<image href="https://evil.example.test/pixel.png"/>', "image_links", ""),
        ('<image href="//evil.example.test/pixel.png"/>', "image_links", ""),
        ('<image href="file:///etc/passwd"/>', "image_links", ""),
        ('<image href="/etc/passwd"/>', "image_links", ""),
        ('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>', "image_links", ""),
        ('<image href="data:text/html,alert(1)"/>', "image_links", ""),
        ('<rect fill="url(https://evil.example.test/#a)"/>', "image_links", ""),
        ('<rect fill="URL(https://evil.example.test/#a)"/>', "image_links", ""),
        ('<rect fill="u\\72l(https://evil.example.test/#a)"/>', "image_links", ""),
        ('<rect fill="url(#a) url(https://evil.example.test/)"/>', "image_links", ""),
        ('<rect mask="src(https://evil.example.test/)"/>', "image_links", ""),
        ('<rect style="fill: url(https://evil.example.test/); stroke : blue"/>', "image_links", ""),
        ('<rect filter="url(//evil.example.test/#f)"/>', "image_links", ""),
    ],
)
def test_what_would_be_another_picture_is_refused_and_named(bad, code, words):
    with pytest.raises(ValidationError) as caught:
        cleaned(bad)

    assert caught.value.code == code
    assert f"“{words}”" in caught.value.messages[0] or not words


def data(picture: Image.Image, kind: str = "PNG") -> str:
    output = io.BytesIO()
    picture.save(output, format=kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(output.getvalue()).decode()}"


def test_a_picture_inside_is_written_anew_as_an_upload_is():
    photograph = Image.new("RGB", (2000, 1000), "teal")
    exif = Image.Exif()
    exif[0x010E] = "In the workshop"
    output = io.BytesIO()
    photograph.save(output, format="JPEG", exif=exif)
    href = f"data:image/jpeg;base64,{base64.b64encode(output.getvalue()).decode()}"

    inside = cleaned(f'<image width="9" height="9" href="{href}"/>')

    kept = base64.b64decode(inside.split("base64,")[1].split('"')[0])
    with Image.open(io.BytesIO(kept)) as picture:
        assert (picture.format, picture.size, picture.info, b"workshop" in kept) == ("PNG", (1024, 512), {}, False)
    assert cleaned(inside) == inside


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        (f'<image width="9" height="9" href="{data(Image.new("1", (20_000, 20_000)))}"/>', "image_pixels"),
        ('<image width="9" height="9" href="data:image/png;base64,iVBORw0KGgo="/>', "image_inside"),
        (
            f'<image width="9" height="9" href="{data(Image.new("L", (2, 2)), "GIF").replace("/gif", "/png")}"/>',
            "image_inside",
        ),
        (f'<image href="{data(Image.new("L", (2, 2)))}"/>', "image_inside"),
        (f'<image width="9" height="9" href="{data(Image.new("L", (2, 2)))}"/>' * 17, "image_shapes"),
    ],
    ids=["bomb", "cut", "another kind", "no size", "many"],
)
def test_a_picture_inside_that_no_upload_could_be_is_refused(inside, code):
    assert refusal(svg(inside)) == code


def drawn(drawing: bytes) -> Image.Image:
    with Image.open(io.BytesIO(draw(drawing, side=96))) as picture:
        return picture.convert("RGBA")


# One for each element, and for looks that lead to others; a drawing that was cleaned is the drawing that was not.
GRADIENT = (
    '<linearGradient id="g"><stop offset="0" stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>'
)
SHADOW = '<filter id="f" x="-20%" width="140%"><feGaussianBlur in="SourceAlpha" stdDeviation="2"/><feOffset dx="3" dy="3" result="o"/><feMerge><feMergeNode in="o"/><feMergeNode in="SourceGraphic"/></feMerge></filter>'
DRAWINGS = {
    "mask": '<mask id="m"><circle cx="32" cy="32" r="20" fill="#fff"/></mask><rect width="64" height="64" fill="#c00" mask="url(#m)"/>',
    "mask of alpha": '<mask id="m" mask-type="alpha"><circle cx="32" cy="32" r="20"/></mask><rect width="64" height="64" mask="url(#m)"/>',
    "clip": '<clipPath id="c"><circle cx="32" cy="32" r="20"/></clipPath><rect width="64" height="64" style="clip-path:url(#c)"/>',
    "pattern": '<pattern id="p" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="4" height="8" fill="green"/></pattern><rect width="64" height="64" fill="url(#p)"/>',
    "marker": '<marker id="k" markerWidth="6" markerHeight="6" refX="3" refY="3" orient="auto"><path d="M0 0L6 3L0 6z"/></marker><path d="M9 9L55 20L20 55" fill="none" stroke="red" style="marker:url(#k)"/>',
    "filter": f'{SHADOW}<circle cx="32" cy="32" r="20" fill="gold" filter="url(#f)"/>',
    "matrix": '<filter id="f"><feColorMatrix type="saturate" values="0.1"/><feComponentTransfer><feFuncR type="linear" slope=".5"/></feComponentTransfer></filter><rect width="64" height="64" fill="red" style="filter:url(#f)"/>',
    "light": '<filter id="f"><feDiffuseLighting surfaceScale="3" lighting-color="#fc0"><fePointLight x="9" y="9" z="9"/></feDiffuseLighting></filter><circle cx="32" cy="32" r="20" filter="url(#f)"/>',
    "turbulence": '<filter id="f"><feTurbulence baseFrequency=".1" numOctaves="2" seed="4"/><feDisplacementMap in="SourceGraphic" scale="9" xChannelSelector="R"/></filter><circle cx="32" cy="32" r="20" filter="url(#f)"/>',
    "morphology": '<filter id="f"><feMorphology operator="dilate" radius="3"/><feFlood flood-color="teal" result="t"/><feComposite in="t" in2="SourceAlpha" operator="xor"/></filter><circle cx="32" cy="32" r="20" filter="url(#f)"/>',
    "convolution": '<filter id="f"><feConvolveMatrix order="3" kernelMatrix="1 0 0 0 -1 0 0 0 1"/><feBlend in2="SourceGraphic" mode="screen"/><feTile/></filter><circle cx="32" cy="32" r="20" fill="red" filter="url(#f)"/>',
    "drop shadow": '<filter id="f"><feDropShadow dx="3" dy="3" stdDeviation="1" flood-color="red" flood-opacity=".5"/></filter><circle cx="32" cy="32" r="20" filter="url(#f)"/>',
    "gradients": f'{GRADIENT}<radialGradient id="r" href="#g" fx=".3" spreadMethod="reflect"/><rect width="64" height="30" fill="url(#g)"/><rect y="34" width="64" height="30" fill="url(#r)"/>',
    "link": '<a href="https://example.test/"><circle cx="32" cy="32" r="20"/></a>',
    "link in text": '<text y="40" font-size="20">A<a href="https://example.test/" fill="red">bc</a>d</text>',
    "text": '<text x="2" y="40" font-family="serif" font-size="20" text-anchor="start" letter-spacing="2" xml:space="preserve">A  <tspan dy="-4" fill="red" baseline-shift="super">b</tspan>c</text>',
    "text on a path": '<path id="w" d="M4 40q28 -40 56 0" fill="none"/><text font-size="14"><textPath href="#w" startOffset="4">On a way</textPath></text>',
    "comment in text": '<text y="40" font-size="20">A<!-- b -->c<title>t</title>d</text>',
    "switch": '<switch><foreignObject requiredExtensions="x"/><g><circle cx="32" cy="32" r="20"/></g></switch>',
    "symbol": '<symbol id="s" viewBox="0 0 9 9" overflow="visible"><circle cx="9" cy="9" r="5"/></symbol><use href="#s" width="32" height="32" x="9"/>',
    "nested": '<svg x="9" y="9" width="40" height="30" viewBox="0 0 9 9" preserveAspectRatio="xMinYMin slice"><rect width="9" height="9" fill="red"/></svg>',
    "style over attribute": '<rect width="64" height="64" style="fill:blue" fill="red"/><circle style="fill:none;stroke:red;stroke-width:4" fill="red" cx="32" cy="32" r="20"/>',
    "origin": '<rect x="20" y="20" width="20" height="10" transform="rotate(45)" transform-origin="30 25"/>',
    "shapes": '<ellipse cx="32" cy="20" rx="20" ry="9" stroke="red" stroke-dasharray="4 2" stroke-dashoffset="1"/><line x2="64" y2="64" stroke="teal" stroke-width="3"/><polyline points="1,1 9,40 30,50" fill="none" stroke="#000" stroke-linejoin="round"/><polygon points="40,40 60,40 50,60" fill-rule="evenodd" paint-order="stroke"/>',
    "image": f'<image width="40" height="40" preserveAspectRatio="none" image-rendering="optimizeSpeed" href="{data(Image.linear_gradient("L"))}"/>',
    "moving when pressed": '<circle cx="32" cy="32" r="20" fill="red"><animate attributeName="r" to="4" dur="9s" begin="click"/></circle>',
    "blanks": '<text y="40" font-size="20" style="white-space:pre" xml:space="preserve">  A  b</text>',
    "small capitals": '<text y="40" font-size="20" style="font-variant:small-caps;font-variant-caps:small-caps">Abc</text>',
    "foreign": '<inkscape:grid x="4"/><metadata>m</metadata><circle class="c" data-x="1" cx="32" cy="32" r="20"/>',
    "display": '<g display="none"><rect width="64" height="64"/></g><rect width="30" height="30" visibility="hidden"/><circle r="20" opacity=".4" style="stroke-opacity:.3;stroke:red"/>',
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_that_was_let_in_is_drawn_as_it_was(name):
    original = svg(DRAWINGS[name])

    before, after = drawn(original), drawn(sanitise(original))

    assert before.getbbox() is not None
    assert after.tobytes() == before.tobytes()


# As editors write them, with their namespaces, data and habits; each picture made for this.
FILES = sorted(Path(__file__).with_name("drawings").glob("*.svg"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_as_an_editor_writes_it_is_let_in_and_drawn_as_it_was(path):
    original = path.read_bytes()

    before, after = drawn(original), drawn(sanitise(original))

    # A group that is isolated rounds its colours once more than one that is not.
    assert max(ImageChops.difference(before, after).tobytes()) <= 2
    assert len(before.getcolors(96 * 96) or []) > 50


def test_every_element_that_is_kept_is_in_one_of_those_files():
    used = {element.tag.partition("}")[2] for path in FILES for element in ET.parse(path).iter()}

    assert len(FILES) >= 6
    assert (SHAPES | GROUPS) - used == set()


def test_blanks_that_a_declaration_keeps_are_kept_by_an_attribute():
    assert cleaned('<text style="white-space:pre">  a  b </text>') == '<text xml:space="preserve">  a  b </text>'
    assert (
        cleaned('<text xml:space="preserve" style="white-space:normal">  a</text>')
        == '<text xml:space="default">  a</text>'
    )


def test_what_only_a_declaration_can_say_is_said_by_the_attribute_that_says_it_too():
    assert cleaned('<text style="text-decoration-line:underline;text-decoration-style:solid"/>') == (
        '<text text-decoration="underline"/>'
    )
    assert cleaned('<text style="font-variant-caps:small-caps"/>') == '<text font-variant="small-caps"/>'


def test_the_newer_of_two_references_counts():
    assert cleaned('<use href="#a" xlink:href="#b"/>') == '<use href="#a"/>'


@pytest.mark.parametrize("style", ["background:url(//evil.example.test/)", "background: #fff"])
def test_a_background_that_would_be_gone_is_refused(style):
    assert refusal(svg("<circle/>", f'{HEAD} style="{style}"')) == "image_unkept"


def test_nothing_of_the_root_acts():
    clean = sanitise(svg("<circle/>", f'{HEAD} onload="alert(1)" style="width:24px;enable-background:new 0 0 9 9"'))

    assert clean == b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><circle /></svg>'


def test_what_was_cleaned_stays_the_same_when_it_is_cleaned_again():
    once = sanitise(svg('<g style="fill:red"><use xlink:href="#a"/></g><path id="a" d="M0 0"/>'))

    assert sanitise(once) == once


def test_a_drawing_gets_a_view_box_from_its_size():
    clean = sanitise(svg("<circle/>", 'xmlns="http://www.w3.org/2000/svg" width="40px" height="30"'))

    assert b'viewBox="0 0 40 30"' in clean


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "image"),
        (b"<svg>", "image"),
        (b"<svg/>", "image"),
        (b"<html><body/></html>", "image"),
        (b'<?xml version="1.0" encoding="no-such"?><svg/>', "image"),
        (svg(""), "image"),
        (svg("<script>alert(1)</script>"), "image"),
        (svg("<circle/>", 'xmlns="http://www.w3.org/2000/svg"'), "image"),
        (svg("<circle/>", 'xmlns="http://www.w3.org/2000/svg" width="100%" height="9"'), "image"),
        (svg("<style>circle{fill:red}</style><circle/>"), "image_style"),
        (svg("<html:style>circle{fill:red}</html:style><circle/>"), "image_style"),
        (svg('<html:link rel="stylesheet" href="data:text/css,circle{fill:red}"/><circle/>'), "image_style"),
        (b'<?xml-stylesheet href="a.css"?>' + svg("<circle/>"), "image_style"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("<circle/>"), "image_entities"),
        (b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + svg("<text>&a;</text>"), "image_entities"),
        (svg("<g>" * 70 + "<circle/>" + "</g>" * 70), "image_shapes"),
        (svg("<circle/>" * 20_001), "image_shapes"),
        (svg("<circle/>" + " " * drawings.MAX_BYTES), "image_bytes"),
    ],
)
def test_what_is_no_drawing_to_be_kept_is_refused(content, code):
    assert refusal(content) == code


def test_a_doctype_is_dropped_and_not_fetched():
    doctype = b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "https://evil.example.test/svg11.dtd">'

    assert sanitise(doctype + svg("<circle/>")) == sanitise(svg("<circle/>"))


def test_a_drawing_that_multiplies_itself_is_refused():
    levels = "".join(
        f'<g id="l{n}">' + f'<use href="#l{n - 1}"/>' * 10 + "</g>" if n else '<circle id="l0"/>' for n in range(12)
    )

    assert refusal(svg(levels)) == "image_shapes"


def test_a_drawing_that_multiplies_itself_behind_a_second_id_is_refused():
    bomb = "".join(f'<g id="l{n}">' + f'<use href="#l{n - 1}"/>' * 10 + "</g>" for n in range(1, 9))

    assert (
        refusal(svg('<circle id="l0"/>' + bomb + "".join(f'<circle id="l{n}"/>' for n in range(1, 9))))
        == "image_shapes"
    )


@pytest.mark.parametrize(
    "circle",
    [
        '<g id="a"><use href="#a"/></g>',
        '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
        '<clipPath id="a"><rect clip-path="url(#a)"/></clipPath>',
    ],
)
def test_a_drawing_inside_itself_is_refused(circle):
    assert refusal(svg(circle)) == "image_shapes"


@pytest.mark.parametrize("content", [svg("<circle/>"), b"\xef\xbb\xbf<?xml version='1.0'?>" + svg("<circle/>")])
def test_a_drawing_is_known_by_its_content_and_named_by_us(content):
    stored = let_in(SimpleUploadedFile("../badge.png", content, content_type="image/png"))

    assert stored.name is not None
    assert (len(stored.name), stored.name.endswith(".svg"), b"<circle" in stored.read()) == (36, True, True)


def test_a_drawing_that_cannot_be_drawn_is_not_let_in():
    head = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="0" height="0"'
    upload = SimpleUploadedFile("badge.svg", svg("<circle r='9'/>", head))

    with pytest.raises(ValidationError, match="takes too long to draw, or draws nothing"):
        let_in(upload)


def test_a_file_of_whatever_size_is_not_read_whole():
    upload = SimpleUploadedFile("badge.svg", b"<svg>" + b" " * 6_000_000)

    with pytest.raises(ValidationError, match="512 KB"):
        let_in(upload)


def test_a_badge_may_have_a_drawing(world, signed_in):
    badge = BadgeFactory.create(organization=world.academy)
    form = {"name": badge.name, "organization": badge.organization_id, "provider": badge.provider_id}
    upload = SimpleUploadedFile("wreath.svg", svg("<script>alert(1)</script><circle r='4'/>"))

    signed_in(world.administrator).post(reverse("badges:edit", args=[badge.pk]), {**form, "image": upload})

    with Badge.objects.get(pk=badge.pk).image.open() as stored:
        assert str(stored.name).endswith(".svg")
        assert stored.read() == b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><circle r="4" /></svg>'
        assert default_storage.exists(f"{str(stored.name).removesuffix('.svg')}-drawn.png")


def test_an_uploaded_drawing_is_served_where_it_can_do_nothing(client, world, signed_in):
    badge = BadgeFactory.create(image=SimpleUploadedFile("wreath.svg", sanitise(svg("<circle/>"))))

    answer = client.get(badge.image.url)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert answer["Content-Security-Policy"] == "default-src 'none'; img-src data:; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
