"""Every template of the stand-in has a picture, and the demo's have their own."""

import pytest

from tests.credly.pictures import answer
from tests.credly.state import State, Template
from tms.demo import art
from tms.demo.credly_account import ORGANIZATION, OTHERS, TEMPLATES


@pytest.fixture
def state():
    return State(ORGANIZATION, "token")


@pytest.mark.parametrize("one", [*TEMPLATES, *OTHERS], ids=lambda one: one.key)
def test_a_template_of_the_demo_has_the_picture_of_its_badge(state, one):
    state.add_template(Template(id=one.id, name=one.name, description=one.description, organization_id=ORGANIZATION))

    assert answer(f"/images/{one.id}/badge.png", state) == (200, art.picture(one.key))


def test_any_other_template_has_a_picture_too(state):
    state.add_template(Template(id="7", name="Welder", description="", organization_id=ORGANIZATION))

    assert answer("/images/7/badge.png", state) == (200, art.picture("badge"))


@pytest.mark.parametrize("path", ["/images/8/badge.png", "/images/8/other.png"])
def test_what_is_not_there_has_no_picture(state, path):
    assert answer(path, state) == (404, b"")
