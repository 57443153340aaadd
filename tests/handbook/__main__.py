"""`make screenshots`: starts a `make run` of its own, and takes the pictures of docs/handbook in it.

Each picture is what a step of the handbook shows, reached as the step says: a page that is no longer there ends this.
"""

import io
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browsers import CHROMIUM, SANDBOX
from tests.running import READY, Run, free_port, open_to_the_servers_account

PICTURES = Path(__file__).parents[2] / "docs" / "handbook" / "pictures"
SIZE = {"width": 1280, "height": 800}
WIDTH = 960  # of what is kept
CLASS = "Shell Scripting for Operators, evening group"


class Camera:
    """Takes pictures of one page, for one kind of reader."""

    def __init__(self, page: Page, reader: str) -> None:
        self.page = page
        self.reader = reader

    def go(self, *names: str) -> None:
        """Follow links by what they are called."""
        for name in names:
            self.page.get_by_role("link", name=name, exact=True).first.click()

    def take(self, name: str) -> None:
        self.page.wait_for_load_state("networkidle")
        shot = Image.open(io.BytesIO(self.page.screenshot()))
        small = shot.resize((WIDTH, shot.height * WIDTH // shot.width), Image.Resampling.LANCZOS)
        small.save(PICTURES / f"{self.reader}-{name}.webp", quality=72, method=6)
        print(f"{self.reader}-{name}")


def of_instructors(camera: Camera) -> None:
    page = camera.page
    camera.go("Classes")
    camera.take("classes")
    camera.go(CLASS, "Roster")
    camera.take("roster")
    page.get_by_role("link", name=re.compile("^Issue a Badge to")).first.click()
    page.get_by_role("dialog").get_by_role("radio").first.check()
    camera.take("issue-a-badge")
    page.get_by_role("dialog").get_by_role("link", name="Cancel").click()
    camera.go("Issue Badges")
    for opener, boxes, chosen in (("Add Students", 3, "OK"), ("Add Badges", 2, "(Select a Badge)")):
        camera.go(opener)
        dialog = page.get_by_role("dialog")
        for number in range(boxes):
            dialog.locator("tbody [type=checkbox]").nth(number).check()
        dialog.get_by_role("button", name=chosen).click()
        dialog.wait_for(state="hidden")
    camera.take("issue-badges")
    page.get_by_role("button", name="Issue Badges").click()
    page.get_by_text("The following badges were successfully issued:").wait_for()
    camera.take("report")


def of_administrators(camera: Camera) -> None:
    camera.take("home")
    camera.go("Badges", "Create Badge")
    camera.take("create-badge")
    camera.go("Achievements", "Linux Foundations completed")
    camera.take("achievement")
    camera.go("Find Issued Badges")
    camera.take("issued-badges")
    camera.go("Badge Providers")
    camera.take("providers")
    camera.go("Users")
    camera.take("users")


def of_students(camera: Camera) -> None:
    page = camera.page
    camera.take("home")
    camera.go("Achievements/Badges")
    camera.take("achievements")
    page.get_by_role("link", name="Why not yet?").first.click()
    camera.take("why-not-yet")
    camera.go("Transcript")
    camera.take("transcript")
    camera.go("Achievements/Badges")
    camera.go("Incident Responder")
    camera.take("badge")


JOURNEYS: dict[str, tuple[str, Callable[[Camera], None]]] = {
    "instructor": ("instructors", of_instructors),
    "admin": ("administrators", of_administrators),
    "student": ("students", of_students),
}


@contextmanager
def running() -> Iterator[str]:
    """The address of a product with fresh demo data, which goes with all of it."""
    folder = Path(tempfile.mkdtemp(prefix="handbook-"))
    try:
        with Run(open_to_the_servers_account(folder), free_port()) as run:
            run.wait_until_it_says(READY)
            yield f"http://127.0.0.1:{run.port}/"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def picture(browser: Browser, address: str, account: str) -> None:
    """One account's journey, in a window of its own."""
    reader, walk = JOURNEYS[account]
    with browser.new_context(viewport=SIZE, color_scheme="light", reduced_motion="reduce", locale="en") as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(address)
        page.locator(f'button[name="username"][value="{account}"]').click()
        walk(Camera(page, reader))


def main() -> int:
    if not CHROMIUM:
        print("Chromium is missing: apt-get install chromium, or set CHROMIUM.", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with running() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SANDBOX)
        for account in sys.argv[1:] or JOURNEYS:
            picture(browser, address, account)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
