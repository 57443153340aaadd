"""Which brand somebody sees who is not signed in: the one that this browser keeps since somebody signed in there."""

from dataclasses import asdict

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase

from organizations.brands import ShownBrand

SALT, AGE = "organizations.sign_in.gate_brands", 365 * 24 * 60 * 60


def keep_brand(response: HttpResponseBase, brand: ShownBrand | None) -> None:
    """Let this browser show the brand before the next sign-in, too; without one, the house's."""
    name, path = settings.BRAND_COOKIE_NAME, "/"
    if brand is None:
        response.delete_cookie(name, path=path, samesite="Lax")
        return
    response.set_cookie(
        name,
        signing.dumps(asdict(brand), salt=SALT, compress=True),
        max_age=AGE,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def kept_brand(request: HttpRequest) -> ShownBrand | None:
    """The brand that the browser keeps; None without one that we have signed. No query."""
    try:
        return ShownBrand(**signing.loads(request.COOKIES[settings.BRAND_COOKIE_NAME], salt=SALT, max_age=AGE))
    except (KeyError, TypeError, ValueError, signing.BadSignature):
        return None
