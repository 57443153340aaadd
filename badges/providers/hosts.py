"""Which addresses may be called from here: those of public hosts over https, and no others.

An administrator of an organization types the API URL of a provider, and an outside answer names pictures. Neither may
make this server talk to what only it can reach: itself, its neighbours, the cloud's metadata.
"""

import ipaddress
import queue
import re
import socket
import threading
from collections.abc import Callable, Sequence

import requests
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

type Resolve = Callable[[str, int], Sequence[str]]

# The system's own look-up has no time-out that could be set, and may take half a minute.
RESOLVE_SECONDS = 5.0

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")
_6TO4 = ipaddress.IPv6Network("2002::/16")
_6TO4_RELAYS = ipaddress.IPv4Network("192.88.99.0/24")


class UnsafeAddressError(Exception):
    """The address must not be called. The text is for people."""


def refuse_unsafe_url(url: str, *, resolve: Resolve | None = None) -> None:
    """Raises ValidationError unless the address may be an API URL now: public https, and nothing after the path.

    Only to help the person who fills in a form: what a name leads to may change, so each connection is checked again.
    """
    try:
        parts = check_url(url)
        if parts.query is not None or parts.fragment is not None:
            raise ValidationError(_("The address must have no “?” and no “#”."), code="unsafe_url")
        safe_addresses(host_of(parts), port_of(parts), resolve or look_up)
    except UnsafeAddressError as error:
        raise ValidationError(str(error), code="unsafe_url") from None
    except OSError:
        raise ValidationError(
            _("The name %(host)s was not found."), code="unsafe_url", params={"host": host_of(parts)}
        ) from None


def check_url(url: str) -> Url:
    """The address in parts, as `requests` itself would read it. Raises UnsafeAddressError; looks no name up."""
    parts = _parse(url)
    # `requests` drops an empty user name unseen.
    if parts.auth is not None or "@" in re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]:
        raise UnsafeAddressError(_("The address must not contain a user name or a password."))
    if is_test_host(host_of(parts), port_of(parts)) and parts.scheme in {"http", "https"}:
        return parts
    if parts.scheme != "https":
        raise UnsafeAddressError(_("The address must begin with https://."))
    if port_of(parts) != 443:
        raise UnsafeAddressError(_("The address must not name a port."))
    return parts


def _parse(url: str) -> Url:
    if "\\" in url or any(character <= " " or character == "\x7f" for character in url):
        raise UnsafeAddressError(_("The address contains characters that an address cannot have."))
    prepared = requests.PreparedRequest()
    try:
        prepared.prepare_url(url, None)
        parts = parse_url(prepared.url or "")
    except (requests.RequestException, LocationParseError, UnicodeError):
        raise UnsafeAddressError(_("This is not a complete address.")) from None
    if not parts.host:
        raise UnsafeAddressError(_("This is not a complete address."))
    return parts


def host_of(parts: Url) -> str:
    """The host, an IPv6 address without its brackets."""
    return (parts.host or "").strip("[]")


def port_of(parts: Url) -> int:
    """The port, also one that is not written."""
    return parts.port or (80 if parts.scheme == "http" else 443)


def is_test_host(host: str, port: int) -> bool:
    """Whether the deployment lists this host for tests: then it may be plain http, and must be on this machine."""
    return f"{host}:{port}" in settings.PROVIDER_TEST_HOSTS or f"[{host}]:{port}" in settings.PROVIDER_TEST_HOSTS


def safe_addresses(host: str, port: int, resolve: Resolve) -> Sequence[str]:
    """The IP addresses of a host, all of them checked: one bad address condemns the host.

    Raises UnsafeAddressError, and OSError when the name cannot be resolved. Connect to these addresses, never to the
    name: resolved a second time it may lead elsewhere.
    """
    addresses = resolve(host, port)
    if not addresses:
        raise OSError
    is_allowed = _is_loopback if is_test_host(host, port) else is_public
    if not all(is_allowed(address) for address in addresses):
        raise UnsafeAddressError(_("%(host)s is not a public address.") % {"host": host})
    return addresses


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address).is_loopback


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet.

    Stricter than `is_global`, which lets pass multicast and most forms that wrap an IPv4 address into IPv6. Of these
    only NAT64 is taken, for what it wraps: a network without IPv4 reaches all others through it.
    """
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        return ip in _UNICAST and ip not in _6TO4 and ip.is_global
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and ip not in _6TO4_RELAYS


def look_up(host: str, port: int, *, seconds: float = RESOLVE_SECONDS) -> Sequence[str]:
    """The system's own resolution of a name, within some seconds. Raises OSError."""
    answers: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()
    threading.Thread(target=_ask_system, args=(host, port, answers), daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _ask_system(host: str, port: int, answers: queue.SimpleQueue[Sequence[str] | OSError]) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answers.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
    except OSError as error:
        answers.put(error)
    except UnicodeError:  # a label that is empty or too long
        answers.put(OSError())
