import pytest
from django.core.exceptions import ImproperlyConfigured

from tms.environment import Environment, address_of_a_server, address_of_the_site, mail_server, one_of


@pytest.mark.parametrize(
    ("read", "value", "words"),
    [
        ("int", "", "DELIVERY_THREADS must be a whole number."),
        ("int", "eight", "DELIVERY_THREADS must be a whole number."),
        ("float", "soon", "DELIVERY_THREADS must be a number."),
    ],
)
def test_a_variable_that_cannot_be_read_is_named_without_its_value(monkeypatch, read, value, words):
    monkeypatch.setenv("DELIVERY_THREADS", value)

    with pytest.raises(ImproperlyConfigured) as error:
        getattr(Environment(), read)("DELIVERY_THREADS", default=8)

    assert str(error.value) == f"{words} Leave the line out for the default."


def test_what_can_be_read_is_and_what_is_not_there_has_its_default(monkeypatch):
    monkeypatch.setenv("DELIVERY_THREADS", "12")
    monkeypatch.delenv("DELIVERY_LEASE", raising=False)

    assert Environment().int("DELIVERY_THREADS", default=8) == 12
    assert Environment().float("DELIVERY_LEASE", default=300.0) == 300.0


def test_the_address_of_a_server_that_cannot_be_read_is_named_without_its_password():
    address = "smtp+tls://me:pa#ss@mail.example.org:587"

    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL cannot be read") as error:
        address_of_a_server("EMAIL_URL", address, Environment.email_url_config)

    assert "pa#ss" not in str(error.value)


def test_the_address_of_a_server_is_read():
    found = address_of_a_server(
        "DATABASE_URL", "postgres://me:pa%23ss@db.example.org:5432/x", Environment.db_url_config
    )

    assert (found["HOST"], found["PASSWORD"]) == ("db.example.org", "pa#ss")


def test_a_choice_is_made_among_those_there_are():
    assert [one_of("DATABASE_POOLER", value, "transaction") for value in ("", "transaction")] == ["", "transaction"]
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_POOLER must be transaction\. Leave the line out"):
        one_of("DATABASE_POOLER", "session", "transaction")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("smtp://mail.example.org", (25, False, False)),
        ("smtp://mail.example.org:2525", (2525, False, False)),
        ("smtp+tls://mail.example.org", (587, True, False)),
        ("smtp+ssl://mail.example.org", (465, False, True)),
    ],
)
def test_a_mail_server_without_a_port_has_the_usual_one(address, expected):
    options = mail_server("EMAIL_URL", address)

    assert (options["port"], options["use_tls"], options["use_ssl"]) == expected
    assert (options["host"], options["username"], options["password"]) == ("mail.example.org", "", "")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://training.example.org", "https://training.example.org"),
        ("https://training.example.org/", "https://training.example.org"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_address_of_the_site_is_a_host_and_a_port(address, expected):
    assert address_of_the_site("PUBLIC_URL", address) == expected


@pytest.mark.parametrize(
    "address",
    [
        "https://training.example.org/tms",
        "https://training.example.org/?x=1",
        "https://training.example.org#top",
        "https://me@training.example.org",
        "https://Training.example.org",
        "https://training.example.org:port",
        "training.example.org",
        "ftp://training.example.org",
    ],
)
def test_another_address_of_the_site_is_refused(address):
    with pytest.raises(ImproperlyConfigured, match=r"^PUBLIC_URL must be http:// or https://") as refused:
        address_of_the_site("PUBLIC_URL", address)

    assert f"The site cannot stand below a path. It is '{address}'." in str(refused.value)
