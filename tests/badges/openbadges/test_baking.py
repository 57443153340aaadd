import io
import json
import struct
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

import pytest
from PIL import Image

from badges.openbadges import baking
from badges.openbadges.baking import UnbakeableError
from tests.badges.openbadges import unbaking

JSON = '{"name": "Zoë ]]> 王小明", "more": "<&>"}'
TOKEN = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
DRAWING = b"""<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">
  <title>Round</title><circle id="c" r="4"/><use xlink:href="#c"/>
</svg>"""


def png() -> bytes:
    output = io.BytesIO()
    Image.new("RGBA", (12, 9), "teal").save(output, format="PNG")
    return output.getvalue()


@pytest.mark.parametrize("text", [JSON, TOKEN])
def test_a_png_carries_the_text_and_the_same_pixels(text):
    baked = baking.bake_png(png(), text)

    assert unbaking.read_png(baked) == text
    with Image.open(io.BytesIO(baked)) as picture, Image.open(io.BytesIO(png())) as original:
        assert picture.tobytes() == original.tobytes()
        assert picture.info == {"openbadgecredential": text}


def test_a_png_baked_again_carries_the_last_text_only():
    baked = baking.bake_png(baking.bake_png(png(), "first"), "second")

    assert (unbaking.read_png(baked), baked.count(b"openbadgecredential")) == ("second", 1)


def test_a_png_that_was_not_baked_has_no_text():
    assert unbaking.read_png(png()) is None


@pytest.mark.parametrize(
    "damaged", [b"", b"GIF89a", png()[:20], png()[:-12], png()[:8] + struct.pack(">I", 2**31) + b"IHDR"]
)
def test_what_is_no_sound_png_is_refused(damaged):
    with pytest.raises(UnbakeableError):
        baking.bake_png(damaged, JSON)


@pytest.mark.parametrize("text", [JSON, TOKEN])
def test_an_svg_carries_the_text(text):
    baked = baking.bake_svg(DRAWING, text)

    assert unbaking.read_svg(baked) == text
    assert b"<openbadges:credential" in baked
    assert b'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"' in baked
    assert b"<circle" in baked


def test_json_stands_in_cdata_and_a_token_in_an_attribute():
    assert b'<openbadges:credential><![CDATA[{"name"' in baking.bake_svg(DRAWING, JSON)
    assert f'<openbadges:credential verify="{TOKEN}"/>'.encode() in baking.bake_svg(DRAWING, TOKEN)


def test_an_svg_baked_again_carries_the_last_text_only():
    baked = baking.bake_svg(baking.bake_svg(DRAWING, JSON), TOKEN)

    assert (unbaking.read_svg(baked), baked.count(b"<openbadges:credential")) == (TOKEN, 1)


def test_an_svg_that_was_not_baked_has_no_text():
    assert unbaking.read_svg(DRAWING) is None


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"<svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b"<html/>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>",
    ],
)
def test_what_is_no_sound_svg_is_refused(damaged):
    with pytest.raises(UnbakeableError):
        baking.bake_svg(damaged, JSON)


def test_an_svg_around_a_png_shows_it():
    drawing = baking.svg_around(png(), width=12, height=9)

    assert b'viewBox="0 0 12 9"' in drawing
    assert b'href="data:image/png;base64,iVBOR' in drawing


@pytest.mark.parametrize("text", [JSON, TOKEN])
@pytest.mark.parametrize(
    "words", ["the credential goes here", "<openbadges:credential>", "]]>", '{"a": 1}', "__HOLE__"]
)
@pytest.mark.parametrize(
    "drawing",
    [
        '<svg xmlns="http://www.w3.org/2000/svg" id={quoted}><circle r="4"/></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg"><title>{words}</title><text y="9" font-family={quoted}>{words}</text></svg>',
        '<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:circle r="4" class={quoted}/></s:svg>',
    ],
)
def test_whatever_a_drawing_says_the_credential_reads_back(drawing, words, text):
    source = drawing.format(quoted=quoteattr(words), words=escape(words)).encode()

    baked = baking.bake_svg(source, text)

    assert unbaking.read_svg(baked) == text
    said, kept = (
        b"".join(ET.tostring(part) for part in ET.fromstring(one) if "purl" not in part.tag) for one in (source, baked)
    )
    assert kept == said


def test_what_xml_cannot_hold_is_written_as_json_writes_it():
    baked = baking.bake_svg(DRAWING, '{"name": "\uffff\ufffe"}')

    assert json.loads(unbaking.read_svg(baked) or "") == {"name": "\uffff\ufffe"}


def test_the_text_of_a_png_stands_before_its_pixels():
    kinds = [kind for kind, _content in baking._chunks(baking.bake_png(png(), JSON))]

    assert kinds.index(b"iTXt") < kinds.index(b"IDAT")
    assert kinds[0] == b"IHDR"


def test_a_png_without_pixels_is_refused():
    head, end = png()[:33], png()[-12:]

    with pytest.raises(UnbakeableError):
        baking.bake_png(head + end, JSON)
