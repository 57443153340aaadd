"""What every request needs: somebody signed in, the clock of the person's organization, no cached pages, an answer."""

import logging
import re
import zoneinfo
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from operation.busy import busy_answer, count_commits_anew, is_away, is_passing
from operation.outages import DATABASE
from organizations.models import User, UserSession
from organizations.sign_in.sessions import end, is_over
from tms.errors import bad_request, wrong_method

logger = logging.getLogger(__name__)

SHRINKS = re.compile(r"text/(?!event-stream).+|application/(.+\+)?(json|xml)|image/svg\+xml")

# What is a part of a page, or a document in which nothing runs: what it may not do would be most of its weight.
DOES_NOTHING = re.compile(r"text/(css|javascript)|image/(?!svg).+|font/.+")

ASKS_ALONE = (
    "Asks-Alone"  # said by a part that asks without a press: a preview while somebody types, a number in the menu
)

GetResponse = Callable[[HttpRequest], HttpResponse]


def _kind_of(response: HttpResponseBase) -> str:
    return str(response.get("Content-Type", "")).partition(";")[0].strip()


class HeadersMiddleware:
    """What every answer says, also one that no other middleware sees."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request. Whoever asked too often learns when to ask again, though a package answered."""
        response = self.get_response(request)
        if not DOES_NOTHING.fullmatch(_kind_of(response)):
            response.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            response.setdefault("Retry-After", str(round(settings.AXES_COOLOFF_TIME * 60 * 60)))
        return response


class CompressionMiddleware(GZipMiddleware):
    """Compresses what shrinks: text. Pictures shrank when they were made, and an event does not wait for the next one.

    Django adds random bytes, so that nobody reads a page's secrets from how well it is compressed (BREACH).
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The answer, compressed where the browser takes it so."""
        return super().process_response(request, response) if SHRINKS.fullmatch(_kind_of(response)) else response


class MonitorsMiddleware:
    """Answers monitors before anything asks the database who they are: it may be what is away."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Their view at once; any other page takes its way."""
        if not request.path_info.startswith(("/health/", "/metrics")):
            return self.get_response(request)
        try:
            view, arguments, named = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        answer: HttpResponse = view(request, *arguments, **named)
        return answer


class SignInMiddleware(LoginRequiredMiddleware):
    """Brings a person whose session has ended back to the page he or she was on.

    Django's own would show the sign-in page inside a dialog, and would lead from there to an address that only takes
    POST.
    """

    def handle_no_permission(  # type: ignore[override]  # an answer to htmx is a redirect of another class
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        """To the sign-in page as a whole page; whoever was sending something learns that it did not arrive.

        A part that asks without a press leads nowhere: it would take the page away under the hands of whoever types, and
        Save, which keeps what was typed, says the same.
        """
        is_htmx = bool(request.htmx)  # type: ignore[attr-defined]
        if request.method in ("GET", "HEAD") and not is_htmx:
            return super().handle_no_permission(request, view_func)
        if ASKS_ALONE in request.headers:
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        if request.method not in ("GET", "HEAD"):
            messages.warning(request, _("You were signed out. Your last change was not saved. Sign in and try again."))
        page = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "/"
        if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
            page = "/"
        answer = redirect_to_login(page)
        return HttpResponseClientRedirect(answer.url) if is_htmx else answer


class SessionLimitsMiddleware:
    """Ends a session that nobody used for a while, or that has lasted long enough."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, as a visitor's where the session is over."""
        has_cookie = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_cookie and request.user.is_authenticated and is_over(request, at=timezone.now()):
            end(UserSession.objects.filter(session_key=request.session.session_key))
            logout(request)
        return self.get_response(request)


class OrganizationTimeMiddleware:
    """Shows times in the zone of the person's organization (S130)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request under that zone."""
        if not isinstance(request.user, User):
            return self.get_response(request)
        with timezone.override(zoneinfo.ZoneInfo(request.user.organization.time_zone)):
            return self.get_response(request)


class PersonLanguageMiddleware:
    """Speaks the language that the person has chosen, on whatever browser."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request in it. LocaleMiddleware sets the next request's anew, so nothing is put back."""
        if isinstance(request.user, User) and request.user.language:
            translation.activate(request.user.language)
        return self.get_response(request)


class NoStoreMiddleware:
    """A shared computer's Back button must not show a page after its reader has signed out."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request; a page that does not say how it may be kept is not kept."""
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class BusyMiddleware:
    """Answers for a view whose statement waited too long behind somebody else's. For what fails before any view, see
    tms.views.server_error.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request. What is committed from here on is committed for it."""
        count_commits_anew()
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """503 for what passes; anything else is a fault of ours."""
        if not is_passing(error):
            return None
        return busy(request, error)


def busy(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """503 for what passes. A line for what is busy; one alone for a database that is away, whoever asks meanwhile."""
    if is_away(error):
        DATABASE.begin(error)
    else:
        logger.warning("Busy: %s %s: %s", request.method, request.path, str(error).partition("\n")[0])
    return busy_answer(request)


class UnreadableMiddleware:
    """Answers for a value in an address or a form that no column of the database could hold or compare."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """400 where the database refused a value as such: no page of ours sends one, so it was typed."""
        if not isinstance(error, DataError):
            return None
        logger.warning("Unreadable: %s %s", request.method, request.path, exc_info=error)
        return bad_request(request, error)


class WrongMethodMiddleware:
    """A page for whoever opens an address that only takes what a form sends, as a reload does, or signing in again."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request. htmx shows no page of a refusal: it gets the status alone."""
        response = self.get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or request.htmx:  # type: ignore[attr-defined]
            return response
        return wrong_method(request, response["Allow"])
