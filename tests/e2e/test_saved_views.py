"""Saving the state of a list, and coming back to it: by keyboard, without a script, on a phone, and as colleagues see it."""

import re

import pytest
from playwright.sync_api import expect

from listing.models import SavedView
from tests.e2e.conftest import NARROW, beyond, shoot
from tests.factories import BadgeFactory, IssuedBadgeFactory, SavedViewFactory

ISSUED = "/badges/issued/"


@pytest.fixture
def two(world):
    badge = BadgeFactory.create(organization=world.academy, name="Diver")
    failed = {"status": "pending", "delivery": "failed", "delivered_at": None, "failure_code": "refused"}
    IssuedBadgeFactory.create(badge=badge, student=world.student, **failed)
    IssuedBadgeFactory.create(badge=badge, student=world.guest)
    return world


def menu(page):
    return page.locator(".saved-views")


def test_a_view_is_saved_opened_made_the_default_and_left_by_keyboard(two, page_as, axe):
    page = page_as(two.administrator)
    page.goto(f"{ISSUED}?status=failed")

    menu(page).locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    while not menu(page).get_by_label("Save this view as").evaluate("field => field === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type("What failed")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The view “What failed” was saved.")).to_be_visible()
    expect(menu(page).locator("summary")).to_contain_text("What failed")

    page.get_by_role("link", name="Badge", exact=True).first.click()
    expect(menu(page).locator("summary")).to_contain_text("(changed)")
    menu(page).locator("summary").click()
    shoot(page, "views-menu-wide")
    axe(page)
    menu(page).get_by_role("button", name="Replace “What failed”").click()
    expect(menu(page).locator("summary")).not_to_contain_text("(changed)")

    menu(page).locator("summary").click()
    menu(page).get_by_role("link", name="View “What failed”: details").click()
    shoot(page, "view-wide")
    page.get_by_label("Default").check()
    page.get_by_role("button", name="Save").click()
    page.goto(ISSUED)
    expect(page.get_by_text("This is your default view, What failed.")).to_be_visible()
    expect(page.get_by_text("1 Result Found")).to_be_visible()
    shoot(page, "views-default-wide")
    axe(page)

    page.get_by_role("searchbox", name="Search").fill("nothing of that")
    page.keyboard.press("Enter")
    expect(page.get_by_text("0 Results Found")).to_be_visible()
    page.get_by_role("link", name="Clear all").click()
    expect(page.get_by_text("2 Results Found")).to_be_visible()
    page.goto(ISSUED)
    page.get_by_role("link", name="Show all").first.click()
    expect(page.get_by_text("2 Results Found")).to_be_visible()


def test_without_a_script_a_shared_view_is_opened_copied_changed_and_deleted(two, page_as, complaints):
    SavedViewFactory.create(
        owner=two.administrator, organization=two.umbrella, page_name="courses:paths", name="عرض 🏅", query="q=x"
    )
    page = page_as(two.student, java_script_enabled=False, viewport=NARROW)
    page.goto("/learning-paths/")

    menu(page).locator("summary").click()
    expect(menu(page)).to_contain_text(re.compile("Shared by .* with Umbrella"))
    menu(page).get_by_role("link", name=re.compile("^View .*: details")).click()
    page.get_by_role("button", name="Save as my own").click()
    expect(page).to_have_url(re.compile(r"/learning-paths/\?q=x&view=\d+$"))
    menu(page).locator("summary").click()
    menu(page).get_by_label("Save this view as").fill("عرض 🏅")
    menu(page).get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Replace the view of this name").click()
    menu(page).locator("summary").click()
    menu(page).get_by_role("link", name=re.compile("^View .*: details")).first.click()
    page.get_by_role("button", name="Delete").click()

    expect(page).to_have_url(re.compile("/learning-paths/$"))
    assert SavedView.objects.get().owner == two.administrator
    complaints.expect("422")


@pytest.mark.parametrize("language", ["en", "de"])
def test_long_names_and_many_views_fit_a_phone(two, page_as, axe, language):
    for name in ("W" * 200, "Überfällige Sicherheitsunterweisungen der Außenstellen", "عرض الشارات الفاشلة", "Short"):
        SavedViewFactory.create(owner=two.administrator, name=name, organization=two.academy, query="status=failed")
    SavedViewFactory.create_batch(8, owner=two.administrator)
    long = SavedView.objects.get(name__startswith="WWW")
    two.administrator.language = language
    two.administrator.save()
    page = page_as(two.administrator, viewport=NARROW)
    page.goto(f"{ISSUED}?status=failed&gone=1&view={long.pk}")

    menu(page).locator("summary").click()

    shoot(page, f"views-menu-narrow-{language}")
    axe(page)
    assert beyond(page, NARROW) == 0
    page.goto(f"/lists/views/{long.pk}/")
    shoot(page, f"view-narrow-{language}")
    assert beyond(page, NARROW) == 0
