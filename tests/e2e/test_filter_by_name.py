"""A filter for one of hundreds: found while its name is written, and without a script, in a real browser."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from achievements.models import Achievement
from organizations.models import User
from tests.e2e.conftest import NARROW, shoot
from tests.factories import AchievementFactory, EarnedAchievementFactory

LIST = reverse("achievements:users")


@pytest.fixture
def achievements(world) -> list[Achievement]:
    """Sixty, more than a select shows; the student has earned the one of the stars."""
    stars = AchievementFactory.create(name="Reach the Stars", organization=world.academy)
    EarnedAchievementFactory.create(achievement=stars, user=world.student)
    many = [AchievementFactory.create(name=f"Earn {number:02}", organization=world.academy) for number in range(60)]
    return [stars, *many]


@pytest.fixture
def page(world, achievements, page_as) -> Page:
    found: Page = page_as(world.administrator)
    found.goto(LIST)
    return found


def expect_people(page: Page, *people: User) -> None:
    expect(page.locator("#listing tbody td:first-child a")).to_have_text([str(one) for one in people])


def test_what_is_written_is_suggested_and_chosen_by_keyboard(page, world, achievements, axe):
    page.evaluate("window.stillHere = true")
    page.get_by_label("Add filter").select_option("Achievement")
    box = page.get_by_role("textbox", name="Achievement", exact=True)

    expect(box).to_be_focused()
    box.press_sequentially("earn")
    expect(page.locator(".suggestions").get_by_role("link")).to_have_count(20)
    expect(page.get_by_text("There are more. Write more of the name.")).to_be_visible()
    shoot(page, "filter-by-name")
    axe(page)
    box.fill("star")
    expect(page.locator(".suggestions").get_by_role("link")).to_have_count(1)
    box.press("ArrowDown")
    expect(page.get_by_role("link", name=re.compile("Reach the Stars"))).to_be_focused()
    page.keyboard.press("Enter")

    chip = page.get_by_role("link", name="Achievement: Reach the Stars", exact=True)
    expect(chip).to_be_focused()
    expect(page).to_have_url(re.compile(rf"\?achievement={achievements[0].pk}$"))
    expect_people(page, world.student)
    assert page.evaluate("window.stillHere")
    page.get_by_role("link", name="Remove filter Achievement: Reach the Stars").click()
    expect(chip).to_have_count(0)


def test_another_is_chosen_in_place_of_the_one_before(page, world, achievements):
    page.goto(f"{LIST}?achievement={achievements[5].pk}")
    page.get_by_role("link", name="Achievement: Earn 04", exact=True).click()

    box = page.get_by_role("textbox", name="Achievement", exact=True)
    expect(box).to_be_focused()
    box.fill("reach the stars")
    box.press("Enter")

    expect(page.get_by_role("link", name="Achievement: Reach the Stars", exact=True)).to_be_visible()
    expect_people(page, world.student)


def test_escape_puts_the_suggestions_away(page):
    page.get_by_label("Add filter").select_option("Achievement")
    box = page.get_by_role("textbox", name="Achievement", exact=True)
    box.fill("star")
    page.get_by_role("link", name=re.compile("Reach the Stars")).focus()

    page.keyboard.press("Escape")

    expect(box).to_be_focused()
    expect(page.locator(".suggestions").get_by_role("link")).to_have_count(0)


def test_on_a_phone_the_suggestions_stay_on_the_screen(page, axe):
    page.set_viewport_size(NARROW)
    page.get_by_label("Add filter").select_option("Achievement")
    page.get_by_role("textbox", name="Achievement", exact=True).fill("earn")
    expect(page.locator(".suggestions").get_by_role("link")).to_have_count(20)

    page.locator(".suggestions").get_by_role("link", name="Earn 03").click()

    expect(page.get_by_role("link", name="Achievement: Earn 03", exact=True)).to_be_visible()
    axe(page)


def test_a_name_finds_its_row_without_a_script(world, achievements, page_as):
    page = page_as(world.administrator, java_script_enabled=False)
    page.goto(LIST)

    box = page.get_by_role("textbox", name="Achievement", exact=True)
    box.fill("earn")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("Several have this in their names. Choose one.")).to_be_visible()
    expect(page.locator(".suggestions").get_by_role("link")).to_have_count(20)
    box.fill("stars")
    page.get_by_role("button", name="Search", exact=True).click()

    expect(page.get_by_role("link", name="Achievement: Reach the Stars", exact=True)).to_be_visible()
    expect_people(page, world.student)
