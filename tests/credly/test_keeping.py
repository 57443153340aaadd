"""The demo's stand-in finds its badges again, however it ended."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.achievements.processes import wait_until
from tests.credly.running import ROOT, started
from tests.credly.speaking import Speaker, order
from tests.starting import start
from tms.demo.credly_account import ORGANIZATION, TEMPLATES, TOKEN


@pytest.fixture
def file(tmp_path):
    return tmp_path / "credly.json"


def test_badges_and_who_holds_them_outlive_a_restart(file):
    with started("--state", str(file)) as credly, Speaker(credly) as speaker:
        template = credly.template()
        badge = speaker.issue(order(template)).json()["data"]
        credly.set_state(badge["id"], "accepted")

    with started("--state", str(file)) as credly, Speaker(credly) as speaker:
        held = credly.badges()
        credly.template(id=template)
        again = speaker.issue(order(template))

    assert [(one["id"], one["state"], one["issued_at"]) for one in held] == [
        (badge["id"], "accepted", badge["issued_at"])
    ]
    assert again.status_code == 422


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_issued_is_in_the_file_when_the_process_is_ended(file, how):
    command = [sys.executable, "-m", "tests.credly.standin", "--demo", "--state", str(file)]
    with start(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        request = urllib.request.Request(
            f"{url}/organizations/{ORGANIZATION}/badges",
            json.dumps(order(TEMPLATES[0].id)).encode(),
            {"Content-Type": "application/json"},
        )
        passwords = urllib.request.HTTPPasswordMgrWithPriorAuth()
        passwords.add_password(None, url, TOKEN, "", is_authenticated=True)
        urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords)).open(request, timeout=60).close()
        if how == signal.SIGKILL:  # else it writes at its end
            wait_until(lambda: recipients(file) == ["sam@example.test"])

        process.send_signal(how)

        assert process.wait(timeout=60) in (0, -how)
    assert recipients(file) == ["sam@example.test"]


def recipients(file: Path) -> list[str]:
    kept = json.loads(file.read_text())["badges"] if file.exists() else []
    return [badge["recipient_email"] for badge in kept]


def test_the_list_of_badges_is_a_page_for_people(credly, speaker, template):
    badge = speaker.issue(order(template)).json()["data"]

    with urllib.request.urlopen(f"{credly.site}/") as answer:
        page = answer.read().decode()

    assert f'<li><a href="/badges/{badge["id"]}">Networking Basics</a>, pending: sam@example.test</li>' in page
