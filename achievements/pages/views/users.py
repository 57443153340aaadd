"""The list of users, and whether one of them takes part in achievements."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import FETCH_RAISE, Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from achievements.models import EarnedAchievement
from achievements.pages.people_columns import USERS
from achievements.pages.people_forms import SEE_EARNED, ParticipationForm, UserFilter
from achievements.pages.views.people import may_change
from badges.models import IssuedBadge
from listing.lists import listing
from organizations.editing import set_participation
from organizations.models import User
from organizations.requests import Request, require
from organizations.scope import person_search
from organizations.telling_apart import tell_apart

SEE_USERS = "organizations.view_user"


@require_safe
def users(request: Request) -> HttpResponseBase:
    """All users in reach, also by the achievement that they earned (S126)."""
    require(request, SEE_USERS)
    found = listing(
        request,
        _with_counts(User.objects.visible_to(request.user)).select_related("organization").fetch_mode(FETCH_RAISE),
        [column for column in USERS if column.name != "achievements" or request.user.has_perm(SEE_EARNED)],
        sort="name",
        search=person_search(request.user),
        filterset=UserFilter,
    )
    if found.wants_suggestions:
        return found.suggestions()
    if found.wants_export:
        return found.export("users", lambda people: tell_apart(people, request.user))
    tell_apart(found.page, request.user)
    return render(request, "achievements/users.html", {"listing": found})


@require_http_methods(["GET", "HEAD", "POST"])
def participation(request: Request, user_id: int) -> HttpResponse:
    """Take part in achievements, or no longer, and what that means (S84): for oneself and for the accounts one changes."""
    person = _person(request, user_id)
    is_own = person == request.user
    if not is_own and not may_change(request, person):
        raise PermissionDenied
    back = reverse("achievements:mine") if is_own else reverse("achievements:user", args=[person.pk])
    if request.method != "POST":
        template = "achievements/participation.html#dialog" if request.htmx else "achievements/participation.html"
        opens_person = not is_own and request.user.has_perm(SEE_USERS)
        context = {"person": person, "is_own": is_own, "opens_person": opens_person, "back": back}
        return render(request, template, context)
    form = ParticipationForm(request.POST)
    if not person.organization.achievements_enabled:
        messages.error(
            request, _("%(organization)s does not use achievements.") % {"organization": person.organization}
        )
    elif form.is_valid():
        set_participation(person, takes_part=form.cleaned_data["takes_part"])
        messages.success(request, _say(person, is_own=is_own))
    return HttpResponseClientRedirect(back) if request.htmx else redirect(back)


def _say(person: User, *, is_own: bool) -> str:
    if person.participates_in_achievements:
        said = _("You take part in achievements.") if is_own else _("%(person)s takes part in achievements.")
        return f"{said % {'person': person}} {_('Everything done so far counts, and is looked at within seconds.')}"
    said = _("You no longer take part in achievements.")
    if not is_own:
        said = _("%(person)s no longer takes part in achievements.") % {"person": person}
    return said


def _person(request: Request, user_id: int) -> User:
    return get_object_or_404(User.objects.visible_to(request.user).select_related("organization"), pk=user_id)


def _with_counts(people: QuerySet[User]) -> QuerySet[User]:
    """Each with `held_count` badges, and `earned_count` achievements, each once."""
    held = IssuedBadge.objects.held().filter(student=OuterRef("pk")).order_by().values("student")
    earned = EarnedAchievement.objects.filter(user=OuterRef("pk"), nth=1).order_by().values("user")
    return people.annotate(held_count=_number_of(held), earned_count=_number_of(earned)).prefetch_related("groups")


def _number_of(rows: QuerySet[Any, Any]) -> Coalesce:
    counted = rows.annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
