"""The details of a line beside its list, in a real browser."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from badges.models import IssuedBadge
from organizations.models import User
from tests.e2e.conftest import NARROW, WIDE, shoot
from tests.factories import PAST, BadgeFactory, BadgeProviderFactory, IssuedBadgeFactory, StudentFactory

LIST = reverse("badges:issued")


@pytest.fixture
def issued(world) -> list[IssuedBadge]:
    """Three, the first of the list first; what the second's provider said is long."""
    provider = BadgeProviderFactory.create(
        name="Credly of the Academy", organization=world.academy, kind="credly", api_url="https://credly.example/v1"
    )
    badge = BadgeFactory.create(
        name="Network Defender", organization=world.academy, provider=provider, provider_template_id="7d0c8a52"
    )
    students = [StudentFactory.create(organization=world.academy, first_name=name, last_name="Bilby") for name in "ABC"]
    failed = {"delivery": "failed", "status": "pending", "failure_code": "refused", "failure_message": "Refused. " * 20}
    return [
        IssuedBadgeFactory.create(badge=badge, student=student, issued_at=PAST, **(failed if number == 1 else {}))
        for number, student in reversed(list(enumerate(students)))
    ][::-1]


@pytest.fixture
def page(world, page_as, issued) -> Page:
    found: Page = page_as(world.administrator)
    found.goto(f"{LIST}?sort=student")
    return found


def eye(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=f"Details of Network Defender of {name} Bilby")


def test_details_stand_beside_the_list_and_the_keyboard_moves_on(page, axe):
    panel = page.get_by_role("complementary", name="Network Defender")

    eye(page, "A").click()
    expect(panel).to_be_focused()
    expect(panel).to_contain_text("A Bilby")
    expect(page.locator("tr.is-open")).to_contain_text("A Bilby")
    page.keyboard.press("j")
    expect(panel).to_contain_text("B Bilby")
    expect(panel.get_by_role("button", name="Retry")).to_be_visible()
    axe(page)
    shoot(page, "issued-panel")
    page.keyboard.press("j")
    expect(panel).to_contain_text("C Bilby")
    page.keyboard.press("j")
    panel.get_by_role("button", name="Previous").click()
    expect(panel).to_contain_text("B Bilby")
    expect(page.locator("tr.is-open")).to_contain_text("B Bilby")
    page.keyboard.press("Escape")

    expect(panel).to_be_hidden()
    expect(eye(page, "B")).to_be_focused()
    expect(page.locator("tr.is-open")).to_have_count(0)
    expect(page).to_have_url(f"{LIST}?sort=student")


def test_what_is_done_in_the_panel_leads_back_to_the_list(page, issued):
    eye(page, "B").click()

    page.get_by_role("complementary").get_by_role("button", name="Retry").click()

    expect(page.get_by_text("1 badge is on its way to its provider again.")).to_be_visible()
    expect(page).to_have_url(f"{LIST}?sort=student")


def test_the_panel_has_the_page_and_letters_are_typed_where_somebody_types(page, issued):
    eye(page, "A").click()
    panel = page.get_by_role("complementary")
    expect(panel).to_contain_text("A Bilby")

    page.get_by_role("searchbox").press_sequentially("jk")
    expect(panel).to_contain_text("A Bilby")
    panel.get_by_role("link", name="Open page").click()

    expect(page).to_have_url(re.compile(reverse("badges:issued_badge", args=[issued[0].pk])))
    expect(page.get_by_role("heading", level=1)).to_have_text("Network Defender")


def test_a_narrow_screen_has_a_page_instead(page, issued):
    page.set_viewport_size(NARROW)

    eye(page, "A").click()

    expect(page).to_have_url(re.compile(reverse("badges:issued_badge", args=[issued[0].pk])))


@pytest.fixture
def three_people(world) -> list[User]:
    return [StudentFactory.create(organization=world.academy, first_name=name, last_name="Zebra") for name in "ABC"]


def test_users_stand_beside_their_list(world, page_as, three_people, axe):
    page = page_as(world.administrator)
    page.goto(f"{reverse('achievements:users')}?q=zebra")

    page.get_by_role("link", name="A Zebra", exact=True).click()
    expect(page.get_by_role("complementary", name="A Zebra")).to_be_focused()
    axe(page)
    page.keyboard.press("j")
    expect(page.get_by_role("complementary", name="B Zebra")).to_be_visible()
    expect(page.locator("tr.is-open")).to_contain_text("B Zebra")
    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="B Zebra", exact=True)).to_be_focused()


@pytest.mark.parametrize("width", [1180, 1280, 1500])
def test_the_table_gives_way_to_the_panel(world, page_as, three_people, width):
    page = page_as(world.administrator, viewport={"width": width, "height": 900})
    page.goto(f"{reverse('achievements:users')}?q=zebra")

    page.get_by_role("link", name="A Zebra", exact=True).click()
    panel = page.get_by_role("complementary", name="A Zebra")
    expect(panel).to_be_visible()

    table, beside = page.locator(".table-frame").bounding_box(), panel.bounding_box()
    assert table["x"] + table["width"] <= beside["x"]


def test_below_1180_the_panel_lies_over_the_table(world, page_as, three_people):
    page = page_as(world.administrator, viewport={"width": 1100, "height": 900})
    page.goto(f"{reverse('achievements:users')}?q=zebra")
    before = page.locator(".table-frame").bounding_box()

    page.get_by_role("link", name="A Zebra", exact=True).click()
    expect(page.get_by_role("complementary", name="A Zebra")).to_be_visible()

    assert page.locator(".table-frame").bounding_box() == before


@pytest.mark.parametrize("is_wide", [True, False])
def test_a_class_stands_beside_the_list_or_is_a_page(world, page_as, is_wide):
    page = page_as(world.administrator, viewport=WIDE if is_wide else NARROW)
    page.goto(reverse("classes:list"))

    page.get_by_role("link", name=world.klass.name, exact=True).click()

    if is_wide:
        expect(page.get_by_role("complementary", name=world.klass.name)).to_contain_text("Instructors")
    else:
        expect(page).to_have_url(re.compile(reverse("classes:details", args=[world.klass.pk])))
