"""The page of what one has won (S127)."""

from django.http.response import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from achievements.explaining.access import Asking
from achievements.explaining.rewards import Rewards, goals_of, rewards_of
from organizations.models import User
from organizations.requests import Request


@require_safe
def mine(request: Request) -> HttpResponse:
    """What the person who asks has won."""
    rewards = rewards_of(request.user)
    context = {
        "person": request.user,
        "rewards": rewards,
        "asks_about": _asks_about(request, request.user, rewards),
        "goals": goals_of(request.user),
        "is_own": True,
    }
    return render(request, "achievements/mine.html", context)


def _asks_about(request: Request, person: User, rewards: Rewards) -> set[int]:
    """The achievements of which the reader may see how the person has earned them."""
    ids = [earned.achievement.pk for earned in rewards.achievements]
    if not ids:
        return set()
    return set(Asking(request.user, person).achievements.filter(pk__in=ids).values_list("pk", flat=True))
