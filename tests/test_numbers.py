"""Numbers as people write them, on pages; and as programs write them, in what only programs read."""

import re

import pytest
from django.urls import reverse

from tests.factories import AchievementFactory
from tests.test_forged_ids import trees  # noqa: F401 - a fixture: its ids are in the millions
from tests.test_tenancy import admin_addresses, product_addresses

GROUPED_ID = re.compile(r"\b[78][,.]000[,.]0\d\d\b")
# What drawings, forms and scripts read: an attribute that is a number.
READ_BY_PROGRAMS = re.compile(
    r'\b(?:x|y|x1|x2|y1|y2|cx|cy|r|width|height|value|min|max|step|size|colspan)="\d+[,.]\d+[^"]*"'
)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("persona", ["administrator", "instructor", "student"])
def test_an_id_is_no_amount_and_what_programs_read_has_a_point(trees, signed_in, persona, language):  # noqa: F811
    client = signed_in(trees.own.personas[persona])
    wrong = {}

    for name, address in [*product_addresses(trees.own), *admin_addresses(trees.own)]:
        response = client.get(address, headers={"Accept-Language": language})
        if "html" in response.get("Content-Type", ""):
            page = response.content.decode()
            ids = [] if name.startswith("admin:") else GROUPED_ID.finditer(page)
            amounts = [page[max(0, found.start() - 60) : found.end() + 20] for found in ids]
            if found := amounts + [found for found in READ_BY_PROGRAMS.findall(page) if "," in found]:
                wrong[name] = found[:3]

    assert wrong == {}


@pytest.mark.parametrize(("language", "words"), [("en", "12,345"), ("de", "12.345")])
def test_an_amount_is_grouped(world, signed_in, language, words):
    AchievementFactory.create(organization=world.academy, points=12_345)

    response = signed_in(world.administrator).get(reverse("achievements:list"), headers={"Accept-Language": language})

    assert f">{words}<" in "".join(response.content.decode().split())
