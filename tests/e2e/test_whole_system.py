"""The product as `make run` starts it, with its demo, from nothing to its end: what people press becomes badges."""

import contextlib
import json
import os
import re
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import READY, Run, free_port, open_to_the_servers_account
from tms.demo.people import PASSWORD

pytestmark = pytest.mark.xdist_group("servers")

SWEPT_WITHIN = 300_000  # milliseconds; a drain runs every five seconds, and at once where the broker takes the wake-up
ACCOUNTS = ["admin", "instructor", "contractor", "student", "stranger"]
STARTING = "Starting web, workers and beat …"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc, and end with their parent")
def test_make_run_does_by_itself_what_people_press_and_keeps_it(browser, tmp_path):
    """One run for all of it, and two more on its data: the first start takes half a minute."""
    var = open_to_the_servers_account(tmp_path)
    with Run(var, free_port()) as run:
        run.wait_until_it_says(READY)
        it_says_what_it_does_and_who_may_sign_in(run)
        the_demos_badges_come_back_accepted(run, var)
        a_completion_saved_on_the_roster_becomes_a_badge(browser, address_of(run))
        an_administrators_own_organizations_are_looked_at(browser, address_of(run))
        what_dies_is_started_again(run)
        nothing_is_left_after(run, signal.SIGINT, 0)

    with Run(var, free_port()) as again:
        again.wait_until_it_says(READY)
        assert "Demo data loaded" not in again.said
        assert ("Network Architect", "delivered", "accepted", "") in outside_badges(var)
        nothing_is_left_after(again, signal.SIGTERM, 0)

    with Run(var, free_port()) as killed:
        killed.wait_until_it_says(STARTING)
        nothing_is_left_after(killed, signal.SIGKILL, -signal.SIGKILL)


def address_of(run: Run) -> str:
    return f"http://127.0.0.1:{run.port}"


def wait_for[T](find: Callable[[], T | None]) -> T:
    """What it finds, once that is something."""
    deadline = time.monotonic() + 300
    while not (found := find()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


def nothing_is_left_after(run: Run, how: signal.Signals, code: int) -> None:
    children = run.children()
    assert len(children) >= 5
    assert run.end(how) == code, run.said
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


# --- what it says


def it_says_what_it_does_and_who_may_sign_in(run: Run) -> None:
    with urllib.request.urlopen(f"{address_of(run)}/sign-in/") as answer:
        page = answer.read().decode()
    assert re.findall(r'<button name="username" value="(\w+)">', page) == ACCOUNTS
    assert re.findall(r"^  (\w+)  ", run.said, re.MULTILINE) == ACCOUNTS
    assert "Demo data loaded" in run.said
    assert re.findall(r"^.+ …$", run.said, re.MULTILINE) == [
        "Making a PostgreSQL of its own …",
        "Starting the broker …",
        "Making the tables, or bringing them up to date …",
        "Loading the demo data: at the first start this takes half a minute or more …",
        STARTING,
    ]
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address_of(run)}/sign-in/nowhere/")
    with refused.value as error:
        assert (error.code, b"URLconf" in error.read()) == (404, False)


# --- the stand-in for Credly


def kept_badges(var: Path) -> list[dict[str, str]]:
    """What the stand-in for Credly holds."""
    file = var / "credly.json"
    return json.loads(file.read_text())["badges"] if file.exists() else []


def outside_badges(var: Path) -> list[tuple[str, str, str, str]]:
    """Name, delivery, status and failure of what was issued through Credly."""
    environment = dict(line.split("=", 1) for line in (var / "local.env").read_text().splitlines())
    scratch = parse_qs(urlsplit(environment["DATABASE_URL"]).query)["host"][0]
    with psycopg.connect(host=scratch, user="postgres", dbname="tms") as connection:
        return connection.execute(
            "SELECT badge.name, delivery, status, failure_code FROM badges_issuedbadge AS issued"
            " JOIN badges_badge AS badge ON badge.id = badge_id JOIN badges_badgeprovider AS provider"
            " ON provider.id = issued.provider_id WHERE kind = 'credly' ORDER BY badge.name, issued.id"
        ).fetchall()


def the_demos_badges_come_back_accepted(run: Run, var: Path) -> None:
    site = re.search(r"A stand-in for Credly is at (\S+): Kestrel Academy Denver answers.", run.said)
    assert site
    wait_for(lambda: len(kept_badges(var)) == 3)  # the third arrives at its second attempt
    wait_for(lambda: outside_badges(var)[-1][1:] == ("failed", "pending", "recipient_refused"))

    for badge in kept_badges(var):
        if badge["state"] == "pending":
            urllib.request.urlopen(f"{site[1]}badges/{badge['id']}/accept", data=b"").close()

    wait_for(lambda: [row[2] for row in outside_badges(var)[:3]] == ["accepted"] * 3)
    assert [row[:2] for row in outside_badges(var)] == [
        ("Network Architect", "delivered"),
        ("Platform Operator", "delivered"),
        ("Platform Operator", "delivered"),
        ("Threat Analyst", "failed"),
    ]


# --- people


def sign_in(browser: Browser, address: str, name: str) -> Page:
    page = browser.new_context(base_url=address).new_page()
    page.goto("/sign-in/")
    page.get_by_label("User name or e-mail address").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")
    return page


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

    page.get_by_role("button", name="Check my organizations now").click()

    expect(page.get_by_text("We are checking your organizations now. This usually takes seconds.")).to_be_visible()
    page.goto("/sweeps/freshness/")
    expect(page.get_by_text("The sweep is on time.")).to_be_visible()
    page.context.close()


# --- processes


def what_dies_is_started_again(run: Run) -> None:
    for name, words in [
        ("delivery", "--hostname delivery@"),
        ("broker", "valkey-server"),
        ("worker", "--hostname worker@"),
    ]:
        os.kill(wait_for(lambda: oldest_of(run, words)), signal.SIGKILL)  # noqa: B023 - asked at once
        run.wait_until_it_says(f"The {name} process ended by itself (exit -9); it is started again.")

    wait_for(lambda: sum("--hostname delivery@" in command_of(pid) for pid in run.children()) >= 3)
    assert run.process.poll() is None


def oldest_of(run: Run, words: str) -> int | None:
    return min((pid for pid in run.children() if words in command_of(pid)), key=started_at, default=None)


def started_at(pid: int) -> int:
    """In ticks since the machine started: numbers of processes begin again at 1 once they are used up."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return sys.maxsize


def command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""
