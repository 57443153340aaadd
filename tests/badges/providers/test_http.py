"""The door to the outside, against servers that do what they like."""

import gzip
import itertools
import json
import logging
import socket
import threading
import time

import pytest

from badges.providers.base import NotSent, Uncertain
from badges.providers.hosts import refuse_unsafe_url
from badges.providers.http import Answer
from tests.badges.providers.conftest import LEAST_PATIENCE, Caller, answer, replies, with_growing_patience

BODY = {"badge": "Networking"}


def loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def a_free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def closes_at_once(caller: Caller) -> None:
    pass


def closes_after_reading(caller: Caller) -> None:
    caller.read()


def resets_after_reading(caller: Caller) -> None:
    caller.read()
    caller.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def stays_silent(caller: Caller) -> None:
    caller.read()
    caller.sock.recv(1)


def drips(first: bytes):
    def behave(caller: Caller) -> None:
        caller.read()
        caller.send(first)
        while True:
            caller.send(b"x")
            time.sleep(0.02)

    return behave


def sends_without_end(caller: Caller) -> None:
    caller.read()
    caller.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        caller.send(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


# --- what comes back


def test_an_answer_is_given_as_it_came(serve, client):
    server = serve(replies(answer(b'{"id": 7}', status="201 Created", headers="X-Kind: badge\r\n")))

    found = client().ask("POST", server.url, body=BODY)

    assert found == Answer(201, {"content-length": "9", "x-kind": "badge"}, b'{"id": 7}')


def test_the_body_goes_out_as_json(serve, client):
    server = serve(replies(answer()))

    client().ask("POST", server.url, body={"name": "Zoë 山田"})

    head, _, body = server.seen[0].partition(b"\r\n\r\n")
    assert head.splitlines()[0] == b"POST /v1/things HTTP/1.1"
    assert b"Content-Type: application/json" in head.splitlines()
    assert json.loads(body) == {"name": "Zoë 山田"}


def test_the_query_is_encoded(serve, client):
    server = serve(replies(answer()))

    client().ask("GET", server.url, query={"filter": "recipient_email::a+b@c.example|x::y"})

    line = server.seen[0].splitlines()[0]
    assert line == b"GET /v1/things?filter=recipient_email%3A%3Aa%2Bb%40c.example%7Cx%3A%3Ay HTTP/1.1"


def test_a_refusal_is_an_answer(serve, client):
    server = serve(replies(answer(b"<h1>Bad gateway</h1>", status="502 Bad Gateway")))

    found = client().ask("POST", server.url, body=BODY)

    assert (found.status, found.body) == (502, b"<h1>Bad gateway</h1>")


def test_a_redirect_is_not_followed(serve, client):
    elsewhere = serve(replies(answer()))
    server = serve(replies(answer(status="302 FoundBadges", headers=f"Location: {elsewhere.url}\r\n")))

    found = client(authorization=lambda: "Basic dG9rZW46").ask("POST", server.url, body=BODY)

    assert (found.status, elsewhere.connections) == (302, 0)


def test_cookies_are_forgotten(serve, client):
    server = serve(replies(answer(headers="Set-Cookie: session=1; Path=/\r\n"), times=2))
    opened = client()

    opened.ask("GET", server.url)
    opened.ask("GET", server.url)

    assert [b"cookie" in request.lower() for request in server.seen] == [False, False]


def test_proxies_of_the_environment_are_not_used(serve, client, monkeypatch):
    proxy = serve(replies(answer()))
    server = serve(replies(answer()))
    monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.host}")
    monkeypatch.setenv("ALL_PROXY", f"http://{proxy.host}")

    client().ask("GET", server.url)

    assert (proxy.connections, server.connections) == (0, 1)


def test_a_connection_is_kept_for_the_next_request(serve, client):
    server = serve(replies(answer(), times=3))
    opened = client()

    for _ in range(3):
        opened.ask("GET", server.url)

    assert (server.connections, len(server.seen)) == (1, 3)


def test_each_request_waits_for_its_turn(serve, client):
    server = serve(replies(answer(), times=2))
    turns = []
    opened = client(before_request=lambda: turns.append(len(server.seen)))

    opened.ask("GET", server.url)
    opened.ask("GET", server.url)

    assert turns == [0, 1]


# --- nothing was sent


def test_a_refused_port_means_not_sent(settings, client):
    port = a_free_port()
    settings.PROVIDER_TEST_HOSTS = [f"127.0.0.1:{port}"]

    found = client().ask("POST", f"http://127.0.0.1:{port}/v1", body=BODY)

    assert found == NotSent("127.0.0.1 cannot be reached.")


def test_an_unknown_name_means_not_sent(client):
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    found = client(resolve=unknown).ask("POST", "https://api.example/v1", body=BODY)

    assert found == NotSent("The name api.example was not found.")


def test_an_unsafe_address_is_not_even_waited_for(client):
    turns = []

    found = client(before_request=lambda: turns.append(1)).ask("POST", "http://api.example/v1", body=BODY)

    assert (found, turns) == (NotSent("The address must begin with https://."), [])


def test_a_name_that_turns_private_is_not_connected_to(client):
    """Public while the form was checked, private when it is called: DNS rebinding."""
    given = iter([["8.8.8.8"], ["127.0.0.1"]])
    refuse_unsafe_url("https://api.example/v1", resolve=lambda *_: next(given))

    found = client(resolve=lambda *_: next(given)).ask("POST", "https://api.example/v1", body=BODY)

    assert found == NotSent("api.example is not a public address.")


def test_a_name_is_resolved_once_for_each_connection(serve, client):
    """The addresses that were checked are those connected to: a second answer finds nobody to use it."""
    server = serve(replies(answer()), name="standin.example")
    given = itertools.chain([["127.0.0.1"]], itertools.repeat(["10.0.0.1"]))

    found = client(resolve=lambda *_: next(given)).ask("GET", server.url)

    assert (found.status, next(given)) == (200, ["10.0.0.1"])


def test_each_new_connection_is_checked_again(serve, client):
    server = serve(replies(answer(headers="Connection: close\r\n")), name="standin.example")
    given = iter([["127.0.0.1"], ["10.0.0.1"]])
    opened = client(resolve=lambda *_: next(given))

    first = opened.ask("GET", server.url)
    second = opened.ask("GET", server.url)

    assert (first.status, second) == (200, NotSent("standin.example is not a public address."))


def test_the_next_address_is_tried_when_one_does_not_answer(serve, client):
    server = serve(replies(answer()), name="standin.example")

    found = client(resolve=lambda *_: ["127.0.0.2", "127.0.0.1"]).ask("GET", server.url)

    assert found.status == 200


# --- it may have been sent


@pytest.mark.parametrize("behaviour", [closes_at_once, closes_after_reading, resets_after_reading])
def test_a_connection_that_ends_without_an_answer_is_uncertain(serve, client, behaviour):
    server = serve(behaviour)

    found = client().ask("POST", server.url, body=BODY)

    assert found == Uncertain("127.0.0.1 broke off before its answer was complete.")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\x01\x02 nonsense\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 201 Created\r\nContent-Length: 5, 6\r\n\r\n{}",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n{}",
        b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    ],
)
def test_an_answer_that_is_not_whole_is_uncertain(serve, client, data):
    server = serve(replies(data))

    found = client().ask("POST", server.url, body=BODY)

    assert found == Uncertain("127.0.0.1 broke off before its answer was complete.")


def test_silence_is_uncertain_after_the_reading_time(serve, client, settings):
    settings.PROVIDER_READ_TIMEOUT = 0.2
    server = serve(stays_silent)

    found = client().ask("POST", server.url, body=BODY)

    assert found == Uncertain("127.0.0.1 did not answer in time.")


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 ",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_a_dripping_answer_ends_with_the_whole_time(serve, client, first):
    """It would drip for ever: that this ends at all is what the time is for."""
    server = serve(drips(first))
    started = time.monotonic()

    found = with_growing_patience(lambda seconds: client(patience=seconds).ask("POST", server.url, body=BODY))

    assert found == Uncertain("127.0.0.1 did not answer in time.")
    assert time.monotonic() - started >= LEAST_PATIENCE


def test_an_endless_answer_is_given_up(serve, client, settings):
    settings.PROVIDER_MAX_ANSWER = 1024 * 1024
    server = serve(sends_without_end)

    found = client().ask("POST", server.url, body=BODY)

    assert found == Uncertain("The answer of 127.0.0.1 is too large.")


def test_an_answer_that_swells_when_unpacked_is_given_up(serve, client, settings):
    settings.PROVIDER_MAX_ANSWER = 1024 * 1024
    server = serve(replies(answer(gzip.compress(bytes(64 * 1024 * 1024)), headers="Content-Encoding: gzip\r\n")))

    found = client().ask("POST", server.url, body=BODY)

    assert found == Uncertain("The answer of 127.0.0.1 is too large.")


def test_a_large_redirect_is_not_read_to_its_end(serve, client, settings):
    settings.PROVIDER_MAX_ANSWER = 1024
    server = serve(replies(answer(bytes(4096), status="302 FoundBadges", headers="Location: /\r\n")))

    found = client().ask("POST", server.url, body=BODY)

    assert found == Uncertain("The answer of 127.0.0.1 is too large.")


def test_a_kept_connection_that_dies_under_a_request_is_uncertain(serve, client):
    """The request was written, if only into a socket whose other end was going: it may have been read."""

    def answers_once(caller: Caller) -> None:
        replies(answer())(caller)
        caller.read()

    server = serve(answers_once)
    opened = client()
    opened.ask("GET", server.url)

    found = opened.ask("POST", server.url, body=BODY)

    assert found == Uncertain("127.0.0.1 broke off before its answer was complete.")
    assert [request.split()[0] for request in server.seen] == [b"GET", b"POST"]


def test_a_kept_connection_that_was_closed_meanwhile_is_made_anew(serve, client):
    is_closed = threading.Event()

    def answers_and_closes(caller: Caller) -> None:
        replies(answer())(caller)
        caller.sock.shutdown(socket.SHUT_RDWR)
        is_closed.set()

    server = serve(answers_and_closes, replies(answer(status="201 Created")))
    opened = client()
    opened.ask("GET", server.url)
    assert is_closed.wait(60)

    found = opened.ask("POST", server.url, body=BODY)

    assert (found.status, len(server.seen)) == (201, 2)


def test_a_failed_request_does_not_spoil_the_next(serve, client):
    server = serve(closes_after_reading, replies(answer()))
    opened = client()
    opened.ask("POST", server.url, body=BODY)

    found = opened.ask("GET", server.url)

    assert found.status == 200


# --- the log


def test_the_log_tells_of_a_request_without_its_contents(serve, client, caplog):
    caplog.set_level(logging.DEBUG)
    server = serve(replies(answer(b'{"name": "canary-answer"}')))

    client(authorization=lambda: "Basic canary-token").ask(
        "POST", server.url, query={"filter": "canary-query"}, body={"name": "canary-body"}
    )

    messages = [record.getMessage() for record in caplog.records]
    assert [message.rpartition(" 200 ")[0] for message in messages] == ["POST 127.0.0.1/v1/things"]


def test_the_log_tells_of_a_request_without_an_answer(serve, client, caplog):
    caplog.set_level(logging.DEBUG)
    server = serve(closes_after_reading)

    client().ask("GET", server.url, query={"filter": "canary-query"})

    messages = [record.getMessage() for record in caplog.records]
    assert [message.rpartition(" Uncertain ")[0] for message in messages] == ["GET 127.0.0.1/v1/things"]
