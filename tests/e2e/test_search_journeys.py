"""The search of everything, with the keyboard alone, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import shoot
from tests.factories import BadgeFactory, StudentFactory


@pytest.fixture
def named(world):
    StudentFactory.create(first_name="Zoë", last_name="Žluťoučká", organization=world.academy)
    BadgeFactory.create(name="Zoology", organization=world.academy)
    return world


def test_a_person_is_found_and_opened_without_a_mouse(named, page_as, axe):
    page = page_as(named.administrator)
    page.goto("/badges/")

    page.keyboard.press("Control+k")
    dialog = page.get_by_role("dialog", name="Search")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("zluto")
    expect(dialog.get_by_role("link", name="Zoë Žluťoučká")).to_be_visible()
    shoot(page, "search-dialog")
    axe(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Zoë Žluťoučká")


def test_arrows_go_down_and_back_and_escape_leaves_the_page_as_it_was(named, page_as):
    page = page_as(named.administrator)
    page.goto("/classes/")
    opener = page.get_by_role("link", name="Search")

    opener.first.click()
    dialog = page.get_by_role("dialog", name="Search")
    dialog.get_by_role("searchbox").fill("zoo")
    expect(dialog.get_by_role("link", name="Zoology")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(dialog.get_by_role("link", name="Zoology")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(page).to_have_url("/classes/")


def test_the_page_of_the_search_works_without_its_dialog(named, page_as):
    page = page_as(named.administrator)
    page.goto("/search/?q=zoo")

    page.keyboard.press("Control+k")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.get_by_role("searchbox").fill("zoe")
    page.keyboard.press("Enter")

    page.wait_for_url("**/search/?q=zoe")
    expect(page.get_by_role("main").get_by_role("link", name="Zoë Žluťoučká")).to_be_visible()
    shoot(page, "search-page")
