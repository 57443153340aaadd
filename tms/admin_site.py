"""The admin site: Django's own, under the product's name and behind the product's sign-in page."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache


class LaurelAdminSite(admin.AdminSite):
    """One door: there is no second sign-in form whose throttling somebody would have to remember."""

    site_header = settings.SITE_NAME
    site_title = settings.SITE_NAME
    index_title = _("Administration")

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
