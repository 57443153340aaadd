"""What the components do in a browser, with a script and without."""

import re

import pytest
from playwright.sync_api import Error, expect

from organizations.models import User
from tests.e2e.conftest import NARROW, stop_clock
from tests.factories import StudentFactory

pytestmark = [pytest.mark.urls("tests.gallery"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(world):
    """Five more students of the academy, by name Aa0 to Aa4: they head every list by name."""
    return [
        StudentFactory.create(first_name="Ann", last_name=f"Aa{number}", organization=world.academy)
        for number in range(5)
    ]


@pytest.fixture
def list_page(world, people, page_as):
    page = page_as(world.student)
    page.goto("/gallery/list/")
    return page


@pytest.fixture
def plain_page(world, people, page_as):
    """Without a script."""
    return page_as(world.student, java_script_enabled=False)


def opener(page, number=0):
    return page.get_by_role("link", name=re.compile("^Issue a Badge to")).nth(number)


def test_a_dialog_opens_and_gives_the_focus_back(list_page):
    dialog = list_page.get_by_role("dialog", name="Choose Student(s)")

    opener(list_page, 2).click()
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("searchbox")).to_be_focused()
    dialog.get_by_role("link", name="Cancel").click()

    expect(dialog).to_be_hidden()
    expect(opener(list_page, 2)).to_be_focused()
    expect(list_page).to_have_url(re.compile("/gallery/list/$"))


def test_an_open_dialog_stands_before_axe(list_page, axe):
    opener(list_page).click()
    expect(list_page.get_by_role("dialog")).to_be_visible()

    axe(list_page)


def test_escape_closes_a_dialog(list_page):
    opener(list_page).click()
    expect(list_page.get_by_role("dialog")).to_be_visible()

    list_page.keyboard.press("Escape")

    expect(list_page.get_by_role("dialog")).to_be_hidden()
    expect(list_page.locator("#dialog")).to_be_empty()


def test_a_dialog_shows_the_refusal_and_closes_itself_after_success(list_page, people):
    opener(list_page).click()
    dialog = list_page.get_by_role("dialog")

    dialog.get_by_role("button", name="OK").click()
    expect(dialog.get_by_role("alert")).to_have_text("Choose somebody.")
    dialog.get_by_role("checkbox", name="Ann Aa0").check()
    stop_clock(list_page)
    dialog.get_by_role("button", name="OK").click()

    expect(dialog.get_by_text(f"Chosen: {people[0].pk}")).to_be_visible()
    list_page.clock.run_for(300)
    expect(dialog).to_be_hidden()


def test_what_is_chosen_survives_search_and_pages(list_page, people):
    opener(list_page).click()
    dialog = list_page.get_by_role("dialog")

    dialog.get_by_role("checkbox", name="Ann Aa1").check()
    dialog.get_by_role("button", name="Next").click()
    dialog.get_by_role("checkbox", name="Ann Aa2").check()
    dialog.get_by_role("searchbox").fill("Aa4")
    dialog.get_by_role("button", name="Search").click()
    expect(dialog.get_by_text("1 Result Found")).to_be_visible()
    dialog.get_by_role("checkbox", name="Ann Aa4").check()
    stop_clock(list_page)
    dialog.get_by_role("button", name="OK").click()

    chosen = dialog.locator(".message.success")
    expect(chosen).to_be_visible()
    assert sorted(re.findall(r"\d+", chosen.inner_text())) == sorted(str(people[n].pk) for n in (1, 2, 4))


def test_select_all_ticks_the_page_and_mirrors_it(list_page):
    opener(list_page).click()
    dialog = list_page.get_by_role("dialog")
    everybody = dialog.get_by_role("checkbox", name="Select all on this page")

    everybody.check()
    expect(dialog.get_by_role("checkbox", name="Ann Aa0")).to_be_checked()
    expect(dialog.get_by_role("checkbox", name="Ann Aa1")).to_be_checked()
    dialog.get_by_role("checkbox", name="Ann Aa1").uncheck()

    expect(everybody).not_to_be_checked()
    assert everybody.evaluate("box => box.indeterminate") is True


def test_a_dialog_is_a_page_without_a_script(plain_page, people):
    plain_page.goto("/gallery/list/")

    opener(plain_page).click()
    expect(plain_page).to_have_url(re.compile("/gallery/choose/$"))
    plain_page.get_by_role("checkbox", name="Ann Aa0").check()
    plain_page.get_by_role("button", name="OK").click()

    expect(plain_page.get_by_text(f"Chosen: {people[0].pk}")).to_be_visible()


def test_a_list_searches_without_a_script(plain_page):
    plain_page.goto("/gallery/list/")

    plain_page.get_by_label("Last name").fill("aa3")
    plain_page.get_by_role("button", name="Search").click()

    expect(plain_page.get_by_text("1 Result Found")).to_be_visible()
    expect(plain_page.get_by_label("Last name")).to_have_value("aa3")


def test_a_list_swaps_in_place_and_its_address_says_where(list_page):
    list_page.evaluate("window.stillHere = true")

    list_page.get_by_role("link", name="Next").click()
    expect(list_page).to_have_url(re.compile(r"\?page=2$"))
    list_page.get_by_role("link", name="Student", exact=True).click()
    expect(list_page).to_have_url(re.compile(r"\?sort=-name$"))

    assert list_page.evaluate("window.stillHere") is True
    list_page.go_back()
    expect(list_page.locator(".pages [aria-current]")).to_have_text(re.compile("2"))


def test_filters_are_added_and_removed(list_page):
    last_name = list_page.get_by_label("Last name")
    expect(last_name).to_be_hidden()

    list_page.get_by_label("Add filter").select_option("Last name")
    expect(last_name).to_be_focused()
    last_name.fill("Aa")
    last_name.press("Enter")
    expect(list_page.get_by_text("5 Results Found")).to_be_visible()
    expect(list_page).to_have_url(re.compile(r"/gallery/list/\?last_name=Aa$"))
    expect(last_name).to_be_hidden()
    list_page.get_by_role("link", name="Last name: Aa", exact=True).click()
    expect(last_name).to_be_focused()
    list_page.get_by_role("button", name="Remove filter Last name").click()

    expect(list_page.get_by_text("11 Results Found")).to_be_visible()
    expect(last_name).to_be_hidden()


def test_chips_are_taken_away_by_the_keyboard_one_by_one(list_page):
    list_page.goto("/gallery/list/?q=a&last_name=Aa&is_active=true&sort=-name")
    chips = list_page.get_by_role("list", name="Filters in force").get_by_role("listitem").filter(has_text=": ")
    expect(chips).to_have_text([re.compile("Search: a"), re.compile("Last name: Aa"), re.compile("Active: Yes")])

    list_page.get_by_role("link", name="Remove filter Last name: Aa").press("Enter")
    expect(list_page.get_by_role("link", name="Remove filter Active: Yes")).to_be_focused()
    list_page.keyboard.press("Enter")
    expect(list_page.get_by_role("link", name="Remove filter Search: a")).to_be_focused()
    expect(list_page.get_by_role("link", name="Clear all")).to_have_count(0)
    list_page.keyboard.press("Enter")

    expect(list_page.get_by_role("searchbox")).to_be_focused()
    expect(chips).to_have_count(0)
    expect(list_page).to_have_url(re.compile(r"/gallery/list/\?sort=-name$"))


def test_all_chips_are_taken_away_at_once_and_the_order_stays(list_page):
    list_page.goto("/gallery/list/?q=a&is_active=true&sort=-name&page=2")

    list_page.get_by_role("link", name="Clear all").click()

    expect(list_page).to_have_url(re.compile(r"/gallery/list/\?sort=-name$"))


def test_output_options_choose_columns_and_the_export_follows(list_page):
    list_page.get_by_text("Output Options").click()
    list_page.get_by_role("checkbox", name="E-mail address").uncheck()
    list_page.get_by_role("checkbox", name="Last sign-in").check()
    list_page.get_by_role("button", name="Apply").click()

    expect(list_page.get_by_role("columnheader", name="Last sign-in")).to_be_visible()
    expect(list_page.get_by_role("columnheader", name="E-mail address")).to_have_count(0)
    with list_page.expect_download() as download:
        list_page.get_by_text("Export").click()
        list_page.get_by_role("link", name="CSV").click()
    header = download.value.path().read_text(encoding="utf-8-sig").splitlines()[0]
    assert header == "Student,Organization,Joined,Last sign-in,Active"


def test_a_request_that_fails_says_so(list_page, complaints):
    list_page.get_by_role("link", name=re.compile("^Fail for")).first.click()

    expect(list_page.get_by_role("alert")).to_contain_text("That did not work")
    expect(list_page.get_by_role("dialog")).to_be_hidden()
    complaints.expect("500")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (403, "That did not work"),
        (500, "We cannot say whether it was saved."),
        (504, "We cannot say whether it was saved."),
        (None, "We cannot say whether it was saved."),
    ],
)
def test_what_was_sent_and_not_answered_may_have_been_saved(list_page, complaints, status, words):
    opener(list_page).click()
    dialog = list_page.get_by_role("dialog", name="Choose Student(s)")
    answer = (lambda route: route.fulfill(status=status)) if status else (lambda route: route.abort())
    list_page.route("**/gallery/choose/", answer)

    dialog.get_by_role("button", name="OK").click()

    expect(dialog.get_by_role("alert")).to_contain_text(words)
    for said in [str(status)] if status else ["ERR_FAILED", "htmx:"]:
        complaints.expect(said)


def make_busy(page, address):
    """Let requests for the address meet a database that is busy."""
    busy = re.sub(r"(://[^/]+).*", r"\1/gallery/failing/?status=503", page.url)
    page.route(address, lambda route: route.continue_(url=busy))


def test_a_busy_database_is_told_on_the_page(list_page, complaints):
    make_busy(list_page, "**/gallery/failing/")

    list_page.get_by_role("link", name=re.compile("^Fail for")).first.click()

    expect(list_page.locator("#messages").get_by_role("alert")).to_have_text(
        "The system is busy just now. This could not be shown. Try again in a minute."
    )
    expect(list_page.get_by_role("dialog")).to_be_hidden()
    complaints.expect("503")


def test_a_busy_database_is_told_in_the_open_dialog(list_page, complaints):
    opener(list_page).click()
    dialog = list_page.get_by_role("dialog", name="Choose Student(s)")
    make_busy(list_page, "**/gallery/choose/")

    dialog.get_by_role("button", name="OK").click()

    expect(dialog.get_by_role("alert")).to_contain_text("The system is busy just now.")
    expect(dialog.get_by_role("button", name="OK")).to_be_visible()
    complaints.expect("503")


def test_an_ended_session_never_shows_the_sign_in_page_in_a_dialog(list_page):
    list_page.context.clear_cookies()

    opener(list_page).click()

    expect(list_page).to_have_url(re.compile(r"/sign-in/\?next=.*gallery/list/$"))
    expect(list_page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_dangerous_button_asks_first(world, page_as):
    page = page_as(world.student)
    page.goto("/gallery/form/")
    asking = page.get_by_role("dialog", name="Please confirm")

    page.get_by_role("button", name="Delete").click()
    expect(asking).to_contain_text("Delete this badge?")
    asking.get_by_role("button", name="Cancel").click()
    expect(asking).to_be_hidden()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("button", name="Delete").click()
    asking.get_by_role("button", name="Delete").click()

    expect(page.get_by_role("alert")).to_contain_text("Please fix the following:")
    expect(page.get_by_label("Description")).to_have_value("delete")


def test_a_form_s_errors_are_summed_up_and_lead_to_their_fields(world, page_as, axe):
    page = page_as(world.student)
    page.goto("/gallery/form/")

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name="Available to").click()

    expect(page.get_by_label("Academy")).to_be_focused()
    axe(page)


def test_leaving_unsaved_changes_asks(world, page_as):
    page = page_as(world.student)
    page.goto("/gallery/form/")
    asked = []

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)

    page.get_by_label("Name").fill("Network Defender")
    with pytest.raises(Error, match="ERR_ABORTED"):
        page.goto("/gallery/list/")
    page.get_by_label("Name").fill("")
    page.goto("/gallery/list/")

    assert asked == ["beforeunload"]


def test_the_menu_opens_on_a_narrow_screen_without_a_script(world, page_as):
    page = page_as(world.student, java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto("/")
    expect(page.get_by_role("link", name="Change password")).to_be_hidden()

    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Change password").click()

    expect(page).to_have_url(re.compile("/password/$"))


def test_the_keyboard_reaches_the_content_first(list_page):
    list_page.keyboard.press("Tab")
    expect(list_page.get_by_role("link", name="Skip to the content")).to_be_focused()

    list_page.keyboard.press("Enter")

    expect(list_page.locator("#main")).to_be_focused()


def test_signing_in_and_out(world, anonymous_page):
    anonymous_page.goto("/password/")

    anonymous_page.get_by_label("User name or e-mail address").fill(world.student.email.upper())
    anonymous_page.get_by_label("Password").fill("correct horse battery staple")
    anonymous_page.get_by_role("button", name="Sign in").click()
    expect(anonymous_page.get_by_role("heading", name="Change password")).to_be_visible()
    anonymous_page.get_by_role("button", name="Sign out").click()

    expect(anonymous_page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert User.objects.get(pk=world.student.pk).last_login is not None


HEIGHTS = (
    "[...document.querySelectorAll('#listing tbody tr')].map(row => Math.round(row.getBoundingClientRect().height))"
)


def test_lines_are_44_pixels_high_and_cards_of_two_lines_on_a_phone(list_page):
    assert set(list_page.evaluate(HEIGHTS)) == {44}

    list_page.set_viewport_size(NARROW)

    name = list_page.locator("#listing tbody tr:first-child td").nth(0).bounding_box()
    email = list_page.locator("#listing tbody tr:first-child td").nth(1).bounding_box()
    assert name["y"] + name["height"] <= email["y"] + 1
    assert max(list_page.evaluate(HEIGHTS)) < 120  # words may take a third


@pytest.mark.parametrize("height", [900, 700, 560])
def test_the_way_out_is_in_sight_however_long_the_menu(world, page_as, height):
    page = page_as(world.administrator, viewport={"width": 1280, "height": height})

    page.goto("/")

    expect(page.get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)
