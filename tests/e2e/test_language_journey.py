"""The language follows the browser until somebody chooses one, and then the person, at every browser."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from organizations.models import User
from tests.e2e.conftest import NARROW, WIDE, beyond, shoot

PASSWORD = "correct-horse-battery"


@pytest.fixture
def instructor(world):
    world.instructor.set_password(PASSWORD)
    world.instructor.save()
    return world.instructor


def sign_in_in_german(page: Page, person: User) -> None:
    page.get_by_label("Benutzername oder E-Mail-Adresse").fill(person.username)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_a_person_reads_in_the_language_that_he_or_she_chose(instructor, open_context, size):
    page = open_context(locale="de-DE", viewport=size).new_page()
    page.goto(reverse("classes:list") + "?q=netz")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    shoot(page, "sign-in-de")

    sign_in_in_german(page, instructor)

    expect(page.get_by_role("heading", level=1, name="Schulungen")).to_be_visible()
    assert beyond(page, size) == 0

    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("heading", level=1, name="Classes")).to_be_visible()
    expect(page).to_have_url(reverse("classes:list") + "?q=netz")
    expect(page.get_by_role("button", name="English")).to_have_attribute("aria-current", "true")

    elsewhere = open_context(locale="de-DE", viewport=size).new_page()
    elsewhere.goto(reverse("classes:list"))
    sign_in_in_german(elsewhere, instructor)
    expect(elsewhere.get_by_role("heading", level=1, name="Classes")).to_be_visible()


def test_the_language_can_be_chosen_before_signing_in(instructor, open_context):
    page = open_context(locale="fr-FR").new_page()
    page.goto(reverse("sign_in"))
    expect(page.locator("html")).to_have_attribute("lang", "en")

    page.get_by_role("button", name="Deutsch").focus()
    page.keyboard.press("Enter")

    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("button", name="Anmelden", exact=True)).to_be_visible()
