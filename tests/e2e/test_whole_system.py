"""The product as `make run` starts it, with its demo: what a person saves on a page becomes a badge by itself."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import READY, Run, free_port, open_to_the_servers_account
from tms.demo.people import PASSWORD

SWEPT_WITHIN = 300_000  # milliseconds; a drain runs every five seconds, and at once where the broker takes the wake-up


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    var = open_to_the_servers_account(tmp_path)
    port = free_port()
    with Run(Path(var), port) as run:
        run.wait_until_it_says(READY)
        yield f"http://127.0.0.1:{port}"
        assert run.end(signal.SIGINT) == 0, run.said


def sign_in(browser: Browser, address: str, name: str) -> Page:
    page = browser.new_context(base_url=address).new_page()
    page.goto("/sign-in/")
    page.get_by_label("User name or e-mail address").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")
    return page


def test_what_people_press_is_done_by_itself(browser, address):
    """One run for both: it takes half a minute to start."""
    a_completion_saved_on_the_roster_becomes_a_badge(browser, address)
    an_administrators_own_organizations_are_looked_at(browser, address)


def a_completion_saved_on_the_roster_becomes_a_badge(browser: Browser, address: str) -> None:
    page = sign_in(browser, address, "instructor")
    page.goto("/classes/?q=Networking+Essentials")
    page.get_by_role("link", name=re.compile("^Roster")).first.click()
    open_line = page.get_by_role("row").filter(
        has=page.locator("select[name$=completion]", has=page.locator("option[value=failed][selected]"))
    )
    student = open_line.first.get_by_role("cell").first.inner_text()
    line = page.get_by_role("row", name=student)
    expect(line).not_to_contain_text("Network Pathfinder")

    line.get_by_role("combobox").select_option("Complete")
    page.get_by_role("button", name="Save Changes").click()
    expect(page.get_by_text("1 change saved.")).to_be_visible()

    for _ in range(SWEPT_WITHIN // 1000):
        if "Network Pathfinder" in line.inner_text():
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(line).to_contain_text("Network Pathfinder")
    page.context.close()


def an_administrators_own_organizations_are_looked_at(browser: Browser, address: str) -> None:
    page = sign_in(browser, address, "admin")
    page.goto("/sweeps/")

    page.get_by_role("button", name="Look at my organizations now").click()

    expect(page.get_by_text("We are checking your organizations now. This usually takes seconds.")).to_be_visible()
    page.goto("/sweeps/freshness/")
    expect(page.get_by_text("The sweep is on time.")).to_be_visible()
    page.context.close()
