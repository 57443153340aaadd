from xml.etree import ElementTree as ET

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from badges import drawings
from badges.drawings import sanitise
from badges.images import let_in
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
        '<image width="9" height="9" href="data:image/png;base64,iVBORw0KGgo="/>',
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
        ("<foreignObject><html:iframe src='https://evil.example.test/'/></foreignObject>", ""),
        ('<a href="javascript:alert(1)"><rect/></a>', ""),
        ('<use href="https://evil.example.test/x.svg#y"/>', "<use/>"),
        ('<use xlink:href="data:image/svg+xml;base64,AAAA#x"/>', "<use/>"),
        ('<use href="javascript:alert(1)"/>', "<use/>"),
        ('<image href="https://evil.example.test/pixel.png"/>', "<image/>"),
        ('<image href="//evil.example.test/pixel.png"/>', "<image/>"),
        ('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>', "<image/>"),
        ('<image href="data:text/html,alert(1)"/>', "<image/>"),
        ('<rect fill="url(https://evil.example.test/#a)"/>', "<rect/>"),
        ('<rect fill="URL(https://evil.example.test/#a)"/>', "<rect/>"),
        ('<rect fill="u\\72l(https://evil.example.test/#a)"/>', "<rect/>"),
        ('<rect fill="url(#a) url(https://evil.example.test/)"/>', "<rect/>"),
        ('<rect style="fill:red;background:url(https://evil.example.test/)"/>', '<rect fill="red"/>'),
        ('<rect style="fill: url(https://evil.example.test/); stroke : blue"/>', '<rect stroke="blue"/>'),
        ('<rect filter="url(#f)" mask="url(#m)" class="x" cursor="pointer"/>', "<rect/>"),
        ('<animate attributeName="href" values="javascript:alert(1)"/>', ""),
        ('<set attributeName="onclick" to="alert(1)"/>', ""),
        ('<rect><animate attributeName="x" to="9"/></rect>', "<rect/>"),
        ("<filter id='f'/><pattern/><mask/><marker/><metadata>canary</metadata>", ""),
        ('<rect inkscape:export-filename="C:\\Users\\ada\\badge.png"/>', "<rect/>"),
        ("<!-- canary --><?canary x?>", ""),
        ('<use xlink:href="#a"/>', '<use href="#a"/>'),
        ('<rect xmlns="" width="1"/>', ""),
        ('<rect xml:base="https://evil.example.test/"/>', "<rect/>"),
    ],
)
def test_what_acts_fetches_or_tells_is_left_out(bad, left):
    assert cleaned(bad) == left


def test_nothing_of_the_root_acts():
    clean = sanitise(svg("<circle/>", f'{HEAD} onload="alert(1)" style="background:url(//evil.example.test/)"'))

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


def test_an_uploaded_drawing_is_served_where_it_can_do_nothing(client, world, signed_in):
    badge = BadgeFactory.create(image=SimpleUploadedFile("wreath.svg", sanitise(svg("<circle/>"))))

    answer = client.get(badge.image.url)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert answer["Content-Security-Policy"] == "default-src 'none'; img-src data:; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
