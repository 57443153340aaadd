"""The request as views know it, for their types, and what they answer alike."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from organizations.models import User

# What stands in the side panel of a list extends it.
PANEL = "tms/panel.html"


class Request(HttpRequest):
    """Of somebody signed in: LoginRequiredMiddleware lets nobody else reach a view that does not say so."""

    user: User
    htmx: HtmxDetails


def require(request: Request, permission: str) -> None:
    """Raises PermissionDenied (403) unless the person has the permission. Rows are first fetched in scope (404)."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


def may_add_in_admin(request: Request, model: type[Model]) -> bool:
    """Whether the administration would let the person add a row of the model."""
    return admin.site.has_permission(request) and admin.site.get_model_admin(model).has_add_permission(request)


def may_change_in_admin(request: Request, row: Model) -> bool:
    """Whether the administration would let the person change the row."""
    return admin.site.has_permission(request) and admin.site.get_model_admin(type(row)).has_change_permission(
        request, row
    )


def frame_of(request: Request) -> str:
    """The template that a page extends which stands in the side panel of a list as well (js/panel.js)."""
    return PANEL if request.htmx.target == "panel-content" else "base.html"


def back_with(request: Request, words: str, address: str) -> HttpResponse:
    """To the page at the address, which says why the one that was asked for is not there; a dialog goes there, too."""
    messages.warning(request, words)
    return go_to(request, address)


def go_to(request: Request, address: str) -> HttpResponse:
    """To the page at the address, also from a dialog."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def page_before(request: Request, *, otherwise: str) -> str:
    """The page of ours that a form names as `next`, to go back to; `otherwise` in place of anything else."""
    return _ours(request.POST.get("next", "")) or otherwise


def page_to_return_to(request: Request) -> str:
    """The page of ours that a form or its address names as `next`, to go back to when it is done; "" for none."""
    return _ours(request.POST.get("next") or request.GET.get("next", ""))


def _ours(address: str) -> str:
    is_ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if is_ours else ""
