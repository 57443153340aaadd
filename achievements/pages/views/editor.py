"""The editor of achievements: its pages, the builder of conditions in it, and the dialogs that choose for it."""

from collections.abc import Sequence
from typing import Any, Literal

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import FETCH_RAISE
from django.http import Http404
from django.http.response import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import reswap, retarget

from achievements.conditions.reach import within_reach
from achievements.definitions.editing import MeanwhileError, is_name_taken, save_achievement
from achievements.definitions.sentences import EXPLAINED
from achievements.editor.builder_lines import drawn
from achievements.editor.building import ID_FIELDS, Side, of_request, with_ids
from achievements.editor.history import changed_fields, label_of, told
from achievements.models import AchievementChange
from achievements.pages import columns
from achievements.pages.forms import AchievementForm
from achievements.pages.preview_forms import DraftForm
from achievements.pages.views.fetching import CHANGE, achievement_in_reach
from badges.models import Badge
from listing.chosen import is_id, numbers
from listing.lists import Choice, listing
from listing.naming import SUGGEST
from listing.naming_fields import suggestions
from operation.pressing import once
from organizations.access import managed_organizations
from organizations.models import Organization
from organizations.requests import Request, require
from organizations.telling_apart import tell_apart

ADD = "achievements.add_achievement"
_TITLES = {
    "lab_ids": (gettext_lazy("Choose Labs"), gettext_lazy("Labs")),
    "course_ids": (gettext_lazy("Choose Courses"), gettext_lazy("Courses")),
    "tag_ids": (gettext_lazy("Choose Tags"), gettext_lazy("Course tags")),
    "achievement_ids": (gettext_lazy("Choose Achievements"), gettext_lazy("Achievements")),
}


@require_http_methods(["GET", "HEAD", "POST"])
@once
def create(request: Request) -> HttpResponse:
    """Create Achievement (S49, S50)."""
    require(request, ADD)
    form = AchievementForm(request.POST or None, initial=_asked_for(request), user=request.user)
    if suggested := suggestions(request, form):
        return suggested
    if "act" in request.POST:
        form.act(request.POST["act"])
    elif form.is_valid() and _is_saved(request, form):
        return redirect("achievements:details", achievement_id=form.instance.pk)
    return _show(request, form, {})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, achievement_id: int) -> HttpResponse:
    """Edit: who earns it, and Basic Information; also how a badge is added later (S56).

    If another user saved first, the page shows what changed; saving again overwrites it.
    """
    achievement = achievement_in_reach(request, achievement_id, CHANGE)
    context: dict[str, Any] = {"achievement": achievement, "name": achievement.name}
    form = AchievementForm(request.POST or None, instance=achievement, initial=_asked_for(request), user=request.user)
    if suggested := suggestions(request, form):
        return suggested
    try:
        if "act" in request.POST:
            form.act(request.POST["act"])
        elif form.is_valid() and _is_saved(request, form):
            return redirect("achievements:details", achievement_id=achievement.pk)
    except MeanwhileError as meanwhile:
        context |= _told(request, meanwhile.changes, form)
        form = form.after(meanwhile.changes)
    return _show(request, form, context)


@require_POST
def conditions(request: Request) -> HttpResponse:
    """The builder drawn anew after something was changed in it; nothing is saved.

    What is being typed into a row stays as it is: only what is said of it is replaced. A draft that is put back
    (js/drafts.js) asks with an act that changes nothing.
    """
    _require_editor(request)
    act, name = request.POST.get("act", ""), request.POST.get("choose-name", "")
    builder = of_request(request.POST, act)
    if name:
        ids = numbers(request.POST.getlist("choose"))
        if not ids:
            refused = render(request, "tms/_refusals.html", {"errors": [_("Choose at least one first.")]}, status=422)
            return _into(refused, "#refusals", "outerHTML")
        row = request.POST.get("choose-row", "")
        builder = with_ids(request.POST, row=int(row) if is_id(row) else -1, name=name, ids=ids)
    shown = drawn(builder, _organization(request), achievement_id=_edited(request), act=act)
    if request.htmx.trigger == "choose-badge-link":
        context = {"shown": shown, "form": AchievementForm(request.POST, user=request.user)}
        return render(request, "achievements/_builder.html#badge_field", context)
    if builder.side is Side.ROWS and not act and not name:
        return reswap(render(request, "achievements/_builder.html#said", {"shown": shown}), "none")
    return render(request, "achievements/_builder.html#answer", {"shown": shown})


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: Request, organization_id: int, row: int, name: str) -> HttpResponse:
    """Choose Lab, Choose Course, Choose Tag, Choose Achievement: what the ids of a row may stand for.

    POST turns the list.
    """
    organization = _managed(request, organization_id)
    if name not in ID_FIELDS:
        raise Http404
    rows = within_reach(ID_FIELDS[name], organization).select_related("organization").fetch_mode(FETCH_RAISE)
    has_number = name in {"lab_ids", "course_ids"}
    found = listing(
        request,
        rows,
        columns.possible_ids(has_number=has_number),
        sort="name",
        search=(("name", "number"),) if has_number else ("name",),
        choose=Choice("choose", form="choose"),
        name="choose-ids",
    )
    title, caption = _TITLES[name]
    context = {
        "listing": found,
        "title": title,
        "caption": caption,
        "organization": organization,
        "row": row,
        "name": name,
    }
    return render(request, _page_or_dialog(request, "achievements/choose.html"), context)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_badge(request: Request, organization_id: int) -> HttpResponse:
    """Choose Badge for an achievement of this organization (S50, S56); POST answers the field with it."""
    organization = _managed(request, organization_id)
    badges = Badge.objects.visible_to(request.user) & Badge.objects.usable_by(organization.pk)
    ids = numbers(request.POST.getlist("badge"))[-1:]
    if request.method == "POST" and badges.filter(pk__in=ids).exists():
        form = AchievementForm(initial={"badge": ids[0], "organization": organization.pk}, user=request.user)
        return render(request, "achievements/choose_badge.html#field", {"form": form})
    found = listing(
        request,
        badges.select_related("organization"),
        columns.BADGES_TO_CHOOSE,
        sort="name",
        search=("name",),
        choose=Choice("badge", form="choose", many=False),
        chosen=ids,
        name="choose-badges",
    )
    context: dict[str, Any] = {"listing": found, "organization": organization}
    template = _page_or_dialog(request, "achievements/choose_badge.html")
    if request.method != "POST":
        return render(request, template, context)
    refused = _("This badge is not available here. Choose another one.") if ids else _("Choose a badge first.")
    return _into(render(request, template, context | {"refusals": [refused]}, status=422), "#dialog", "innerHTML")


def _into(response: HttpResponse, target: str, swap: Literal["innerHTML", "outerHTML"]) -> HttpResponse:
    """The answer to another part of the page than the one that the form is for."""
    return reswap(retarget(response, target), swap)


def _show(request: Request, form: AchievementForm, context: dict[str, Any]) -> HttpResponse:
    """The editor: 422 with errors, 409 where somebody saved meanwhile."""
    pk = form.instance.pk
    act, is_refused = request.POST.get("act", ""), bool(form.errors)
    shown = drawn(form.builder, form.owner, achievement_id=pk, act=act, is_refused=is_refused)
    context |= {"form": form, "shown": shown, "explained": EXPLAINED, "decisive": DraftForm.base_fields}
    context["untold"] = shown.untold(form.errors.get("conditions", []))
    status = 409 if "meanwhile" in context else 422 if form.errors else 200
    return render(request, "achievements/edit.html", context, status=status)


def _is_saved(request: Request, form: AchievementForm) -> bool:
    """Save by the rule, and say so with what the parser warns of; False when the name was taken at the last moment."""
    try:
        save_achievement(form.instance, by=request.user, at=timezone.now(), seen=form.cleaned_data["seen"])
    except IntegrityError as error:
        if not is_name_taken(error):
            raise
        form.refuse_name()
        return False
    for warning in form.warnings:
        messages.warning(request, warning)
    said = _("%(achievement)s was saved. Everyone who qualifies will be awarded shortly.")
    if not form.instance.is_enabled:
        said = _("%(achievement)s was saved. No one is awarded until you enable it.")
    messages.success(request, said % {"achievement": form.instance})
    return True


def _told(request: Request, changes: Sequence[AchievementChange], form: AchievementForm) -> dict[str, Any]:
    """What others did meanwhile, and the fields in which the form says something else."""
    tell_apart([change.changed_by for change in changes], request.user)
    both = [name for name in form.changed_data if name in changed_fields(changes)]
    return {"meanwhile": [told(change) for change in changes], "both": [label_of(name) for name in both]}


def _require_editor(request: Request) -> None:
    if not request.user.has_perm(ADD) and not request.user.has_perm(CHANGE):
        raise PermissionDenied


def _managed(request: Request, organization_id: int) -> Organization:
    """The organization whose achievement is edited: 404 out of sight, 403 for who may edit none."""
    organization = get_object_or_404(managed_organizations(request.user), pk=organization_id)
    _require_editor(request)
    return organization


def _asked_for(request: Request) -> dict[str, str]:
    """The organization that is chosen on the page, where it asks for the names of badges."""
    chosen = request.GET.get("organization", "")
    return {"organization": chosen} if SUGGEST in request.GET and is_id(chosen) else {}


def _organization(request: Request) -> Organization | None:
    chosen = request.POST.get("organization", "")
    return managed_organizations(request.user).filter(pk=chosen).first() if is_id(chosen) else None


def _edited(request: Request) -> int | None:
    """The achievement being edited, which may not wait for itself; a forged one only changes what is said of its id."""
    pk = request.POST.get("achievement", "")
    return int(pk) if is_id(pk) else None


def _page_or_dialog(request: Request, template: str) -> str:
    return f"{template}#dialog" if request.htmx else template
