"""The pages of achievements: find, details, history; and what is done to one with a single click."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import FETCH_RAISE, Count, Q
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from achievements.definitions.editing import copy_of, switch
from achievements.definitions.naming import shown
from achievements.definitions.path_badges import standing_of
from achievements.definitions.sentences import sentence
from achievements.definitions.widening import WideReachError
from achievements.models import Achievement, AchievementChange, EarnedAchievement, Hold
from achievements.pages import columns
from achievements.pages.forms import AchievementFilter
from achievements.pages.views.fetching import CHANGE, SEE, achievement_in_reach
from achievements.pages.views.people import people_in_reach
from achievements.sweep.hints import queued_since
from badges.models import Badge
from courses.models import LearningPath
from listing.lists import listing
from operation.pressing import once
from organizations.requests import Request, frame_of, require
from organizations.telling_apart import tell_apart

ADD = "achievements.add_achievement"
NEWEST = 10
# The part of an achievement's page that follows the check of everybody, and after how long it says that this takes long.
CHECKING, LONG = "checking", timedelta(minutes=1)


@require_safe
def list_(request: Request) -> HttpResponseBase:
    """All achievements in reach (S57)."""
    require(request, SEE)
    found = listing(
        request,
        Achievement.objects.visible_to(request.user).select_related("organization", "badge").fetch_mode(FETCH_RAISE),
        columns.ACHIEVEMENTS,
        sort="name",
        search=("name", "description", "badge__name"),
        filterset=AchievementFilter,
    )
    if found.wants_export:
        return found.export("achievements")
    badges = Badge.objects.visible_to(request.user).filter(pk__in=[row.badge_id for row in found.page if row.badge_id])
    context = {
        "listing": found,
        "badges_in_reach": set(badges.values_list("pk", flat=True)),
        "may_add": request.user.has_perm(ADD),
        "may_change": request.user.has_perm(CHANGE),
    }
    return render(request, "achievements/list.html", context)


@require_safe
def details(request: Request, achievement_id: int) -> HttpResponse:
    """One achievement: facts, conditions in words with the names of their ids, and who earned it last.

    While everybody is checked, the page asks again for what comes of it.
    """
    achievement = achievement_in_reach(request, achievement_id, SEE)
    since = queued_since(achievement.pk)  # before what comes of it: who asks no more has seen all of it
    earned = EarnedAchievement.objects.visible_to(request.user).filter(achievement=achievement)
    newest = list(earned.select_related("user").order_by("-earned_at", "-pk").fetch_mode(FETCH_RAISE)[:NEWEST])
    badge = Badge.objects.visible_to(request.user).filter(achievements=achievement)
    standing = standing_of(achievement)
    context = {
        "frame": frame_of(request),
        "achievement": achievement,
        "conditions": [(one, sentence(one.term, one.ids) if one.term else "") for one in shown(achievement)],
        "counts": earned.aggregate(times=Count("pk"), people=Count("pk", filter=Q(nth=1))),
        "standing": standing,
        "may_follow": standing is not None and _may_follow(request, standing.path),
        "newest": newest,
        "people_in_reach": people_in_reach(request, [row.user for row in newest]),
        "badge_in_reach": badge.exists(),
        "may_change": request.user.has_perm(CHANGE),
        "may_add": request.user.has_perm(ADD) and request.user.has_perm(CHANGE),
        "hold": Hold.objects.filter(achievement=achievement, decision=Hold.Decision.WAITING).first(),
        "is_queued": since is not None,
        "takes_long": since is not None and since < timezone.now() - LONG,
        "follows": request.htmx.target == CHECKING,
    }
    return render(request, "achievements/details.html", context)


@require_safe
def history(request: Request, achievement_id: int) -> HttpResponseBase:
    """Who changed what, and the conditions of each version."""
    achievement = achievement_in_reach(request, achievement_id, SEE)
    changes = AchievementChange.objects.visible_to(request.user).filter(achievement=achievement)
    found = listing(
        request, changes.select_related("changed_by").fetch_mode(FETCH_RAISE), columns.CHANGES, sort="-changed_at"
    )
    if found.wants_export:
        return found.export("history", lambda rows: tell_apart([row.changed_by for row in rows], request.user))
    people = people_in_reach(request, [row.changed_by for row in found.page])
    context = {"listing": found, "achievement": achievement, "people_in_reach": people}
    return render(request, "achievements/history.html", context)


@require_POST
def enable(request: Request, achievement_id: int) -> HttpResponse:
    """Enable: everybody who has ever met the conditions is awarded soon (S43)."""
    said = _("%(achievement)s is enabled. Everyone who qualifies will be awarded shortly.")
    return _switched(request, achievement_id, said, to=True)


@require_POST
def disable(request: Request, achievement_id: int) -> HttpResponse:
    """Disable: nobody is awarded any more, and nothing is taken back."""
    said = _("%(achievement)s is disabled. What students have earned stays earned.")
    return _switched(request, achievement_id, said, to=False)


@require_POST
@once
def copy(request: Request, achievement_id: int) -> HttpResponse:
    """Copy, and go on to edit the copy."""
    achievement = achievement_in_reach(request, achievement_id, SEE)
    require(request, ADD)
    require(request, CHANGE)
    made = copy_of(achievement, by=request.user, at=timezone.now())
    said = _("%(copy)s was created. It is disabled until you have checked and enabled it.")
    messages.success(request, said % {"copy": made})
    return redirect("achievements:edit", achievement_id=made.pk)


def _may_follow(request: Request, path: LearningPath) -> bool:
    """Whether the page that brings an achievement and its path together is open to the user."""
    return request.user.has_perm(ADD) and LearningPath.objects.visible_to(request.user).filter(pk=path.pk).exists()


def _switched(request: Request, achievement_id: int, said: str, *, to: bool) -> HttpResponse:
    achievement = achievement_in_reach(request, achievement_id, CHANGE)
    try:
        if switch(achievement, is_enabled=to, by=request.user, at=timezone.now()):
            messages.success(request, said % {"achievement": achievement})
    except WideReachError as refusal:
        messages.error(request, refusal.message)
    return redirect("achievements:details", achievement_id=achievement.pk)
