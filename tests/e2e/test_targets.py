"""What is pressed is large enough to be met by a finger: 24 pixels each way."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.e2e.conftest import NARROW, WIDE
from tests.factories import BadgeFactory, IssuedBadgeFactory

LEAST = 24
# Crumbs, heads that sort, boxes. A box is pressed by its label, too: by the one around it, or beside it.
MEASURE = """(least) => {
    const found = [...document.querySelectorAll(".crumbs a, thead a, thead button, [type='checkbox'], [type='radio']")]
    const size = one => {
        const boxes = [one, ...(one.labels ?? [])].map(part => part.getBoundingClientRect())
        return {width: Math.max(...boxes.map(box => box.width)), height: Math.max(...boxes.map(box => box.height))}
    }
    const seen = found.filter(one => one.checkVisibility() && one.getBoundingClientRect().width > 1)
    const small = seen.filter(one => size(one).width < least || size(one).height < least)
    return {seen: seen.length > 0, small: small.map(one => `${one.outerHTML.slice(0, 80)} ${JSON.stringify(size(one))}`)}
}"""


def check(page: Page) -> None:
    assert page.evaluate(MEASURE, LEAST) == {"seen": True, "small": []}


@pytest.fixture(params=[NARROW, WIDE], ids=["narrow", "wide"])
def page(world, page_as, request) -> Page:
    badge = BadgeFactory.create(organization=world.academy)
    IssuedBadgeFactory.create(badge=badge, student=world.student)
    opened: Page = page_as(world.administrator, viewport=request.param)
    return opened


def test_targets_of_a_list_and_its_output_options(page):
    page.goto(reverse("badges:issued"))
    page.get_by_text("Output Options").click()
    expect(page.get_by_role("group", name="Columns")).to_be_visible()

    check(page)


def test_targets_of_a_roster(page, world):
    page.goto(reverse("classes:roster", args=[world.klass.pk]))

    check(page)


def test_targets_of_a_form(page):
    page.goto(reverse("badges:provider_create"))

    check(page)


@pytest.mark.parametrize("name", ["Add Students", "Issue a Badge"])
def test_targets_of_a_dialog(page, world, name):
    page.goto(reverse("classes:roster", args=[world.klass.pk]))
    page.get_by_role("link", name=name).first.click()
    expect(page.locator("#dialog .table, #dialog .empty")).to_be_visible()

    check(page)


def test_targets_of_the_editor_of_achievements(page):
    page.goto(reverse("achievements:create"))
    check(page)
    page.get_by_role("button", name="Courses", exact=True).click()
    expect(page.get_by_role("group", name="Condition 1")).to_be_visible()
    page.locator(".as-text > summary").click()

    check(page)
