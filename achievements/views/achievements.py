"""The pages of achievements: find, details, create and edit."""

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import FETCH_RAISE
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from achievements import columns
from achievements.editing import is_name_taken, save_achievement
from achievements.forms import AchievementFilter, AchievementForm
from achievements.models import Achievement, EarnedAchievement
from achievements.naming import shown
from achievements.views.people import people_in_reach
from badges.models import Badge
from tms.lists import listing
from tms.requests import Request, require

SEE, ADD, CHANGE = (f"achievements.{act}_achievement" for act in ("view", "add", "change"))
NEWEST = 10


@require_safe
def list_(request: Request) -> HttpResponseBase:
    """Find Achievements (S57)."""
    require(request, SEE)
    found = listing(
        request,
        Achievement.objects.visible_to(request.user).select_related("organization", "badge").fetch_mode(FETCH_RAISE),
        columns.ACHIEVEMENTS,
        sort="name",
        search=("name__icontains", "description__icontains", "badge__name__icontains"),
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
    """One achievement: facts, conditions with the names of their ids, and who earned it last."""
    achievement = _achievement(request, achievement_id, SEE)
    earned = EarnedAchievement.objects.visible_to(request.user).filter(achievement=achievement)
    newest = list(earned.select_related("user").order_by("-earned_at", "-pk").fetch_mode(FETCH_RAISE)[:NEWEST])
    context = {
        "achievement": achievement,
        "conditions": shown(achievement),
        "earned_count": earned.count(),
        "people_count": earned.filter(nth=1).count(),
        "newest": newest,
        "people_in_reach": people_in_reach(request, [row.user_id for row in newest]),
        "badge_in_reach": Badge.objects.visible_to(request.user).filter(achievements=achievement).exists(),
        "may_change": request.user.has_perm(CHANGE),
    }
    return render(request, "achievements/details.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: Request) -> HttpResponse:
    """Create Achievement (S49, S50)."""
    require(request, ADD)
    form = AchievementForm(request.POST or None, user=request.user)
    if form.is_valid() and _is_saved(request, form):
        return redirect("achievements:details", achievement_id=form.instance.pk)
    return render(request, "achievements/edit.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, achievement_id: int) -> HttpResponse:
    """Edit, in the tabs Basic Information and Conditions; also how a badge is added later (S56)."""
    achievement = _achievement(request, achievement_id, CHANGE)
    name = achievement.name
    form = AchievementForm(request.POST or None, instance=achievement, user=request.user)
    if form.is_valid() and _is_saved(request, form):
        return redirect("achievements:details", achievement_id=achievement.pk)
    context = {"form": form, "achievement": achievement, "name": name}
    return render(request, "achievements/edit.html", context, status=422 if form.errors else 200)


def _achievement(request: Request, achievement_id: int, permission: str) -> Achievement:
    """The achievement: 404 out of sight, 403 without the permission."""
    visible = Achievement.objects.visible_to(request.user).select_related("organization", "badge")
    achievement = get_object_or_404(visible, pk=achievement_id)
    require(request, permission)
    return achievement


def _is_saved(request: Request, form: AchievementForm) -> bool:
    """Save by the rule, and say so with what the parser warns of; False when the name was taken at the last moment."""
    try:
        save_achievement(form.instance, by=request.user, at=timezone.now())
    except IntegrityError as error:
        if not is_name_taken(error):
            raise
        form.refuse_name()
        return False
    for warning in form.warnings:
        messages.warning(request, warning)
    said = _("%(achievement)s was saved. Whoever has ever met its conditions is awarded soon.")
    if not form.instance.is_enabled:
        said = _("%(achievement)s was saved. Nobody is awarded while it is not enabled.")
    messages.success(request, said % {"achievement": form.instance})
    return True
