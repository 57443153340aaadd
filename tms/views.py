"""The pages that belong to no app: home, the columns of lists, uploaded pictures, health."""

import mimetypes
import sys

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST, require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from badges.catalogue import thumbnails
from listing.columns import remember_columns
from listing.narrowing import SearchForm
from operation.bounded import NoAnswerError, Question
from operation.busy import is_passing
from operation.limiting import limited
from operation.promises import Promise
from organizations.languages import set_language_cookie
from organizations.models import User
from organizations.requests import Request
from tms.errors import bad_request
from tms.forms import LanguageForm, OutputOptionsForm
from tms.home.page import home_of
from tms.middleware import busy
from tms.monitoring.health import report
from tms.monitoring.metrics import figures as metrics_now
from tms.search import FEWEST, results_of


@require_safe
def home(request: Request) -> HttpResponse:
    """What the person has to do today, and what he or she has won."""
    return render(request, "tms/home.html", {"home": home_of(request.user, at=timezone.now())})


@require_safe
def search(request: Request) -> HttpResponse:
    """Search, on a page of its own or in the dialog of any page: what the person may open, by its name."""
    form = SearchForm(request.GET)
    words = form.cleaned_data["q"].strip() if form.is_valid() else ""
    context = {
        "form": form,
        "words": words,
        "groups": results_of(request.user, words) if form.is_valid() else [],
        "fewest": FEWEST,
        "is_too_short": len("".join(words.split())) < FEWEST,
    }
    part = {"dialog": "#dialog", "search-results": "#results"}.get(str(request.htmx.target), "")
    return render(request, f"tms/search.html{part}", context)


@require_POST
def save_columns(request: Request) -> HttpResponse:
    """Output Options of any list: the columns stay with the person, the results per page in the address (S125)."""
    form = OutputOptionsForm(request.POST)
    if not form.is_valid():
        return bad_request(request, words=_("This list does not exist. Reload the page and try again."))
    names = [] if "reset" in request.POST else form.cleaned_data["columns"]
    remember_columns(request.user, form.page_name, names)
    return redirect(form.address)


@login_not_required
@require_POST
@limited
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language with the browser, and with the person who is signed in: letters are written in it, too."""
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return bad_request(request, words=_("This language is not available."))
    chosen, address = form.cleaned_data["language"], form.cleaned_data["next"]
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    if not is_ours or not address.startswith("/"):  # a word alone would be taken for the name of a page
        address = "/"
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    response = redirect(address)
    set_language_cookie(response, chosen)
    return response


@login_not_required
@require_safe
@csp_override(settings.DRAWING_CSP)
def media(_request: HttpRequest, path: str) -> HttpResponseBase:
    """An uploaded picture. Public, as badges are: their names cannot be guessed and never come to mean another picture.

    A thumbnail that is asked for first is made now; the picture itself stands in for one that cannot be.
    Without a limit by address: a school behind one shows hundreds at once. It asks the database nothing.
    """
    if not default_storage.exists(path) and not thumbnails.make(default_storage, path):
        original = thumbnails.original_of(path)
        if not original or not default_storage.exists(original):
            raise Http404
        return redirect(default_storage.url(original))
    response = FileResponse(default_storage.open(path), content_type=mimetypes.guess_type(path)[0] or "")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@login_not_required
@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """For monitors: 200 while every promise is kept, else 503. Names, yes or no, and ages: nothing about anybody."""
    promises = report()
    is_well = all(promise.is_kept for promise in promises)
    checks = {promise.name: _told(promise) for promise in promises}
    return JsonResponse({"ok": is_well, "checks": checks}, status=200 if is_well else 503)


def _told(promise: Promise) -> dict[str, bool | int | None]:
    return {
        "ok": promise.is_kept,
        "age_seconds": None if promise.age is None else round(promise.age.total_seconds()),
        "limit_seconds": None if promise.limit is None else round(promise.limit.total_seconds()),
    }


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus, which shows the token or comes from this machine itself; for anybody else there is no such page."""
    if not _may_measure(request):
        raise Http404
    try:
        figures = Question(metrics_now).answer(seconds=settings.METRICS_PATIENCE)
    except (NoAnswerError, DatabaseError, InterfaceError):
        return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(figures, content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_measure(request: HttpRequest) -> bool:
    """A proxy on this machine brings everybody from loopback, and says so."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and constant_time_compare(token, settings.METRICS_TOKEN):
        return True
    is_forwarded = {"X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"} & set(request.headers)
    return not is_forwarded and request.META.get("REMOTE_ADDR", "") in ("127.0.0.1", "::1")


@login_not_required
@require_safe
def alive(_request: HttpRequest) -> JsonResponse:
    """For whoever restarts containers: the process answers. A dead broker or database is no reason to restart it."""
    return JsonResponse({"web": "ok"})


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to an error: to say who is signed in takes the database too, so its absence ends here, before any view."""
    error = sys.exception()
    return busy(request, error) if is_passing(error) else defaults.server_error(request)
