"""The pages that ask before something happens: "Why not yet?" of a student (N2), and previews of achievements (N4)."""

import contextlib
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from achievements.conditions.parsing import ConditionError
from achievements.editor.building import as_text
from achievements.editor.fields import ConditionsField
from achievements.explaining.access import Asking
from achievements.explaining.crowds import sample_of
from achievements.explaining.previewing import TookTooLongError, preview
from achievements.explaining.progress import progress_of
from achievements.explaining.provenance import evidence_of
from achievements.explaining.why import explain
from achievements.models import Achievement
from achievements.pages.preview_forms import DraftForm
from achievements.pages.progress_columns import PROGRESS
from achievements.pages.views.people import asking_about, class_behind
from badges.catalogue.leading import lead_to_badges
from listing.lists import listing
from organizations.requests import Request, require

SEE, ADD, CHANGE = (f"achievements.{act}_achievement" for act in ("view", "add", "change"))
NAMES, LIVE = "names", "live"
NOT_ASKED = {NAMES, LIVE, "csrfmiddlewaretoken"}


@require_safe
def ask(request: Request, user_id: int) -> HttpResponseBase:
    """The achievements about which the person may ask for this student, with the student's progress."""
    asking = _asking(request, user_id)
    found = listing(
        request,
        asking.achievements.select_related("organization", "badge"),
        PROGRESS,
        sort="name",
        search=("name", "description", "badge__name"),
    )
    progress = {one.achievement.pk: one for one in progress_of(asking.student, list(found.page))}
    for row in found.page:
        row.progress = progress[row.pk]  # type: ignore[attr-defined]
    context = {
        "listing": found,
        "student": asking.student,
        "address": asking.address,
        "is_own": asking.student == request.user,
        "klass": class_behind(request, asking),
    }
    context["is_off"] = context["is_own"] and not asking.takes_part
    return render(request, "achievements/ask.html", context)


@require_safe
def why(request: Request, achievement_id: int, user_id: int) -> HttpResponse:
    """Why has this student not earned this achievement yet?"""
    asking = _asking(request, user_id)
    achievements = asking.achievements.select_related("organization", "badge__organization", "badge__provider")
    achievement = get_object_or_404(achievements, pk=achievement_id)
    is_own = asking.student == request.user
    lead_to_badges([achievement.badge], request.user)
    explanation = explain(achievement, asking.student, is_own=is_own)
    context = {
        "why": explanation,
        "achievement": achievement,
        "student": asking.student,
        "is_own": is_own,
        "address": asking.address,
        "opens_achievement": request.user.has_perm(SEE)
        and Achievement.objects.visible_to(request.user).filter(pk=achievement_id).exists(),
        "klass": class_behind(request, asking),
    }
    if asking.is_close:
        context["evidence"] = evidence_of(explanation.earned)
    return render(request, "achievements/why.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def preview_one(request: Request, achievement_id: int) -> HttpResponse:
    """What an achievement would award now: as it is stored or, posted from the editor, as it would be."""
    visible = Achievement.objects.visible_to(request.user).select_related("organization")
    achievement = get_object_or_404(visible, pk=achievement_id)
    if request.method != "POST":
        require(request, SEE)
        return _show_preview(request, achievement, _stored_warnings(achievement))
    require(request, CHANGE)
    return _preview_draft(request, DraftForm(request.POST, instance=achievement, user=request.user))


@require_POST
def preview_new(request: Request) -> HttpResponse:
    """What the new achievement in the editor would award now."""
    require(request, ADD)
    return _preview_draft(request, DraftForm(request.POST, user=request.user))


def _asking(request: Request, user_id: int) -> Asking:
    """404 for whoever has nothing to do with the student, 403 for who may not ask about him or her."""
    asking = asking_about(request, user_id)
    if not asking.is_allowed:
        raise PermissionDenied
    return asking


def _preview_draft(request: Request, form: DraftForm) -> HttpResponse:
    if not form.is_valid():
        # While somebody writes, what is not complete yet is no mistake.
        return _render_preview(request, {"form": form}, status=200 if LIVE in request.POST else 422)
    return _show_preview(request, form.instance, form.warnings)


def _stored_warnings(achievement: Achievement) -> list[str]:
    """What is to be warned of in conditions as they are stored; nothing of what cannot be understood."""
    field = ConditionsField()
    with contextlib.suppress(ValidationError):
        field.to_python(as_text(achievement.conditions))
    return field.warnings(achievement)


def _show_preview(request: Request, achievement: Achievement, warnings: list[str]) -> HttpResponse:
    context: dict[str, Any] = {"achievement": achievement, "warnings": warnings}
    sample = sample_of(request.POST.get(NAMES) or request.GET.get(NAMES))
    try:
        context["preview"] = preview(achievement, user=request.user, sample=sample)
    except ConditionError as error:
        context["problem"] = str(error)
    except TookTooLongError:
        context["took_too_long"] = True
    return _render_preview(request, context)


def _render_preview(request: Request, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The editor takes the fragment into its page; without a script it is a page of its own."""
    if request.htmx:
        context["is_live"] = LIVE in request.POST
        return render(request, "achievements/_preview.html", context, status=status)
    asked = [(name, value) for name, values in request.POST.lists() for value in values if name not in NOT_ASKED]
    return render(request, "achievements/preview.html", context | {"asked": asked}, status=status)
