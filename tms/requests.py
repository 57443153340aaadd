"""The request as views know it, for their types."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
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


def page_before(request: Request, *, otherwise: str) -> str:
    """The page of ours that a form names as `next`, to go back to; `otherwise` in place of anything else."""
    wanted = request.POST.get("next", "")
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours else otherwise
