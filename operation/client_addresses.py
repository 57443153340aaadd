"""Where a request comes from."""

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Where the request comes from; of an IPv6 address the network of one subscriber, who has all the addresses in it.

    X-Forwarded-For is believed as far as proxies of our own have written it: PROXY_COUNT entries from the right.
    """
    hops = [request.META.get("REMOTE_ADDR", "")]
    if settings.PROXY_COUNT:
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")
        hops += forwarded[-settings.PROXY_COUNT :][:1] if len(forwarded) >= settings.PROXY_COUNT else []
    for hop in reversed(hops):
        try:
            address = ipaddress.ip_address(_without_port(hop.strip()))
        except ValueError:
            continue
        if isinstance(address, ipaddress.IPv4Address):
            return str(address)
        return str(address.ipv4_mapped or ipaddress.ip_network((int(address), 64), strict=False).network_address)
    return None


def _without_port(hop: str) -> str:
    """Some proxies write the port as well: `198.51.100.7:4711`, `[2001:db8::7]:4711`."""
    found = re.fullmatch(r"\[(?P<six>[^]]*)\](:\d+)?|(?P<four>[\d.]+):\d+", hop)
    return (found["six"] or found["four"] or "") if found else hop
