"""The list of users, the page of one of them, and whether somebody takes part in achievements."""

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

from achievements.log.undelivered import may_open, undelivered_for
from achievements.models import EarnedAchievement
from achievements.pages.people_columns import USERS
from achievements.pages.people_forms import SEE_EARNED, ParticipationForm, UserFilter
from badges.models import IssuedBadge
from courses.paths import walks_of
from listing.lists import listing
from organizations.access import changeable_accounts, managed_organizations
from organizations.editing import set_participation
from organizations.models import User
from organizations.requests import Request, frame_of, require
from organizations.roles import role_name
from organizations.scope import person_search
from organizations.telling_apart import tell_apart

SEE_USERS, CHANGE_USER = "organizations.view_user", "organizations.change_user"
SEE_TRAINING = "courses.view_trainingrecord"


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


@require_safe
def user(request: Request, user_id: int) -> HttpResponse:
    """A person's page, with the toolbar that leads to Achievements (S127)."""
    person = _person(request, user_id)
    if person != request.user:
        require(request, SEE_USERS)
    context = {
        "frame": frame_of(request),
        "person": person,
        "roles": [role_name(name) for name in person.groups.order_by("name").values_list("name", flat=True)],
        "manages": managed_organizations(request.user).filter(managers=person).order_by("name", "pk"),
        "takes_part": person.organization.achievements_enabled and person.participates_in_achievements,
        "may_switch": _may_switch(request, person),
        "may_edit": request.user.is_staff and _may_change(request, person),
        "may_see_earned": person == request.user or request.user.has_perm(SEE_EARNED),
        "may_see_training": person == request.user or request.user.has_perm(SEE_TRAINING),
        "held_count": IssuedBadge.objects.held().filter(student=person).count(),
        "undelivered_count": undelivered_for(request.user, student=person).count(),
        "opens_undelivered": may_open(request.user),
        "walks": walks_of(person),
    }
    return render(request, "achievements/user.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def participation(request: Request, user_id: int) -> HttpResponse:
    """Take part in achievements, or no longer, and what that means (S84): for oneself and for the accounts one changes."""
    person = _person(request, user_id)
    is_own = person == request.user
    if not is_own and not _may_change(request, person):
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


def _may_change(request: Request, person: User) -> bool:
    return request.user.has_perm(CHANGE_USER) and changeable_accounts(request.user).filter(pk=person.pk).exists()


def _may_switch(request: Request, person: User) -> bool:
    """The box is hidden where the organization has switched achievements off (S86)."""
    return person.organization.achievements_enabled and (person == request.user or _may_change(request, person))


def _with_counts(people: QuerySet[User]) -> QuerySet[User]:
    """Each with `held_count` badges, and `earned_count` achievements, each once."""
    held = IssuedBadge.objects.held().filter(student=OuterRef("pk")).order_by().values("student")
    earned = EarnedAchievement.objects.filter(user=OuterRef("pk"), nth=1).order_by().values("user")
    return people.annotate(held_count=_number_of(held), earned_count=_number_of(earned)).prefetch_related("groups")


def _number_of(rows: QuerySet[Any, Any]) -> Coalesce:
    counted = rows.annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
