"""Addresses of badges, issued badges and issuances."""

from django.urls import path

from badges.views import badges, issued

app_name = "badges"

urlpatterns = [
    path("badges/", badges.list_, name="list"),
    path("badges/create/", badges.create, name="create"),
    path("badges/issued/", issued.issued, name="issued"),
    path("badges/issuances/<int:batch_id>/", issued.issuance, name="issuance"),
    path("badges/<int:badge_id>/", badges.profile, name="profile"),
    path("badges/<int:badge_id>/edit/", badges.edit, name="edit"),
    path("badges/<int:badge_id>/delete/", badges.delete, name="delete"),
]
