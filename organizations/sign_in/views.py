"""Signing in and out, passwords, and the sessions of an account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django.views.generic.base import ContextMixin

from operation.limiting import asks_too_often, too_many
from organizations.audit.actions import Action
from organizations.audit.recording import record
from organizations.brands import shown_to
from organizations.requests import Request
from organizations.sign_in import sessions
from organizations.sign_in.forms import EndSessionForm, ForgottenForm, NewPasswordForm, SignInForm
from organizations.sign_in.gate_brands import keep_brand, kept_brand
from organizations.sign_in.noting import note_letter
from organizations.sign_in.password_letters import PAUSE
from organizations.sign_in.throttling import count_request, forgive, remember_device


class Gate(ContextMixin):
    """A page for who is not signed in yet: it shows the brand that this browser keeps."""

    request: HttpRequest

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """With the brand."""
        return super().get_context_data(**context) | {"brand": kept_brand(self.request)}


class SignIn(Gate, auth_views.LoginView):
    """Django's own, which remembers that this browser has had the right password."""

    template_name = "organizations/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, and spare this device the limits that strangers use up."""
        response = super().form_valid(form)
        sessions.begin(self.request, at=timezone.now())
        remember_device(response, form.get_user())
        keep_brand(response, shown_to(form.get_user()))
        return response


sign_in = SignIn.as_view()


# A session that has ended can be signed out of: a detour to the sign-in page would lead back to an address for POST.
sign_out = login_not_required(auth_views.LogoutView.as_view())


class PasswordChange(auth_views.PasswordChangeView):
    """Django's own, throttled like signing in: the old password is not to be guessed in a session that was stolen."""

    template_name = "organizations/password_change.html"
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


class PasswordForgotten(Gate, auth_views.PasswordResetView):
    """Django's own, throttled like signing in. The letter leaves later, so that no answer tells who has an account."""

    template_name = "organizations/password_forgotten.html"
    form_class = ForgottenForm  # type: ignore[assignment]  # Django's own asks for an address alone
    success_url = reverse_lazy("sign_in")

    def form_valid(self, form: Any) -> HttpResponse:
        """Have the letter written, if there is anybody to write to."""
        name = form.cleaned_data["username"]
        is_let_through = count_request(self.request, name)
        note_letter(name, self.request, is_refused=not is_let_through)
        if not is_let_through:
            return HttpResponse(status=429)  # which AxesMiddleware fills
        messages.info(
            self.request,
            _(
                "If this account exists, an e-mail with a link is on its way to its address. "
                "You get at most one in %(minutes)s minutes."
            )
            % {"minutes": PAUSE.seconds // 60},
        )
        return super().form_valid(form)


class PasswordSet(Gate, auth_views.PasswordResetConfirmView):
    """Django's own: whoever has the letter sets the password, once, and then signs in with it."""

    template_name = "organizations/password_set.html"
    success_url = reverse_lazy("sign_in")

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A link that does not work counts for the address it is asked from."""
        response = super().dispatch(*args, **kwargs)
        return too_many(self.request) if not self.validlink and asks_too_often(self.request) else response

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        """Whoever has the letter may know whose account it is."""
        found = super().get_context_data(**context)
        known = shown_to(self.user) if self.validlink and self.user is not None else None
        return found | {"brand": known or found["brand"]}

    def get_user(self, uidb64: str) -> Any:
        """The account, while it is open."""
        user = super().get_user(uidb64)
        return user if user is not None and user.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it; sessions with the old one end. What was tried before counts no longer. The form that follows has the brand."""
        response = super().form_valid(form)
        sessions.end_all(form.user)
        forgive(self.request, form.user)
        keep_brand(response, shown_to(form.user))
        messages.success(self.request, _("Your password is set. Sign in with it."))
        return response


password_change = PasswordChange.as_view()


password_forgotten = PasswordForgotten.as_view()


password_set = login_not_required(PasswordSet.as_view())


password_change_done = auth_views.PasswordChangeDoneView.as_view(
    template_name="organizations/password_change_done.html"
)


@require_http_methods(["GET", "HEAD", "POST"])
def own_sessions(request: Request) -> HttpResponse:
    """Where the person is signed in; a press ends one of the other sessions, or all of them."""
    rows = sessions.open_sessions(request.user, at=timezone.now())
    here = request.session.session_key
    if request.method == "POST":
        form = EndSessionForm(request.POST, others=rows.exclude(session_key=here))
        count = sessions.end(form.chosen)
        record(Action.SESSIONS_ENDED, person=request.user, after={"count": count})
        words = ngettext("%(count)s session was ended.", "%(count)s sessions were ended.", count)
        messages.success(request, words % {"count": count})
        return redirect("sessions")
    return render(request, "organizations/sessions.html", {"sessions": rows, "here": here})
