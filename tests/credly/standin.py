"""A stand-in for Credly: a process of its own that answers over real HTTP on 127.0.0.1.

    python -m tests.credly.standin --port 0 --token secret --control-secret other

prints where it listens. What it knows of Credly is documented; what it guesses is in tests/credly/guesses.py.
"""

import argparse
import contextlib
import json
import signal
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.credly import clock, control, demo, keeping, pages, pictures, routes
from tests.credly.account import Account, Seen
from tests.credly.faults import AFTER_STORING, BEFORE_STORING, Asked, Fault, seconds_of
from tests.credly.refusing import Refusal, refusal

MAX_BODY = 2_000_000
# Seconds: a test that fails leaves nothing behind for longer.
LONGEST_STUCK = 120


class Server(ThreadingHTTPServer):
    """A thread for each connection."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port: int, account: Account, control_secret: str) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.account = account
        self.control_secret = control_secret
        account.site = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nobody's error; anything else is ours, and is printed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive."""

    protocol_version = "HTTP/1.1"
    server_version = "credly-stand-in"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Nothing: the control plane tells what was seen."""

    def do_GET(self) -> None:
        account = self.server.account
        raw = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MAX_BODY))
        if self.path.startswith("/__control/"):
            self._control(account, raw)
        elif self.path == "/" or self.path.startswith("/badges/"):
            status, html = pages.answer(self.command, self.path, account.state)
            self._send(status, html.encode(), "text/html; charset=utf-8")
        elif self.path.startswith("/images/"):
            self._send(*pictures.answer(self.path, account.state), "image/png")
        else:
            self._api(account, raw)

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the base class's names

    # --- the API

    def _api(self, account: Account, raw: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = routes.Call(self.command, self.path, headers, raw, account.site, account.state)
        route = routes.find(call)
        seen = self._note(account, call, route)
        body = seen.body if isinstance(seen.body, dict) else {}
        asked = Asked(seen.call, str(body.get("badge_template_id", "")), str(body.get("recipient_email", "")))
        faults = account.faults.take(asked)
        if account.rate and not account.rate.allows():
            self._answer(seen, refusal("too_many_requests"))
            return
        if any(fault.kind == "stuck" for fault in faults):
            account.may_go.wait(LONGEST_STUCK)
        time.sleep(account.latency / 2 + seconds_of("delay_before", faults))
        call.lag = seconds_of("list_lag", faults)
        if before := _first(faults, BEFORE_STORING):
            self._go_wrong(seen, before, None)
            return
        answer = _carried_out(call, route)
        time.sleep(account.latency / 2 + seconds_of("delay_after", faults))
        if after := _first(faults, AFTER_STORING):
            self._go_wrong(seen, after, answer)
            return
        self._answer(seen, answer)

    def _note(self, account: Account, call: routes.Call, route: routes.Route | None) -> Seen:
        body = None
        with contextlib.suppress(ValueError):
            body = json.loads(call.raw) if call.raw else None
        _, _, query = self.path.partition("?")
        seen = Seen(self.command, call.path, query, route.kind if route else "", body, time.time())
        account.seen.append(seen)
        return seen

    def _answer(self, seen: Seen, answer: routes.Answer | Refusal, *more: tuple[str, str]) -> None:
        seen.status = answer.status
        self._send(answer.status, _encoded(answer), "application/json; charset=utf-8", *more)

    def _go_wrong(self, seen: Seen, fault: Fault, answer: routes.Answer | Refusal | None) -> None:
        seen.fault = fault.kind
        name = fault.kind.removesuffix("_before").removesuffix("_after")
        getattr(self, f"_wrong_{name}")(seen, fault, answer)

    # --- faults

    def _wrong_close(self, seen: Seen, *_: object) -> None:
        seen.status = 0
        self.close_connection = True

    def _wrong_rate_limited(self, seen: Seen, fault: Fault, *_: object) -> None:
        more = [] if fault.retry_after is None else [("Retry-After", str(fault.retry_after))]
        self._answer(seen, refusal("too_many_requests"), *more)

    def _wrong_server_error(self, seen: Seen, *_: object) -> None:
        self._answer(seen, Refusal(500, "Internal server error"))

    def _wrong_bad_gateway(self, seen: Seen, *_: object) -> None:
        seen.status = 502
        self._send(502, b"<html><head><title>502 Bad Gateway</title></head><body></body></html>", "text/html")

    def _wrong_redirect(self, seen: Seen, fault: Fault, _answer: object) -> None:
        path, _, query = self.path.partition("?")
        target = fault.location or f"{path.rstrip('/')}/" + (f"?{query}" if query else "")
        seen.status = 301
        self._send(301, b"", "text/html", ("Location", target))

    def _wrong_refusal(self, seen: Seen, fault: Fault, *_: object) -> None:
        self._answer(seen, Refusal(fault.status, fault.message))

    def _wrong_truncated(self, seen: Seen, _fault: Fault, answer: routes.Answer | Refusal) -> None:
        body = _encoded(answer)
        seen.status = answer.status
        self._head(answer.status, len(body), "application/json")
        self.wfile.write(body[: len(body) // 2])
        self.close_connection = True

    def _wrong_malformed(self, seen: Seen, _fault: Fault, answer: routes.Answer | Refusal) -> None:
        seen.status = answer.status
        self._send(answer.status, _encoded(answer)[:-1] + b",", "application/json")

    def _wrong_drip(self, seen: Seen, fault: Fault, answer: routes.Answer | Refusal) -> None:
        """A blank every few moments, for ever: no time-out between two bytes ever ends it."""
        seen.status = answer.status
        self._head(answer.status, 1_000_000_000, "application/json")
        while True:
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(min(fault.seconds, 1))

    def _wrong_huge(self, seen: Seen, fault: Fault, answer: routes.Answer | Refusal) -> None:
        seen.status = answer.status
        blank = b" " * 65536
        body = _encoded(answer)
        count = int(fault.megabytes * 1_000_000) // len(blank)
        self._head(answer.status, count * len(blank) + len(body), "application/json")
        for _ in range(count):
            self.wfile.write(blank)
        self.wfile.write(body)

    # --- the control plane

    def _control(self, account: Account, raw: bytes) -> None:
        secret = self.server.control_secret
        if not secret or self.headers.get("X-Control-Secret") != secret:
            self._send(403, b"{}", "application/json")
            return
        name = self.path.removeprefix("/__control/")
        answer: Any
        status = 200
        try:
            answer = control.act(name, json.loads(raw or b"{}"), account)
        except Refusal as why:
            status, answer = why.status, why.message
        except (KeyError, TypeError, ValueError) as error:
            status, answer = 400, f"{type(error).__name__}: {error}"
        self._send(status, json.dumps(answer).encode(), "application/json")

    # --- bytes

    def date_time_string(self, timestamp: float | None = None) -> str:
        """By the clock that all else goes by."""
        return super().date_time_string(int(clock.now().timestamp()) if timestamp is None else timestamp)

    def _send(self, status: int, body: bytes, content_type: str, *more: tuple[str, str]) -> None:
        self._head(status, len(body), content_type, *more)
        self.wfile.write(body)

    def _head(self, status: int, length: int, content_type: str, *more: tuple[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if status != 204:
            self.send_header("Content-Length", str(length))
        for name, value in more:
            self.send_header(name, value)
        self.end_headers()


def _carried_out(call: routes.Call, route: routes.Route | None) -> routes.Answer | Refusal:
    try:
        return routes.answer(call, route)
    except Refusal as why:
        return why


def _first(faults: list[Fault], kinds: tuple[str, ...]) -> Fault | None:
    return next((fault for fault in faults if fault.kind in kinds), None)


def _encoded(answer: routes.Answer | Refusal) -> bytes:
    return b"" if answer.body is None else json.dumps(answer.body, ensure_ascii=False).encode()


def _end_with_standard_input(server: Server) -> None:
    sys.stdin.buffer.read()
    server.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", default="stand-in-token")
    parser.add_argument("--organization", default=str(uuid.uuid4()))
    parser.add_argument("--control-secret", default="", help="without one there is no control plane")
    parser.add_argument("--demo", action="store_true", help="hold the demo's templates, with their faults")
    parser.add_argument("--state", type=Path, help="a file to keep the state in")
    parser.add_argument("--quiet", action="store_true", help="do not print the address")
    parser.add_argument("--webhook", default="", help="where to tell what happens; on this machine only")
    parser.add_argument("--ends-with-stdin", action="store_true", help="end when standard input does")
    options = parser.parse_args()
    account = Account(organization=options.organization, token=options.token)
    server = Server(options.port, account, options.control_secret)
    if options.ends_with_stdin:
        threading.Thread(target=_end_with_standard_input, args=[server], daemon=True).start()
    if options.demo:
        demo.prepare(account)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), server, keeping.kept(account.state, options.state):
        account.state.webhook_url = options.webhook
        if not options.quiet:
            print(f"{account.site}/v1", flush=True)
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    main()
