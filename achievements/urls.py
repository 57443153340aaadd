"""Addresses of achievements, of what people have won, and of the sweeps."""

from django.urls import path

from achievements import views

app_name = "achievements"

urlpatterns = [
    path("achievements/", views.list_, name="list"),
    path("achievements/create/", views.create, name="create"),
    path("achievements/<int:achievement_id>/", views.details, name="details"),
    path("achievements/<int:achievement_id>/edit/", views.edit, name="edit"),
    path("rewards/", views.mine, name="mine"),
    path("rewards/<int:user_id>/", views.of, name="of"),
    path("sweeps/", views.sweeps, name="sweeps"),
    path("sweeps/run/", views.run_sweep, name="run_sweep"),
    path("sweeps/<int:sweep_id>/", views.sweep, name="sweep"),
]
