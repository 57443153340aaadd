"""Reports to Sentry, as a server on loopback gets them from a process of its own."""

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.running import ROOT
from tms.monitoring.error_reports import without_people


class Sentry(ThreadingHTTPServer):
    """Keeps every event that it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Intake)
        self.bodies: list[bytes] = []

    @property
    def events(self) -> list[dict[str, Any]]:
        lines = [json.loads(line) for body in self.bodies for line in body.splitlines() if line.startswith(b"{")]
        return [line for line in lines if "event_id" in line and "level" in line]


class Intake(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_packed = self.headers.get("Content-Encoding") == "gzip"
        self.server.bodies.append(gzip.decompress(body) if is_packed else body)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    with Sentry() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(**variables: str) -> None:
    environment = dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "tms.settings"} | variables
    command = [sys.executable, "-W", "ignore", "-m", "tests.tms.monitoring.reporting"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr


def test_a_report_says_where_and_nothing_of_whom(sentry):
    run(SENTRY_DSN=f"http://key@127.0.0.1:{sentry.server_port}/1")

    failures = {event["logger"] if "logentry" in event else "view": event for event in sentry.events}
    raised = failures["view"]["exception"]["values"][0]
    sent = b"".join(sentry.bodies)
    assert (raised["type"], raised["value"]) == ("ValueError", "could not find ...@example.org")
    assert failures["view"]["request"] == {"method": "GET", "url": "http://testserver/failing/"}
    assert failures["view"]["tags"]["request_id"] == "request-of-the-tests"
    assert failures["operation.wake"]["logentry"]["formatted"] == "Not sent to ...@example.org by /webhooks/1/..."
    assert (b"jane.doe" in sent, b"canary" in sent, b"127.0.0.1" in sent.replace(b"key@127.0.0.1", b"")) == (
        False,
        False,
        False,
    )


def test_nothing_is_sent_without_an_address(sentry):
    run(SENTRY_DSN="")

    assert sentry.bodies == []


def test_every_text_of_a_report_is_looked_at():
    event = {"a": [{"b": "jane.doe@example.org"}], "user": {"ip": "192.0.2.1"}, "request": {"headers": {"Cookie": "x"}}}

    assert without_people(event, None) == {"a": [{"b": "...@example.org"}], "request": {}, "tags": {}}
