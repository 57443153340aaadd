"""Walks the URLconf, so that a new address cannot be forgotten."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver


def url_names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """The names of all addresses with their namespaces, but for the Django admin's."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"
        elif pattern.namespace != "admin":
            yield from url_names(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)
