"""Credly's client, and a server whose every byte is chosen by the test, for what no well-behaved server would do."""

import contextlib
import datetime as dt
import json
import socket
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from badges.providers.base import IssueRequest, NotSent, Recipient
from badges.providers.credly import Credly
from badges.providers.http import Client
from badges.secrets import encrypt
from tests.factories import BadgeProviderFactory

EARNER = "0b0d7a58-7a3c-4f0e-9f0b-2f8f1d1f0c11"
EARNED = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
SAM = Recipient("Sam@student.example", "Sam", "Student", EARNER)

type Behaviour = Callable[["Caller"], None]


@dataclass
class Caller:
    """A connection, seen from the server."""

    sock: socket.socket
    seen: list[bytes]

    def read(self) -> bytes:
        """One whole request; empty when the other side has gone."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self.sock.recv(65536)
            if not piece:
                return b""
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0].partition(b":")[2]):
            body += self.sock.recv(65536)
        self.seen.append(head + b"\r\n\r\n" + body)
        return self.seen[-1]

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)


@dataclass
class Server:
    """Where it listens, and the requests that it has read."""

    port: int
    name: str = "127.0.0.1"
    scheme: str = "http"
    seen: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def host(self) -> str:
        return f"{self.name}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}/v1/things"


def replies(data: bytes, *, times: int = 1) -> Behaviour:
    """Answers so many requests of a connection with these bytes, then closes it."""

    def behave(caller: Caller) -> None:
        for _ in range(times):
            if caller.read():
                caller.send(data)

    return behave


def answer(body: bytes = b"{}", *, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


@pytest.fixture
def serve(settings) -> Iterator[Callable[..., Server]]:
    """Starts servers on loopback. The n-th connection gets the n-th behaviour, later ones the last."""
    with contextlib.ExitStack() as stack:

        def start(*behaviours: Behaviour, name: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Server:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            server = Server(listening.getsockname()[1], name, "https" if tls else "http")
            thread = threading.Thread(target=_run, args=(listening, server, behaviours, tls))
            thread.start()
            stack.callback(thread.join)
            stack.callback(listening.shutdown, socket.SHUT_RDWR)
            settings.PROVIDER_TEST_HOSTS = [*settings.PROVIDER_TEST_HOSTS, server.host]
            return server

        yield start


def _run(
    listening: socket.socket, server: Server, behaviours: tuple[Behaviour, ...], tls: ssl.SSLContext | None
) -> None:
    while True:
        try:
            sock, _ = listening.accept()
        except OSError:
            return
        behave = behaviours[min(server.connections, len(behaviours) - 1)]
        server.connections += 1
        sock.settimeout(60)
        with contextlib.suppress(OSError), tls.wrap_socket(sock, server_side=True) if tls else sock as wrapped:
            behave(Caller(wrapped, server.seen))


@pytest.fixture
def client() -> Iterator[Callable[..., Client]]:
    """Makes clients that wait for no turn, and closes them."""
    with contextlib.ExitStack() as stack:

        def make(**arguments) -> Client:
            made = Client(**{"before_request": lambda: None} | arguments)
            stack.callback(made.close)
            return made

        yield make


def nobody_waits() -> None:
    pass


LEAST_PATIENCE = 0.4


def with_growing_patience[Outcome](ask: Callable[[float], Outcome]) -> Outcome:
    """On a machine that is so slow that the time is over before a byte has left, there is more of it."""
    for seconds in (LEAST_PATIENCE, 4.0):
        if not isinstance(found := ask(seconds), NotSent):
            return found
    return ask(60.0)


def a_request(template: str, recipient: Recipient = SAM, **fields) -> IssueRequest:
    return IssueRequest(template, recipient, EARNED, uuid.uuid4(), **fields)


@pytest.fixture
def opened(db, credly):
    client = Credly(credly.provider(), before_request=nobody_waits)
    yield client
    client.close()


@pytest.fixture
def answering(db, serve):
    """Clients of a server that gives the same answer each time."""
    clients = []

    def make(body: object, *, status: str = "200 OK", headers: str = "") -> Credly:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        server = serve(replies(answer(data, status=status, headers=headers), times=50))
        provider = BadgeProviderFactory.create(
            kind="credly",
            provider_organization_id="org",
            api_url=f"http://{server.host}/v1",
            encrypted_token=encrypt("t"),
        )
        clients.append(Credly(provider, before_request=nobody_waits))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
