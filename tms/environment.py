"""Reads the environment, and says in words which variable cannot be read."""

import re
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

KINDS: dict[Any, str] = {int: "a whole number", float: "a number"}


class Environment(environ.Env):  # type: ignore[misc]  # the package has no types
    """django-environ, whose errors name the variable and never its value: it may be a secret."""

    def get_value(self, var: str, *arguments: Any, **named: Any) -> Any:
        """The variable as the type that was asked for. Raises ImproperlyConfigured where it is no such value."""
        try:
            return super().get_value(var, *arguments, **named)
        except ValueError as error:
            wanted = named.get("cast") or (arguments[0] if arguments else None)
            kind = KINDS.get(wanted, "as docs/deployment.md says")
            raise ImproperlyConfigured(f"{var} must be {kind}. Leave the line out for the default.") from error


def one_of(name: str, value: str, *choices: str) -> str:
    """The value, which may be empty. Raises ImproperlyConfigured where it is none of these."""
    if value and value not in choices:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(choices)}. Leave the line out for the default.")
    return value


def address_of_a_server(name: str, value: str, parse: Any) -> dict[str, Any]:
    """What `parse` makes of the address. Raises ImproperlyConfigured where it makes nothing of it."""
    try:
        found: dict[str, Any] = parse(value)
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured(
            f"{name} cannot be read. In a user name or password write %23 for #, %2F for /, %3A for :, %40 for @ and "
            "%25 for %. docs/deployment.md has an example."
        ) from error
    return found


def mail_server(name: str, value: str) -> dict[str, Any]:
    """The options of Django's mailer for an address such as smtp+tls://me:word@mail.example.org; the usual port without one.

    Raises ImproperlyConfigured where the address cannot be read.
    """
    mail = address_of_a_server(name, value, Environment.email_url_config)
    uses_tls, uses_ssl = mail.get("EMAIL_USE_TLS", False), mail.get("EMAIL_USE_SSL", False)
    return {
        "host": mail["EMAIL_HOST"],
        "port": mail["EMAIL_PORT"] or (465 if uses_ssl else 587 if uses_tls else 25),
        "username": mail["EMAIL_HOST_USER"] or "",
        "password": mail["EMAIL_HOST_PASSWORD"] or "",
        "use_tls": uses_tls,
        "use_ssl": uses_ssl,
        "timeout": 10,
    }


def address_of_the_site(name: str, value: str) -> str:
    """The address without a slash at its end. Raises ImproperlyConfigured where it is more than scheme, host and port."""
    address = value.rstrip("/")
    if not re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", address):
        raise ImproperlyConfigured(
            f"{name} must be http:// or https://, a host in small letters and at most a port, such as "
            f"https://training.example.org. The site cannot stand below a path. It is {address!r}."
        )
    return address
