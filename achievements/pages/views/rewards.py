"""The pages of what people have won (S127)."""

from django.http.response import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from achievements.explaining.access import Asking
from achievements.explaining.rewards import Rewards, goals_of, rewards_of
from organizations.models import User
from organizations.requests import Request, require

SEE_EARNED, SEE_USERS = "achievements.view_earnedachievement", "organizations.view_user"


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


@require_safe
def of(request: Request, user_id: int) -> HttpResponse:
    """What somebody has won, for those who administer his or her organization."""
    people = User.objects.visible_to(request.user).select_related("organization")
    person = get_object_or_404(people, pk=user_id)
    if person != request.user:
        require(request, SEE_EARNED)
    rewards = rewards_of(person)
    context = {
        "person": person,
        "rewards": rewards,
        "asks_about": _asks_about(request, person, rewards),
        "goals": goals_of(person),
        "is_own": person == request.user,
        "opens_person": person != request.user and request.user.has_perm(SEE_USERS),
    }
    return render(request, "achievements/of.html", context)


def _asks_about(request: Request, person: User, rewards: Rewards) -> set[int]:
    """The achievements of which the reader may see how the person has earned them."""
    ids = [earned.achievement.pk for earned in rewards.achievements]
    if not ids:
        return set()
    return set(Asking(request.user, person).achievements.filter(pk__in=ids).values_list("pk", flat=True))
