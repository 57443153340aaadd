"""Addresses of signing in, of brands and of what else an organization says. They have no namespace: Django and its packages ask for the first by name."""

from django.urls import path, re_path

from organizations.branding import views as branding
from organizations.sign_in import views
from organizations.undo import views as undo

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.password_change, name="password_change"),
    path("password/forgotten/", views.password_forgotten, name="password_forgotten"),
    path("password/set/<uidb64>/<token>/", views.password_set, name="password_set"),
    path("password/done/", views.password_change_done, name="password_change_done"),
    path("sessions/", views.own_sessions, name="sessions"),
    path("brand/", branding.brands, name="brands"),
    path("organizations/<int:organization_id>/brand/", branding.brand, name="brand"),
    path("organizations/<int:organization_id>/undo/", undo.undo_time, name="undo_time"),
    re_path(
        r"^brand/(?P<colour>[0-9a-f]{6})-(?P<digest>[0-9a-f]{12})\.css$", branding.brand_styles, name="brand_styles"
    ),
]
