"""Fetches an achievement for whoever may do something with it."""

from django.shortcuts import get_object_or_404

from achievements.models import Achievement
from organizations.requests import Request, require

SEE, CHANGE = "achievements.view_achievement", "achievements.change_achievement"


def achievement_in_reach(request: Request, achievement_id: int, permission: str) -> Achievement:
    """The achievement: 404 out of sight, 403 without the permission."""
    visible = Achievement.objects.visible_to(request.user).select_related("organization", "badge", "learning_path")
    achievement = get_object_or_404(visible, pk=achievement_id)
    require(request, permission)
    return achievement
