"""Addresses of achievements, of what people have won, and of the sweeps and their health."""

from django.urls import path

from achievements.pages.views import (
    achievements,
    editor,
    explaining,
    filters,
    freshness,
    holds,
    paths,
    person,
    rewards,
    sweeps,
    undelivered,
    users,
)

app_name = "achievements"

urlpatterns = [
    path("achievements/", achievements.list_, name="list"),
    path("achievements/create/", editor.create, name="create"),
    path("achievements/conditions/", editor.conditions, name="conditions"),
    path("achievements/choose/<int:organization_id>/badge/", editor.choose_badge, name="choose_badge"),
    path("achievements/choose/<int:organization_id>/<int:row>/<slug:name>/", editor.choose, name="choose"),
    path("achievements/filter/badges/", filters.filter_badges, name="filter_badges"),
    path("achievements/filter/organizations/", filters.filter_organizations, name="filter_organizations"),
    path("achievements/holds/", holds.holds, name="holds"),
    path("achievements/holds/<int:hold_id>/", holds.hold, name="hold"),
    path("achievements/preview/", explaining.preview_new, name="preview_new"),
    path("achievements/why/<int:user_id>/", explaining.ask, name="ask"),
    path("achievements/<int:achievement_id>/", achievements.details, name="details"),
    path("achievements/<int:achievement_id>/edit/", editor.edit, name="edit"),
    path("achievements/<int:achievement_id>/history/", achievements.history, name="history"),
    path("achievements/<int:achievement_id>/enable/", achievements.enable, name="enable"),
    path("achievements/<int:achievement_id>/disable/", achievements.disable, name="disable"),
    path("achievements/<int:achievement_id>/copy/", achievements.copy, name="copy"),
    path("achievements/<int:achievement_id>/preview/", explaining.preview_one, name="preview"),
    path("achievements/<int:achievement_id>/why/<int:user_id>/", explaining.why, name="why"),
    path("rewards/", rewards.mine, name="mine"),
    path("rewards/<int:user_id>/", person.of, name="of"),
    path("users/", users.users, name="users"),
    path("users/<int:user_id>/", person.user, name="user"),
    path("users/<int:user_id>/timeline/", person.timeline, name="timeline"),
    path("users/<int:user_id>/address/", person.address, name="address"),
    path("users/<int:user_id>/participation/", users.participation, name="participation"),
    path("learning-paths/<int:path_id>/badge/", paths.path_badge, name="path_badge"),
    path("learning-paths/<int:path_id>/badge/<int:achievement_id>/", paths.path_award, name="path_award"),
    path("undelivered/", undelivered.undelivered, name="undelivered"),
    path("sweeps/", sweeps.sweeps, name="sweeps"),
    path("sweeps/run/", sweeps.run_sweep, name="run_sweep"),
    path("sweeps/freshness/", freshness.page, name="freshness"),
    path("sweeps/<int:sweep_id>/", sweeps.sweep, name="sweep"),
    path("sweeps/<int:sweep_id>/awards/", sweeps.sweep_awards, name="sweep_awards"),
    path("sweeps/<int:sweep_id>/problems/", sweeps.sweep_problems, name="sweep_problems"),
    path("health/sweep/", freshness.health, name="sweep_health"),
]
