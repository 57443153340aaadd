"""Which addresses are refused, however they are written."""

import socket
import threading

import pytest
from django.core.exceptions import ValidationError

from badges.providers.hosts import is_public, look_up, refuse_unsafe_url

PUBLIC = "8.8.8.8"


def leads_to(*addresses: str):
    def resolve(host: str, port: int) -> tuple[str, ...]:
        return addresses

    return resolve


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("64:ff9b::808:808", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("127.255.255.254", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("192.0.2.1", False),
        ("192.88.99.1", False),
        ("192.168.1.1", False),
        ("198.18.0.1", False),
        ("203.0.113.7", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::808:808", False),
        ("100::1", False),
        ("2001::7f00:1", False),
        ("2001:db8::1", False),
        ("2002:7f00:1::", False),
        ("2002:808:808::", False),
        ("fc00::1", False),
        ("fd00:ec2::254", False),
        ("fe80::1", False),
        ("fe80::1%lo", False),
        ("ff02::1", False),
    ],
)
def test_is_public_knows_the_internet(address, expected):
    assert is_public(address) is expected


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/v1",
        "https://127.1/v1",
        "https://0/v1",
        "https://0x7f.1/v1",
        "https://0177.0.0.1/v1",
        "https://127.0.0.1/v1",
        "https://localhost/v1",
        "https://[::1]/v1",
        "https://[::ffff:127.0.0.1]/v1",
        "https://[64:ff9b::7f00:1]/v1",
        "https://169.254.169.254/latest/meta-data",
        "https://①②⑦.⓪.⓪.①/v1",
        "https://１２７.0.0.1/v1",
        "https://127。0。0。1/v1",
    ],
)
def test_loopback_is_refused_however_it_is_written(url):
    with pytest.raises(ValidationError):
        refuse_unsafe_url(url)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://api.example/v1", "The address must begin with https://."),
        ("file:///etc/passwd", "This is not a complete address."),
        ("gopher://api.example/_", "The address must begin with https://."),
        ("ftp://api.example/v1", "The address must begin with https://."),
        ("api.example/v1", "This is not a complete address."),
        ("//api.example/v1", "This is not a complete address."),
        ("", "This is not a complete address."),
        ("https://", "This is not a complete address."),
        ("https://api.example:8443/v1", "The address must not name a port."),
        ("https://api.example:22/v1", "The address must not name a port."),
        ("https://api.example:99999/v1", "This is not a complete address."),
        ("https://api.example@127.0.0.1/v1", "The address must not contain a user name or a password."),
        ("https://user:pass@api.example/v1", "The address must not contain a user name or a password."),
        ("https://@api.example/v1", "The address must not contain a user name or a password."),
        ("https://api.example\\@127.0.0.1/v1", "The address contains characters that an address cannot have."),
        ("https://api.example/\r\nX: y", "The address contains characters that an address cannot have."),
        (" https://api.example/v1", "The address contains characters that an address cannot have."),
        ("https://api.example/v1?a=b", "The address must have no “?” and no “#”."),
        ("https://api.example/v1#there", "The address must have no “?” and no “#”."),
    ],
)
def test_refusals_say_what_is_wrong(url, sentence):
    with pytest.raises(ValidationError) as raised:
        refuse_unsafe_url(url, resolve=leads_to(PUBLIC))

    assert raised.value.messages == [sentence]


@pytest.mark.parametrize("url", ["https://api.example/v1", "https://API.example:443/v1/", "https://bücher.example/v1"])
def test_public_https_is_taken(url):
    refuse_unsafe_url(url, resolve=leads_to(PUBLIC))


def test_one_private_address_among_public_ones_condemns_the_name():
    with pytest.raises(ValidationError) as raised:
        refuse_unsafe_url("https://api.example/v1", resolve=leads_to(PUBLIC, "10.0.0.1"))

    assert raised.value.messages == ["api.example is not a public address."]


def test_an_unknown_name_is_named():
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    with pytest.raises(ValidationError) as raised:
        refuse_unsafe_url("https://api.example/v1", resolve=unknown)

    assert raised.value.messages == ["The name api.example was not found."]


def test_a_name_without_addresses_is_not_found():
    with pytest.raises(ValidationError) as raised:
        refuse_unsafe_url("https://api.example/v1", resolve=leads_to())

    assert raised.value.messages == ["The name api.example was not found."]


def test_a_test_host_may_be_plain_http(settings):
    settings.PROVIDER_TEST_HOSTS = ["127.0.0.1:8765"]

    refuse_unsafe_url("http://127.0.0.1:8765/v1")


def test_the_port_beside_a_test_host_is_refused(settings):
    settings.PROVIDER_TEST_HOSTS = ["127.0.0.1:8765"]

    with pytest.raises(ValidationError):
        refuse_unsafe_url("http://127.0.0.1:8766/v1")


def test_a_test_host_must_be_on_this_machine(settings):
    settings.PROVIDER_TEST_HOSTS = ["standin.example:8765"]

    with pytest.raises(ValidationError):
        refuse_unsafe_url("http://standin.example:8765/v1", resolve=leads_to("10.0.0.1"))


def test_looking_up_a_name_ends_in_time(monkeypatch):
    is_over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: is_over.wait() and [])

    with pytest.raises(TimeoutError):
        look_up("api.example", 443, seconds=0.05)

    is_over.set()


def test_looking_up_an_impossible_name_is_an_error():
    with pytest.raises(OSError, match=r"^$"):
        look_up("a" * 64 + ".example", 443)


def test_what_the_system_cannot_resolve_is_an_error():
    with pytest.raises(socket.gaierror):
        look_up("fe80::1%no-such-interface", 443)
