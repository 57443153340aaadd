"""Addresses of badges, issued badges and issuances."""

from django.urls import path

from badges import views

app_name = "badges"

urlpatterns = [
    path("badges/", views.list_, name="list"),
    path("badges/create/", views.create, name="create"),
    path("badges/issued/", views.issued, name="issued"),
    path("badges/issuances/<int:batch_id>/", views.issuance, name="issuance"),
    path("badges/<int:badge_id>/", views.profile, name="profile"),
    path("badges/<int:badge_id>/edit/", views.edit, name="edit"),
    path("badges/<int:badge_id>/delete/", views.delete, name="delete"),
]
