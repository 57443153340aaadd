"""Finding achievements by what is chosen in dialogs, and lists on paper, in a real browser."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, Route, expect

from badges.models import Badge
from tests.e2e.conftest import shoot
from tests.factories import AchievementFactory, BadgeFactory, IssuedBadgeFactory

LIST = reverse("achievements:list")


@pytest.fixture
def catalogue(world):
    """Sixty badges, more than a page of the dialog; each earned by an achievement of its name, which gives points."""
    for number in range(60):
        badge = BadgeFactory.create(name=f"Badge {number:02}", organization=world.academy)
        AchievementFactory.create(
            name=f"Earn {number:02}", organization=world.academy, badge=badge, points=number, is_enabled=number != 7
        )
    AchievementFactory.create(name="Of the umbrella", organization=world.umbrella)
    return world


@pytest.fixture
def page(catalogue, page_as) -> Page:
    found: Page = page_as(catalogue.administrator)
    found.goto(LIST)
    return found


def expect_found(page: Page, *names: str) -> None:
    expect(page.locator("#listing tbody td:first-child a")).to_have_text(names)


def chips(page: Page, label: str) -> Locator:
    return page.get_by_role("list", name="Filters in force").get_by_role("listitem").filter(has_text=f"{label}: ")


def test_badges_are_chosen_on_several_pages_and_the_list_is_narrowed_in_place(page, axe):
    page.evaluate("window.stillHere = true")
    page.get_by_label("Add filter").select_option("Name")
    page.get_by_role("textbox", name="Name", exact=True).fill("Earn")
    page.get_by_label("Add filter").select_option("Choose Badge")
    dialog = page.get_by_role("dialog", name="Choose Badges")

    page.get_by_role("link", name="Choose… Choose Badge").click()
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    dialog.get_by_role("checkbox", name="Badge 03").check()
    dialog.get_by_role("link", name="Next").click()
    dialog.get_by_role("checkbox", name="Badge 57").check()
    dialog.get_by_role("searchbox").fill("badge 07")
    dialog.get_by_role("searchbox").press("Enter")
    expect(dialog.get_by_text("1 Result Found")).to_be_visible()
    dialog.get_by_role("checkbox", name="Badge 07").check()
    shoot(page, "filter-badges-dialog")
    axe(page)
    dialog.get_by_role("button", name="OK").click()

    expect(dialog).to_be_hidden()
    expect(chips(page, "Choose Badge")).to_have_text(
        [re.compile("Badge 03"), re.compile("Badge 07"), re.compile("Badge 57")]
    )
    expect_found(page, "Earn 03", "Earn 07", "Earn 57")
    expect(chips(page, "Name")).to_have_text([re.compile("Name: Earn")])
    expect(page).to_have_url(re.compile(r"/achievements/\?name=Earn&badge=\d+&badge=\d+&badge=\d+$"))
    expect(page.get_by_role("link", name="Choose Badge: Badge 03", exact=True)).to_be_focused()
    assert page.evaluate("window.stillHere") is True
    shoot(page, "filter-badges-chosen")
    axe(page)


def test_chosen_ones_are_taken_away_one_by_one_and_all_at_once(page):
    badges = [Badge.objects.get(name=f"Badge {n}").pk for n in ("03", "07")]
    page.goto(f"{LIST}?badge={badges[0]}&badge={badges[1]}&enabled=true")
    expect_found(page, "Earn 03")

    page.get_by_role("link", name="Remove filter Choose Badge: Badge 03").click()
    expect(chips(page, "Choose Badge")).to_have_text([re.compile("Badge 07")])
    expect(page.get_by_text("0 Results Found")).to_be_visible()
    page.get_by_role("link", name="Choose Badge: Badge 07", exact=True).click()
    page.get_by_role("button", name="Remove filter Choose Badge").click()

    expect(page.get_by_text("60 Results Found")).to_be_visible()
    expect(page.get_by_role("group", name="Choose Badge")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/achievements/\?enabled=true$"))


def test_the_focus_goes_on_with_the_answer_that_takes_its_chip_away(page):
    """And not with the number in the menu, for which the page asks of its own accord."""
    IssuedBadgeFactory.create(badge=Badge.objects.get(name="Badge 03"), delivery="failed", status="pending")
    held: dict[str, Route] = {}
    page.route("**/needs-attention/count/", lambda route: held.update(number=route))
    page.goto(f"{LIST}?name=earn&enabled=true")
    page.route("**/achievements/?*", lambda route: held.update(list=route))

    with page.expect_request("**/achievements/?*"):
        page.get_by_role("link", name="Remove filter Name: earn").press("Enter")
    held["number"].continue_()
    expect(page.get_by_role("link", name="Needs attention").locator(".count")).to_have_text("1 open")
    held["list"].continue_()

    expect(chips(page, "Name")).to_have_count(0)
    expect(page.get_by_role("link", name="Remove filter Enabled: Yes")).to_be_focused()


def test_what_is_unticked_is_not_looked_for_any_more(page):
    badges = [Badge.objects.get(name=f"Badge {n}").pk for n in ("03", "55")]
    page.goto(f"{LIST}?badge={badges[0]}&badge={badges[1]}")
    dialog = page.get_by_role("dialog", name="Choose Badges")

    page.get_by_role("link", name="Choose Badge: Badge 03", exact=True).click()
    page.get_by_role("link", name="Choose… Choose Badge").click()
    dialog.get_by_role("checkbox", name="Badge 03").uncheck()
    dialog.get_by_role("link", name="Next").click()
    expect(dialog.get_by_role("checkbox", name="Badge 55")).to_be_checked()
    dialog.get_by_role("link", name="Previous").click()
    expect(dialog.get_by_role("checkbox", name="Badge 03")).not_to_be_checked()
    dialog.get_by_role("button", name="OK").click()

    expect(chips(page, "Choose Badge")).to_have_text([re.compile("Badge 55")])
    expect_found(page, "Earn 55")


def test_the_keyboard_alone_chooses_organizations(page):
    page.get_by_label("Add filter").select_option("Organization (Choose)")
    expect(page.get_by_role("link", name="Choose… Organization (Choose)")).to_be_focused()

    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Choose Organizations")
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    expect(page.locator("#dialog.htmx-settling")).to_have_count(0)
    page.keyboard.type("umb")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("1 Result Found")).to_be_visible()
    dialog.get_by_role("checkbox", name="Umbrella").focus()
    page.keyboard.press("Space")
    dialog.get_by_role("button", name="OK").focus()
    page.keyboard.press("Enter")

    expect(dialog).to_be_hidden()
    expect_found(page, "Of the umbrella")
    expect(page.get_by_role("link", name="Organization (Choose): Umbrella", exact=True)).to_be_focused()
    page.get_by_role("link", name="Remove filter Organization (Choose): Umbrella").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("61 Results Found")).to_be_visible()


def test_cancel_leaves_the_list_as_it_was(page):
    page.get_by_label("Add filter").select_option("Choose Badge")
    dialog = page.get_by_role("dialog", name="Choose Badges")

    page.get_by_role("link", name="Choose… Choose Badge").click()
    dialog.get_by_role("checkbox", name="Badge 03").check()
    dialog.get_by_role("link", name="Cancel").click()

    expect(dialog).to_be_hidden()
    expect(page).to_have_url(re.compile("/achievements/$"))
    expect(page.get_by_text("61 Results Found")).to_be_visible()


def test_badges_are_chosen_without_a_script(catalogue, page_as):
    page = page_as(catalogue.administrator, java_script_enabled=False)
    page.goto(f"{LIST}?name=earn&sort=-points")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()

    page.get_by_role("link", name="Choose… Choose Badge").click()
    page.get_by_role("checkbox", name="Badge 03").check()
    page.get_by_role("searchbox").fill("badge 5")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("checkbox", name="Badge 57").check()
    shoot(page, "filter-badges-page")
    page.get_by_role("button", name="OK").click()
    expect_found(page, "Earn 57", "Earn 03")
    page.get_by_role("link", name="Choose… Choose Badge").click()
    page.get_by_role("link", name="Next").click()
    page.get_by_role("checkbox", name="Badge 55").check()
    page.get_by_role("button", name="OK").click()

    expect_found(page, "Earn 57", "Earn 55", "Earn 03")
    expect(page).to_have_url(re.compile(r"/achievements/\?name=earn&sort=-points(&badge=\d+){3}$"))
    page.get_by_role("link", name="Remove filter Choose Badge: Badge 55").click()
    expect_found(page, "Earn 57", "Earn 03")


def test_the_head_stays_in_sight_while_the_page_scrolls(page):
    expect(page.locator(".table-frame[data-whole]")).to_be_visible()

    page.locator("#listing tbody tr").last.scroll_into_view_if_needed()

    expect(page.locator("#listing tbody tr").first).not_to_be_in_viewport()
    expect(page.get_by_role("columnheader", name="Name")).to_be_in_viewport(ratio=1)
    shoot(page, "list-scrolled")


def test_print_prints_the_list(page):
    page.evaluate("() => { window.printed = 0; window.print = () => { window.printed += 1; }; }")

    page.get_by_role("button", name="Print").click()
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("page=2"))
    page.get_by_role("button", name="Print").click()

    assert page.evaluate("window.printed") == 2


def test_paper_has_the_list_and_nothing_to_press(page):
    page.goto(f"{LIST}?name=earn&enabled=true")
    page.emulate_media(media="print", color_scheme="dark")

    for seen in ("Achievements", "59 Results Found", "Name: earn", "Enabled: Yes", "1–25 of 59", "Earn 00"):
        expect(page.locator("main").get_by_text(seen).filter(visible=True).first).to_be_visible()
    for control in ("link", "button", "combobox", "textbox", "searchbox", "navigation"):
        shown = [one for one in page.get_by_role(control).all() if not one.evaluate("node => !!node.closest('td, th')")]
        assert [one.inner_text() for one in shown] == []
    expect(page.locator("body")).to_have_css("color", "rgb(0, 0, 0)")
    expect(page.locator("thead")).to_have_css("display", "table-header-group")
    expect(page.locator("tbody tr").first).to_have_css("break-inside", "avoid")


def test_the_screen_does_not_say_the_filters_twice(page):
    page.goto(f"{LIST}?name=earn")

    expect(page.locator(".on-paper")).to_be_hidden()


def test_a_list_is_searched_while_somebody_types(page):
    page.evaluate("window.stillHere = true")
    box = page.locator("main").get_by_role("searchbox", name="Search")

    box.press_sequentially("ea")
    box.press_sequentially("rn 5", delay=30)

    expect(page.get_by_text("15 Results Found")).to_be_visible()
    expect(box).to_be_focused()
    box.press_sequentially("7")
    expect_found(page, "Earn 57")
    expect(page).to_have_url(re.compile(r"/achievements/\?q=earn%2057$"))
    expect(box).to_have_value("earn 57")
    assert page.evaluate("document.activeElement.selectionStart") == len("earn 57")
    assert page.evaluate("window.stillHere") is True
    page.go_back()
    expect(page.get_by_text("61 Results Found")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/achievements/$"))


def test_what_is_typed_while_the_list_is_on_its_way_is_kept_and_searched_for(page):
    box = page.locator("main").get_by_role("searchbox", name="Search")
    held, asked = [], []
    page.route("**/achievements/?q=*", lambda route: held.append(route), times=1)  # noqa: PLW0108 - it wants a function
    page.on("request", lambda request: asked.append(request.url))

    with page.expect_request("**/achievements/?q=earn"):
        box.fill("earn")
    page.locator("main").get_by_role("button", name="Search").click()  # for what is on its way
    box.press("End")
    box.press_sequentially(" 03")
    held[0].continue_()

    expect_found(page, "Earn 03")
    assert [url.partition("?")[2] for url in asked] == ["q=earn", "q=earn%2003"]
    expect(box).to_have_value("earn 03")
    expect(box).to_be_focused()
    box.fill("")
    expect(page.get_by_text("61 Results Found")).to_be_visible()
    expect(box).to_be_focused()


def test_a_dialog_is_searched_while_somebody_types(page):
    page.get_by_label("Add filter").select_option("Choose Badge")
    dialog = page.get_by_role("dialog", name="Choose Badges")
    page.get_by_role("link", name="Choose… Choose Badge").click()
    dialog.get_by_role("checkbox", name="Badge 03").check()

    dialog.get_by_role("searchbox").press_sequentially("badge 57")

    expect(dialog.get_by_text("1 Result Found")).to_be_visible()
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    dialog.get_by_role("checkbox", name="Badge 57").check()
    dialog.get_by_role("button", name="OK").click()
    expect_found(page, "Earn 03", "Earn 57")
