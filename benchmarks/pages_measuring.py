"""A browser that visits pages and takes their figures."""

import os
import shutil
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.pages_server import Site

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
WHO = ("admin", "instructor", "student")
FLOOR = "/search/"
PATIENCE = 120_000  # milliseconds
# Shifts are added up, which is at least what CLS is. A key or a click that took less than 16 ms is not told of.
WATCHING = """
(() => {
  const seen = (window.seen = { paint: 0, shift: 0, slowest: 16 });
  const watch = (type, note, options = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...options });
  watch("largest-contentful-paint", (one) => { seen.paint = one.startTime; });
  watch("layout-shift", (one) => { if (!one.hadRecentInput) seen.shift += one.value; });
  watch("event", (one) => { if (one.interactionId) seen.slowest = Math.max(seen.slowest, one.duration); },
    { durationThreshold: 16 });
})()
"""
WAITED = "() => { const [page] = performance.getEntriesByType('navigation'); return page.responseStart - page.requestStart; }"
QUIET = "() => !document.querySelector('.htmx-request') && [...document.images].every(picture => picture.complete)"
# Frames in which what happened last is drawn and told.
SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 100))))"


@dataclass(frozen=True)
class Figures:
    """Of one page, for one person: bytes that came over the wire, milliseconds, and how far things moved."""

    path: str
    who: str
    cold: int
    warm: int
    server: float
    paint: float
    shift: float
    slowest: float


def measure(site: Site, *, rounds: int, slower: float) -> list[Figures]:
    """Every page of everybody's menu, the search page, and the instructor's roster."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    flags = [f"--ignore-certificate-errors-spki-list={site.key_hash}", "--disable-background-networking"]
    flags += ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        found = [
            _figures(browser, site, who, session, path, rounds=rounds, slower=slower)
            for who in WHO
            for session, path in _visits(browser, site, who)
        ]
        browser.close()
    return found


def _visits(browser: Browser, site: Site, who: str) -> Iterator[tuple[Any, str]]:
    """The session of somebody who has signed in, and where to go with it."""
    context = browser.new_context(base_url=site.address)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/sign-in/")
    page.locator("input[name=username]").fill(who)
    page.locator("input[name=password]").fill(site.password)
    page.locator("input[name=password]").press("Enter")
    page.locator("#menu").wait_for(state="attached")
    links = page.locator("#menu nav a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    session = context.storage_state()
    context.close()
    for path in [FLOOR, *links, *([site.roster] if who == "instructor" else [])]:
        yield session, path


def _figures(browser: Browser, site: Site, who: str, session: Any, path: str, *, rounds: int, slower: float) -> Figures:
    context = browser.new_context(base_url=site.address, storage_state=session)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(WATCHING)
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    cold = _weight(context, page, path)
    paint = float(page.evaluate("seen.paint"))
    _use(page)
    seen = page.evaluate("seen")
    page.goto("about:blank")
    warm = _weight(context, page, path)
    waited = [_waited(page, path) for _ in range(rounds)]
    context.close()
    print(f"{who} has visited {path}", file=sys.stderr)
    return Figures(path, who, cold, warm, statistics.median(waited), paint, seen["shift"], seen["slowest"])


def _weight(context: BrowserContext, page: Page, path: str) -> int:
    """Bytes until all is there, with what the page shows further down."""
    listener = context.new_cdp_session(page)
    listener.send("Network.enable")
    sizes: list[float] = []
    listener.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    answer = page.goto(path, wait_until="load")
    assert answer is not None, path
    assert answer.ok, (path, answer.status)
    page.evaluate(SETTLED)
    page.locator("img").evaluate_all("pictures => pictures.forEach(picture => { picture.loading = 'eager'; })")
    page.wait_for_function(QUIET)
    page.evaluate(SETTLED)
    listener.detach()
    return int(sum(sizes))


def _waited(page: Page, path: str) -> float:
    """Milliseconds from the request to the first byte of its answer."""
    page.goto("about:blank")
    page.goto(path, wait_until="load")
    return float(page.evaluate(WAITED))


def _use(page: Page) -> None:
    """What people do on any page: they go on by the keyboard, open a list's choices, and search for something."""
    for _ in range(5):
        page.keyboard.press("Tab")
    for control in ("main summary", "main select", "main input[type=checkbox]", "main input[type=search]"):
        found = page.locator(control).locator("visible=true")
        if found.count():
            found.first.click()
            page.keyboard.press("Escape")
    if page.locator("#search-opener").count():
        page.keyboard.press("Control+k")
        page.locator("#search-q").wait_for()
        with page.expect_response(lambda answer: "q=sec" in answer.url):
            page.locator("#search-q").press_sequentially("sec")
        page.wait_for_function(QUIET)
        page.keyboard.press("Escape")
    page.evaluate(SETTLED)
