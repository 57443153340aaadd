"""The pages that belong to no app: home, sign-in and sign-out, uploaded pictures, health."""

import mimetypes
import sys
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import defaults
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from listing.columns import remember_columns
from tms import sessions
from tms.bounded import NoAnswerError, Question
from tms.busy import busy_answer, is_passing
from tms.forms import EndSessionForm, ForgottenForm, NewPasswordForm, OutputOptionsForm, SignInForm
from tms.health import report
from tms.home import home_of
from tms.metrics import figures as metrics_now
from tms.password_letters import PAUSE
from tms.promises import Promise
from tms.requests import Request
from tms.throttling import count_request, forgive, remember_device


class SignIn(auth_views.LoginView):
    """Django's own, which remembers that this browser has had the right password."""

    template_name = "tms/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, and spare this device the limits that strangers use up."""
        response = super().form_valid(form)
        sessions.begin(self.request, at=timezone.now())
        remember_device(response, form.get_user())
        return response


sign_in = SignIn.as_view()
# A session that has ended can be signed out of: a detour to the sign-in page would lead back to an address for POST.
sign_out = login_not_required(auth_views.LogoutView.as_view())


class PasswordChange(auth_views.PasswordChangeView):
    """Django's own, throttled like signing in: the old password is not to be guessed in a session that was stolen."""

    template_name = "tms/password_change.html"
    form_class = NewPasswordForm

    def form_valid(self, form: Any) -> HttpResponse:
        """Change it; the other sessions end."""
        response = super().form_valid(form)  # which gives this session another key
        sessions.end_all(form.user)
        sessions.begin(self.request, at=timezone.now())
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the request, by which attempts are counted."""
        return {**super().get_form_kwargs(), "request": self.request}


class PasswordForgotten(auth_views.PasswordResetView):
    """Django's own, throttled like signing in. The letter leaves later, so that no answer tells who has an account."""

    template_name = "tms/password_forgotten.html"
    form_class = ForgottenForm  # type: ignore[assignment]  # Django's own asks for an address alone
    success_url = reverse_lazy("sign_in")

    def form_valid(self, form: Any) -> HttpResponse:
        """Have the letter written, if there is anybody to write to."""
        if not count_request(self.request, form.cleaned_data["username"]):
            return HttpResponse(status=429)  # which AxesMiddleware fills
        messages.info(
            self.request,
            _(
                "If this is an account, a letter with a link is on its way to its e-mail address. "
                "You get at most one in %(minutes)s minutes."
            )
            % {"minutes": PAUSE.seconds // 60},
        )
        return super().form_valid(form)


class PasswordSet(auth_views.PasswordResetConfirmView):
    """Django's own: whoever has the letter sets the password, once, and then signs in with it."""

    template_name = "tms/password_set.html"
    success_url = reverse_lazy("sign_in")

    def get_user(self, uidb64: str) -> Any:
        """The account, while it is open."""
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it; sessions with the old one end. What was tried before counts no longer."""
        response = super().form_valid(form)
        sessions.end_all(form.user)
        forgive(self.request, form.user)
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return response


password_change = PasswordChange.as_view()
password_forgotten = PasswordForgotten.as_view()
password_set = PasswordSet.as_view()
password_change_done = auth_views.PasswordChangeDoneView.as_view(template_name="tms/password_change_done.html")


@require_http_methods(["GET", "HEAD", "POST"])
def own_sessions(request: Request) -> HttpResponse:
    """Where the person is signed in; a press ends one of the other sessions, or all of them."""
    rows = sessions.open_sessions(request.user, at=timezone.now())
    here = request.session.session_key
    if request.method == "POST":
        form = EndSessionForm(request.POST, others=rows.exclude(session_key=here))
        count = sessions.end(form.chosen)
        words = ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", count)
        messages.success(request, words % {"count": count})
        return redirect("sessions")
    return render(request, "tms/sessions.html", {"sessions": rows, "here": here})


@require_safe
def home(request: Request) -> HttpResponse:
    """What the person has to do today, and what he or she has won."""
    return render(request, "tms/home.html", {"home": home_of(request.user, at=timezone.now())})


@require_POST
def save_columns(request: Request) -> HttpResponse:
    """Output Options of any list: the columns stay with the person, the results per page in the address (S125)."""
    form = OutputOptionsForm(request.POST)
    if not form.is_valid():
        return HttpResponse(_("This is no list."), status=400, content_type="text/plain; charset=utf-8")
    names = [] if "reset" in request.POST else form.cleaned_data["columns"]
    remember_columns(request.user, form.page_name, names)
    return redirect(form.address)


@login_not_required
@require_safe
@csp_override(settings.DRAWING_CSP)
def media(_request: HttpRequest, path: str) -> FileResponse:
    """An uploaded picture. Public, as badges are: their names cannot be guessed and never come to mean another picture."""
    if not default_storage.exists(path):
        raise Http404
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
    return busy_answer(request) if is_passing(sys.exception()) else defaults.server_error(request)
