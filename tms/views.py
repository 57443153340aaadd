"""The pages that belong to no app: home, sign-in, health, pictures."""

from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tms.forms import SignInForm

sign_in = auth_views.LoginView.as_view(
    template_name="tms/sign_in.html", authentication_form=SignInForm, redirect_authenticated_user=True
)
# A session that has ended needs no sign-in to be ended: it would lead back to an address that only takes POST.
sign_out = login_not_required(auth_views.LogoutView.as_view())
password_change = auth_views.PasswordChangeView.as_view(template_name="tms/password_change.html")
password_change_done = auth_views.PasswordChangeDoneView.as_view(template_name="tms/password_change_done.html")


def home(request: HttpRequest) -> HttpResponse:
    """What the person has to do today."""
    return render(request, "tms/home.html")
