"""The admin site: Django's own, under the product's name and behind the product's sign-in page."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import DataError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from organizations.access import signed_in
from organizations.models import User
from organizations.telling_apart import tell_apart
from tms.design import design, design_letter

logger = logging.getLogger(__name__)


class RowsToChoose(AutocompleteJsonView):
    """Rows to choose from, as the administration's fields ask for them; beside equal names of people stands what differs.

    Beside everything else stands whose it is: its organization may not be the one that the form is for.
    """

    def get_queryset(self) -> QuerySet[Any]:
        """The rows, with their organizations where they have one."""
        rows: QuerySet[Any] = super().get_queryset()
        has_owner = rows.model is not User and any(field.name == "organization" for field in rows.model._meta.fields)
        return rows.select_related("organization") if has_owner else rows

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        """A row as the field takes it."""
        result = super().serialize_result(obj, to_field_name)
        if not isinstance(obj, User) and hasattr(obj, "organization"):
            result["text"] = f"{obj} · {obj.organization}"
        return result

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One page of rows."""
        context = super().get_context_data(**kwargs)
        context["object_list"] = list(context["object_list"])
        tell_apart([row for row in context["object_list"] if isinstance(row, User)], signed_in(self.request))
        return context


class LaurelAdminSite(admin.AdminSite):
    """One door: there is no second sign-in form whose throttling somebody would have to remember."""

    site_header = settings.SITE_NAME
    site_title = settings.SITE_NAME
    index_title = _("Administration")

    def get_urls(self) -> list[Any]:
        """Django's own, and the page of the design."""
        ours = [
            path("design/", self.admin_view(design), name="design"),
            path("design/letter/", self.admin_view(design_letter), name="design_letter"),
        ]
        return [*ours, *super().get_urls()]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """The answers to what is typed into a field."""
        answer = RowsToChoose.as_view(admin_site=self)(request)
        assert isinstance(answer, HttpResponse)
        return answer

    @method_decorator([never_cache, login_not_required])
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send a visitor to sign in; refuse an account that may not enter; let the others through."""
        target = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
            target = resolve_url("admin:index")
        if not request.user.is_authenticated:
            return redirect_to_login(target)  # type: ignore[no-any-return, unused-ignore]
        if not self.has_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(target)

    def password_change(  # type: ignore[override]  # Django's own renders a page
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The product's own page, which counts guesses."""
        return redirect("password_change")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        """The view, which answers 400 where a value typed into its address means nothing to a lookup."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            try:
                return guarded(request, *args, **kwargs)
            except (DataError, IndexError, OverflowError, TypeError, ValueError) as error:
                if request.method not in ("GET", "HEAD") or not request.GET:
                    raise
                logger.warning("Unreadable: %s", request.path, exc_info=error)
                raise BadRequest from error

        return answer
