import pytest
from django.core.exceptions import ImproperlyConfigured

from tms.environment import Environment, address_of_a_server, one_of


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
