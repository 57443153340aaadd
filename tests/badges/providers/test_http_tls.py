"""TLS at the door to the outside: an address is called, and a name is proved."""

import ssl

import pytest

from badges.providers.base import NotSent, Uncertain
from tests import certifying
from tests.badges.providers.conftest import Caller, answer, replies

BODY = {"badge": "Networking"}


def loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def closes_after_reading(caller: Caller) -> None:
    caller.read()


@pytest.fixture(scope="module")
def certified(tmp_path_factory):
    """A server's TLS context, and the file of the authority that vouches for standin.example."""
    made = certifying.certified("standin.example")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(made.certificate + made.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, str(path)


def test_tls_keeps_the_name_though_an_address_is_called(serve, client, certified):
    context, trusted = certified
    names = []
    context.sni_callback = lambda _, name, __: names.append(name)
    server = serve(replies(answer()), name="standin.example", tls=context)

    found = client(resolve=loopback, certificates=trusted).ask("GET", server.url)

    assert (found.status, names) == (200, ["standin.example"])


def test_a_certificate_for_another_name_means_not_sent(serve, client, certified):
    context, trusted = certified
    server = serve(replies(answer()), name="other.example", tls=context)

    found = client(resolve=loopback, certificates=trusted).ask("POST", server.url, body=BODY)

    assert found == NotSent("No secure connection to other.example: its certificate may be wrong.")
    assert server.seen == []


def test_a_certificate_that_nobody_vouches_for_means_not_sent(serve, client, certified):
    server = serve(replies(answer()), name="standin.example", tls=certified[0])

    found = client(resolve=loopback).ask("POST", server.url, body=BODY)

    assert found == NotSent("No secure connection to standin.example: its certificate may be wrong.")


def test_a_tls_connection_that_breaks_after_the_request_is_uncertain(serve, client, certified):
    context, trusted = certified
    server = serve(closes_after_reading, name="standin.example", tls=context)

    found = client(resolve=loopback, certificates=trusted).ask("POST", server.url, body=BODY)

    assert found == Uncertain("standin.example broke off before its answer was complete.")
