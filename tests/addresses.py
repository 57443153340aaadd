"""Walks the URLconf, so that a new address cannot be forgotten."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse


def url_names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """The names of all addresses with their namespaces, but for the Django admin's."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"
        elif pattern.namespace != "admin":
            yield from url_names(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)


def admin_names() -> Iterator[str]:
    """The names of the Django admin's addresses, but for those without one: they lead to others, or nowhere."""
    yield from (f"admin:{name}" for name in _names(get_resolver().namespace_dict["admin"][1]))


def _names(resolver: URLResolver) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern)
        elif pattern.name:
            yield pattern.name


def address_of(name: str, ids: Mapping[str, Any]) -> str:
    """The address of this name, with its arguments taken from `ids`. Raises KeyError for one that is not there."""
    *namespace, last = name.split(":")
    resolver = get_resolver()
    if namespace:
        resolver = resolver.namespace_dict[namespace[0]][1]
    wanted = resolver.reverse_dict.getlist(last)[0][0][0][1]
    return reverse(name, kwargs={key: ids[key] for key in wanted})
