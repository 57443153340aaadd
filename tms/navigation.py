"""The product's navigation: which links a person has (S112: a link one may not use is not shown)."""

from typing import Any

from django.http import HttpRequest


def navigation(_request: HttpRequest) -> dict[str, Any]:
    """Template context: the links of the person's roles."""
    return {"navigation": []}
