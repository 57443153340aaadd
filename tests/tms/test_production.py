from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tms.production import (
    DEVELOPMENT_ENCRYPTION_KEY,
    DEVELOPMENT_SECRET_KEY,
    REQUIRED,
    refuse_development_values,
    refuse_missing_values,
)

GOOD: dict[str, Any] = {
    "debug": False,
    "secret_keys": ["a"],
    "encryption_keys": ["b"],
    "public_url": "https://laurel.example",
    "sender": "Laurel <badges@laurel.example>",
    "email_url": "smtp+tls://user:word@mail.example:587",
    "provider_test_hosts": [],
    "demo_accounts": False,
}


def test_values_of_a_deployment_are_taken():
    refuse_development_values(**GOOD)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("debug", True, "DEBUG is on"),
        ("secret_keys", ["a", DEVELOPMENT_SECRET_KEY], "SECRET_KEY or SECRET_KEY_FALLBACKS has the key of development"),
        ("encryption_keys", ["b", DEVELOPMENT_ENCRYPTION_KEY], "ENCRYPTION_KEYS has the key of development"),
        ("public_url", "http://laurel.example", "PUBLIC_URL must begin with https://"),
        ("sender", "Laurel <badges@localhost>", "DEFAULT_FROM_EMAIL must be an address that people can answer"),
        ("email_url", "consolemail://", "EMAIL_URL must begin with one of smtp://, smtp+tls://, smtp+ssl://"),
        ("email_url", "smtp://", "EMAIL_URL must begin with one of"),
        ("email_url", "smtp://user:word@:25", "EMAIL_URL must begin with one of"),
        ("email_url", "smtp:mail.example", "EMAIL_URL must begin with one of"),
        ("provider_test_hosts", ["127.0.0.1"], "PROVIDER_TEST_HOSTS is for tests and the demo"),
        ("demo_accounts", True, "DEMO_ACCOUNTS is for `make run`"),
    ],
)
def test_a_value_of_development_is_refused_by_name(name, value, told):
    with pytest.raises(ImproperlyConfigured) as refused:
        refuse_development_values(**GOOD | {name: value})

    words = str(refused.value)
    assert words.startswith(f"PRODUCTION is on, and these values are not for production. {told}")
    assert words.endswith("See docs/deployment.md.")


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ImproperlyConfigured) as refused:
        refuse_development_values(**GOOD | {"debug": True, "public_url": "http://x"})

    assert ("DEBUG is on" in str(refused.value), "PUBLIC_URL must" in str(refused.value)) == (True, True)


def test_variables_with_a_value_are_not_missing():
    refuse_missing_values(dict.fromkeys(REQUIRED, "something"))


@pytest.mark.parametrize("missing", [["SECRET_KEY"], ["ENCRYPTION_KEYS", "DATABASE_URL"], [*REQUIRED]])
def test_every_variable_without_a_value_is_named(missing):
    with pytest.raises(ImproperlyConfigured) as refused:
        refuse_missing_values(dict.fromkeys(REQUIRED, "something") | dict.fromkeys(missing, ""))

    assert str(refused.value) == (
        f"PRODUCTION is on, and these variables have no value: {', '.join(missing)}."
        " docs/deployment.md lists every variable."
    )
