"""The request as views know it, for their types."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from tms.models import User


class Request(HttpRequest):
    """Of somebody signed in: LoginRequiredMiddleware lets nobody else reach a view that does not say so."""

    user: User
    htmx: HtmxDetails


def require(request: Request, permission: str) -> None:
    """Raises PermissionDenied (403) unless the person has the permission. Rows are first fetched in scope (404)."""
    if not request.user.has_perm(permission):
        raise PermissionDenied
