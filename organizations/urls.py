"""Addresses of signing in. Their names have no namespace: they are the ones that Django and its packages ask for."""

from django.urls import path

from organizations.sign_in import views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.password_change, name="password_change"),
    path("password/forgotten/", views.password_forgotten, name="password_forgotten"),
    path("password/set/<uidb64>/<token>/", views.password_set, name="password_set"),
    path("password/done/", views.password_change_done, name="password_change_done"),
    path("sessions/", views.own_sessions, name="sessions"),
]
