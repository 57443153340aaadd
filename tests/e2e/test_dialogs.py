"""Searching in every dialog that has a list, in a real browser."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.factories import (
    BadgeFactory,
    CourseAssignmentFactory,
    CourseFactory,
    LearningPathFactory,
    StudentFactory,
)

# What a browser does to a field that is made larger, and programs that help with forms do to any: allowed, as no markup says it.
TOUCH = """elements => { for (const one of elements) {
    one.style.setProperty("color", "red")
    one.style.removeProperty("color")
} }"""


def of_badge_of_roster(world, page: Page) -> None:
    page.goto(reverse("classes:roster", args=[world.klass.pk]))
    page.get_by_role("link", name=f"Issue a Badge to {world.student}").click()


def of_students_of_roster(world, page: Page) -> None:
    page.goto(reverse("classes:roster", args=[world.klass.pk]))
    page.get_by_role("link", name="Add Students").click()


def of_badges_to_issue(world, page: Page) -> None:
    page.goto(reverse("classes:issue_badges", args=[world.klass.pk]))
    page.get_by_role("link", name="Add Badges").click()


def of_students_to_issue_to(world, page: Page) -> None:
    page.goto(reverse("classes:issue_badges", args=[world.klass.pk]))
    page.get_by_role("link", name="Add Students").click()


def of_badge_of_assignment(world, page: Page) -> None:
    assignment = CourseAssignmentFactory.create(student=world.student, course=world.course)
    page.goto(reverse("courses:assignment", args=[assignment.pk]))
    page.get_by_role("link", name="Issue a Badge").click()


def of_courses_of_path(world, page: Page) -> None:
    path = LearningPathFactory.create(organization=world.academy)
    page.goto(reverse("courses:path_courses", args=[path.pk]))
    page.get_by_role("link", name="Add Courses").click()


def of_badge_of_achievement(world, page: Page) -> None:
    page.goto(reverse("achievements:create"))
    page.get_by_label("Organization").select_option("Academy")
    link = page.get_by_role("link", name="Choose Badge")
    expect(link).to_have_attribute("href", reverse("achievements:choose_badge", args=[world.academy.pk]))
    link.click()


def of_ids_of_condition(world, page: Page) -> None:
    page.goto(reverse("achievements:create"))
    page.get_by_role("button", name="Courses", exact=True).click()
    page.get_by_role("link", name="Choose Course").click()


def of_badges_of_filter(world, page: Page) -> None:
    page.goto(reverse("achievements:list"))
    page.get_by_label("Add filter").select_option("Choose Badge")
    page.get_by_role("link", name="Choose… Choose Badge").click()


@pytest.fixture
def several(world):
    for number in range(3):
        BadgeFactory.create(name=f"Found badge {number}", organization=world.academy)
        StudentFactory.create(last_name=f"Found {number}", organization=world.academy)
        CourseFactory.create(name=f"Found course {number}", organization=world.umbrella)
    return world


@pytest.mark.parametrize(
    "open_one",
    [
        of_badge_of_roster,
        of_students_of_roster,
        of_badges_to_issue,
        of_students_to_issue_to,
        of_badge_of_assignment,
        of_courses_of_path,
        of_badge_of_achievement,
        of_ids_of_condition,
        of_badges_of_filter,
    ],
)
def test_a_search_in_a_dialog_breaks_no_rule_of_the_page(several, page_as, open_one: Callable[..., None]):
    """The consoles of all tests are listened to: the policy's violations show there."""
    page = page_as(several.administrator)
    open_one(several, page)
    dialog = page.locator("#dialog")
    expect(dialog.locator("table")).to_be_visible()
    dialog.locator("[id]").evaluate_all(TOUCH)

    with page.expect_response(lambda response: "q=" in response.url or response.request.method == "POST"):
        dialog.get_by_role("searchbox").fill("zzz")
        dialog.get_by_role("button", name="Search", exact=True).click()

    expect(dialog.get_by_text("0 Results Found")).to_be_visible()
    expect(dialog.get_by_role("searchbox")).to_have_value("zzz")


def test_a_search_in_the_list_below_breaks_no_rule_either(several, page_as):
    page = page_as(several.administrator)
    page.goto(reverse("badges:list"))
    page.locator("#listing [id]").evaluate_all(TOUCH)

    page.locator("#listing").get_by_role("searchbox").fill("zzz")
    page.locator("#listing").get_by_role("button", name="Search", exact=True).click()

    expect(page.get_by_text("0 Results Found")).to_be_visible()


def test_the_search_of_everything_breaks_no_rule_either(several, page_as):
    page = page_as(several.administrator)
    page.goto("/")
    page.keyboard.press("Control+k")
    dialog = page.locator("#dialog")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    dialog.locator("[id]").evaluate_all(TOUCH)

    dialog.get_by_role("searchbox").press_sequentially("Found badge 1")

    expect(dialog.get_by_role("link", name="Found badge 1")).to_be_visible()
