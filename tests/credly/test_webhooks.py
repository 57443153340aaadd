"""The stand-in tells a webhook what happened, as insistently as Credly does."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.achievements.processes import wait_until
from tests.credly.speaking import order


class Listener(HTTPServer):
    """Answers with the given statuses, then with 200, and keeps what it was told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.statuses: list[int] = []
        self.told: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"

    def types(self) -> list[str]:
        return [body["event_type"] for body in self.told]

    def wait_for(self, count: int) -> None:
        wait_until(lambda: len(self.told) >= count)


class Hook(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listener():
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(Listener())
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        stack.callback(thread.join)
        stack.callback(listener.shutdown)
        yield listener


def test_an_event_is_told_with_four_fields_and_no_more(credly, speaker, template, listener):
    speaker.send("PUT", "", {"webhook_url": listener.url})
    badge = speaker.issue(order(template)).json()["data"]

    listener.wait_for(1)

    [created] = listener.told
    assert sorted(created) == ["event_type", "id", "occurred_at", "organization_id"]
    assert (created["event_type"], created["organization_id"]) == ("badge.created", credly.organization)
    assert speaker.get(f"/events/{created['id']}").json()["data"]["badge"]["id"] == badge["id"]


@pytest.mark.parametrize("status", [204, 302, 404, 500])
def test_anything_but_200_is_told_again(credly, listener, status):
    listener.statuses = [status]
    credly.webhook(url=listener.url)
    credly.template()

    listener.wait_for(2)

    assert listener.told[0] == listener.told[1]
    assert [attempt["status"] for attempt in credly.webhooks_sent()][:1] == [status]


def test_copies_and_a_wrong_order_on_demand(credly, speaker, template, listener):
    credly.webhook(url=listener.url, copies=2, is_held=True)
    badge = speaker.issue(order(template)).json()["data"]
    credly.set_state(badge["id"], "accepted")

    credly.release(backwards=True)
    listener.wait_for(4)

    assert listener.types() == ["badge.state.changed"] * 2 + ["badge.created"] * 2


def test_nobody_outside_this_machine_is_told(credly, listener):
    credly.webhook(url="https://example.com/hook")
    credly.template()
    credly.webhook(url=listener.url)
    credly.template()

    listener.wait_for(1)
    wait_until(credly.webhooks_sent)

    _outside, inside = credly.events()
    assert [attempt["event_id"] for attempt in credly.webhooks_sent()] == [inside["id"]]
