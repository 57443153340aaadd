"""The page of one person: what is held, what is withheld and why, what is in reach, and the training behind it (S127)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from achievements.explaining.access import Asking
from achievements.explaining.lacking import askable_badges, explain_lack
from achievements.explaining.rewards import Rewards, goals_of, rewards_of
from achievements.log.timeline import LINES, Mark, Sources, Timeline, timeline_of
from achievements.log.withheld import WithheldBadge, withheld_of
from achievements.pages.people_forms import OtherBadgeForm
from achievements.pages.views.people import asking_about, class_behind, may_change
from badges.held.leading import lead_to_issued
from classes.doors import doors_to
from classes.models import Class
from classes.transcripts import TranscriptLine, training_lines
from courses.paths import walks_of
from organizations.access import managed_organizations
from organizations.administration.account_forms import AddressForm, read_by
from organizations.administration.addresses import save_address
from organizations.models import User
from organizations.requests import Request, frame_of, may_change_in_admin
from organizations.roles import role_name
from organizations.telling_apart import tell_apart

SEE_ASSIGNMENTS = "courses.view_courseassignment"
# Of what is in reach, and of the training: the nearest and the newest; pages of their own have all.
SHOWN = 5
HELD = 12  # of the badges held; the page keeps the earlier ones folded
NEWEST = 10  # of the timeline


@require_safe
def user(request: Request, user_id: int) -> HttpResponse:
    """Everything about a person that the reader may know, with what can be done about it."""
    return _page(request, asking_about(request, user_id))


@require_safe
def timeline(request: Request, user_id: int) -> HttpResponse:
    """Everything that happened, page by page; the person's page has the newest, and adds what is older below it."""
    asking = asking_about(request, user_id)
    found = _timeline(asking, _withheld(asking), before=Mark.read(request.GET.get("before", "")), lines=LINES)
    context = {
        "person": asking.student,
        "is_own": asking.is_own,
        **_behind(request, asking),
        "timeline": found,
    }
    return render(request, "achievements/timeline.html", context)


@require_safe
def of(request: Request, user_id: int) -> HttpResponse:
    """The address that a person's page had before: it leads to the page."""
    return redirect("achievements:user", asking_about(request, user_id).student.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def address(request: Request, user_id: int) -> HttpResponse:
    """Give the account the e-mail address that its badges wait for; the sweep issues them within seconds."""
    asking = asking_about(request, user_id)
    if request.method != "POST":  # the page asks for it, also after a sign-in or in another language
        return redirect("achievements:user", asking.student.pk)
    person = get_object_or_404(User.objects.select_related("organization"), pk=user_id)
    if not may_change_in_admin(request, person):
        raise PermissionDenied
    form = read_by(AddressForm, request.user)(request.POST, instance=person)
    waiting = sum(one.needs_address for one in _withheld(asking))
    if not form.is_valid() or not save_address(form, request):
        return _page(request, asking, form=form)
    said = _("The e-mail address was saved.")
    if waiting:
        words = ngettext(
            "%(count)s badge is issued within seconds.", "%(count)s badges are issued within seconds.", waiting
        )
        said = f"{said} {words % {'count': waiting}}"
    messages.success(request, said)
    return redirect("achievements:user", person.pk)


def _page(request: Request, asking: Asking, form: AddressForm | None = None) -> HttpResponse:
    person = asking.student
    withheld, may_edit = _withheld(asking), may_change_in_admin(request, person)
    context = {
        "frame": frame_of(request),
        "person": person,
        "here": reverse("achievements:user", args=[person.pk]),
        "asking": asking,
        "is_own": asking.is_own,
        **_behind(request, asking),
        "withheld": withheld,
        "waiting_for_address": sum(one.needs_address for one in withheld),
        "form": form or (read_by(AddressForm, request.user)(instance=person) if may_edit and withheld else None),
        "may_edit": may_edit,
        "may_switch": person.organization.achievements_enabled and (asking.is_own or may_change(request, person)),
        "timeline": _timeline(asking, withheld, lines=NEWEST),
        **_rewards(asking),
        **_training(request, asking),
        **_other_badge(request, asking),
        **(_account(request, person) if asking.sees_account else {}),
    }
    return render(request, "achievements/user.html", context, status=422 if form else 200)


def _behind(request: Request, asking: Asking) -> dict[str, Any]:
    """The roster that the page was opened from, and what says so in the addresses that it leads to."""
    klass = class_behind(request, asking)
    return {"klass": klass, "from_roster": f"?roster={klass.pk}" if klass else ""}


def _withheld(asking: Asking) -> list[WithheldBadge]:
    return withheld_of(asking.earned, asking.issued, asking.user, is_own=asking.is_own)


def _timeline(asking: Asking, withheld: Sequence[WithheldBadge], *, lines: int, before: Mark | None = None) -> Timeline:
    sources = Sources(
        records=asking.records,
        enrollments=asking.enrollments,
        assignments=asking.assignments,
        earned=asking.earned,
        issued=asking.issued,
        achievements=asking.achievements,
        withheld=withheld,
        joined_at=asking.student.date_joined if asking.sees_account else None,
    )
    return timeline_of(asking.student, sources, asking.user, before=before, lines=lines)


def _rewards(asking: Asking) -> dict[str, Any]:
    """What is held and earned, and the nearest of what is in reach."""
    among = None if asking.is_close else asking.achievements
    rewards = rewards_of(asking.student, issued=asking.issued, among=among)
    goals = goals_of(asking.student, among) if asking.is_allowed else None
    lead_to_issued([*rewards.badges, *rewards.lost], asking.user)
    return {
        "rewards": rewards,
        "held": rewards.badges[:HELD],
        "held_before": rewards.badges[HELD:],
        "goals": goals.begun[:SHOWN] if goals else [],
        "goals_left": max(0, len(goals.begun) - SHOWN) + len(goals.others) if goals else 0,
        "asks_about": _asks_about(asking, rewards),
    }


def _asks_about(asking: Asking, rewards: Rewards) -> set[int]:
    """The achievements of which the reader may see how the person has earned them."""
    ids = [earned.achievement.pk for earned in rewards.achievements]
    return set(asking.achievements.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def _other_badge(request: Request, asking: Asking) -> dict[str, Any]:
    """From where the reader may issue a badge, and why the person does not have the one that is asked about."""
    doors = [] if asking.is_own else doors_to(asking.student, asking.user)
    if not asking.is_allowed:
        return {"doors": doors}
    badges = askable_badges(asking).select_related("organization", "provider")
    form = OtherBadgeForm(request.GET if request.method == "GET" else None, badges=badges)
    badge = form.chosen
    lack = explain_lack(asking, badge, doors) if badge is not None else None
    if lack is not None:
        instructors = [one for klass in lack.classes for one in klass.instructors.all()]
        tell_apart([asking.student, *instructors], asking.user)
    return {"doors": doors, "other_badge": form, "lack": lack}


def _training(request: Request, asking: Asking) -> dict[str, Any]:
    """The newest classes and course assignments, and how far the person is on learning paths."""
    lines: list[TranscriptLine] = training_lines(asking.enrollments, asking.assignments, at=timezone.now())
    class_ids = [line.class_id for line in lines[:SHOWN] if line.class_id is not None]
    classes = Class.objects.visible_to(request.user).filter(pk__in=class_ids)
    return {
        "training": lines[:SHOWN],
        "training_count": len(lines),
        "classes_in_reach": set(classes.values_list("pk", flat=True)) if class_ids else set(),
        "opens_assignments": asking.is_own or request.user.has_perm(SEE_ASSIGNMENTS),
        "walks": walks_of(asking.student) if asking.sees_training else [],
    }


def _account(request: Request, person: User) -> dict[str, Any]:
    """What the account says of the person."""
    return {
        "roles": [role_name(name) for name in person.groups.order_by("name").values_list("name", flat=True)],
        "manages": managed_organizations(request.user).filter(managers=person).order_by("name", "pk"),
    }
