"""A real browser against a real server. Every page that a test opens is listened to: an error in its console, which is
also where a violation of the content security policy shows, fails the test.

Without a Chromium these tests are skipped and say so; with REQUIRE_BROWSER=1 that is a failure.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from organizations.models import User
from tests.browsers import CHROMIUM, SANDBOX

SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
# Milliseconds: a machine that is busy with other things takes long, and a test that passes never waits for so long.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

# Says that the page is there to its end: its styles and scripts, too.
SAY_LOADED = "addEventListener('load', () => { document.documentElement.dataset.loaded = ''; });"

# Playwright's loop runs in this thread; Django would take its own queries here for a mistake.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session", autouse=True)
def chromium() -> None:
    if CHROMIUM and Path(CHROMIUM).exists():
        return
    reason = f"no browser: {CHROMIUM or 'Chromium'} is missing (apt-get install chromium, or set CHROMIUM)"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    quiet = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": quiet + SANDBOX}


class Complaints(list[str]):
    """What the consoles of a test's pages said. `expect("404")` takes away what the test provokes."""

    def hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.append(f"{message.text} ({message.location['url']})")

    def expect(self, words: str) -> None:
        found = [line for line in self if words in line]
        assert found, f"nothing with {words!r} among {self}"
        for line in found:
            self.remove(line)


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


def wait_for_pages(page: Page) -> None:
    """Whatever is pressed or expected waits for the page that a press has led to: a person does not press what is half there."""
    page.add_locator_handler(page.locator("html:not([data-loaded])"), lambda: None)


@pytest.fixture
def open_context(browser: Browser, live_server: Any, complaints: Complaints) -> Iterator[Callable[..., BrowserContext]]:
    """Opens a browser window of its own, at the live server, with a script or without."""
    contexts: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        context = browser.new_context(base_url=live_server.url, **{"viewport": WIDE, **options})
        context.set_default_timeout(PATIENCE)
        context.on("console", complaints.hear)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        if options.get("java_script_enabled", True):
            context.add_init_script(SAY_LOADED)
            context.on("page", wait_for_pages)
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()
    wait_for_the_server()
    assert complaints == []


def wait_for_the_server() -> None:
    """Until what the pages have asked for last is answered: it shall not meet tables that are being emptied."""
    deadline = time.monotonic() + PATIENCE / 1000
    while any(thread.name.endswith("(process_request_thread)") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def page_as(open_context: Callable[..., BrowserContext], live_server: Any) -> Callable[..., Page]:
    """A page with the user signed in: `page_as(world.instructor)`. Takes Playwright's options of a context."""

    def open_page(user: User, **options: Any) -> Page:
        client = Client()
        client.force_login(user, backend="organizations.sign_in.authentication.NameOrEmailBackend")
        context = open_context(**options)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        return context.new_page()

    return open_page


@pytest.fixture
def anonymous_page(open_context: Callable[..., BrowserContext]) -> Page:
    return open_context().new_page()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """`axe(page)`: nothing found by axe-core, and nothing wider than the page.

    Wide and light, which is most that a page can get wrong in a quarter of the time; AXE_EVERY=1 has axe look at both
    widths in both schemes.
    """
    engine = Axe()
    options = {
        "rules": {"target-size": {"enabled": True}},  # of WCAG 2.2, and off by default
        "reporter": "no-passes",  # what is well need not be told, element by element
    }
    looks = [("dark", NARROW), ("light", WIDE)]
    if os.environ.get("AXE_EVERY") == "1":
        looks[:0] = [("light", NARROW), ("dark", WIDE)]

    def check(page: Page) -> None:
        for scheme, size in looks:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            wide = beyond(page, size)
            assert wide == 0, f"{page.url} is {wide} pixels too wide at {size['width']}"
            if (scheme, size) != looks[-1] and os.environ.get("AXE_EVERY") != "1":
                continue
            results = engine.run(page, options=options)
            assert results.violations_count == 0, f"{scheme} {size['width']}: {results.generate_report()}"

    return check


def stop_clock(page: Page) -> None:
    """What the page shows for a while stays, until `page.clock.run_for(milliseconds)`: a busy machine may look late."""
    page.clock.install()
    page.clock.pause_at(time.time() + PATIENCE / 1000)


def beyond(page: Page, size: dict[str, int]) -> int:
    """By how many pixels the page is wider than a screen of this size; the page keeps the size.

    With all its styles: a page that a press led to is there before they are.
    """
    page.wait_for_load_state()
    page.set_viewport_size(size)  # type: ignore[arg-type]
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def shoot(page: Page, name: str, *, schemes: Iterable[Any] = ("light", "dark")) -> None:
    """With SCREENSHOTS=1, keeps the page in var/screenshots: wide and narrow, in each scheme."""
    if os.environ.get("SCREENSHOTS") != "1":
        return
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.screenshot(path=SCREENSHOTS / f"{name}-{size['width']}-{scheme}.png")
