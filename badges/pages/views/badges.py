"""The pages of badges: the list, the Profile and its Edit."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import FETCH_RAISE, OuterRef
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from badges.catalogue.editing import NameTakenError, delete_badge, save_badge, switch_manual_issuance
from badges.held.leading import lead_to_sources
from badges.models import Badge, BadgeProvider, BadgeQuerySet, IssuedBadge
from badges.pages import columns
from badges.pages.badge_previews import preview_of
from badges.pages.forms import BadgeFilter, BadgeForm
from listing.downloads import EXPORT
from listing.lists import listing
from listing.naming_fields import suggestions
from operation.counting import number_of
from operation.pressing import once
from organizations.leading import lead_to_people
from organizations.models import User
from organizations.requests import Request, frame_of, page_before, require
from organizations.telling_apart import tell_apart

SEE_BADGES, ADD_BADGE, CHANGE_BADGE, DELETE_BADGE = (
    f"badges.{act}_badge" for act in ("view", "add", "change", "delete")
)
SEE_ISSUED, SEE_PROVIDERS = "badges.view_issuedbadge", "badges.view_badgeprovider"
SEE_COURSES = "courses.view_course"
SEE_ISSUANCE = "badges.view_issuancebatch"
NEWEST = 10
# What a form is sent with to be looked at, and not saved.
PREVIEW = "preview"
# The form of the list to which the switches of its lines belong.
SWITCH_FORM = "manual-issuance"


@require_safe
def list_(request: Request) -> HttpResponseBase:
    """All badges in reach."""
    require(request, SEE_BADGES)
    found = listing(
        request,
        _with_issued_count(Badge.objects.visible_to(request.user), request.user, is_exact=EXPORT in request.GET)
        .select_related("organization", "provider")
        .fetch_mode(FETCH_RAISE),
        columns.BADGES,
        sort="name",
        search=("name", "description", "provider_template_id"),
        filterset=BadgeFilter,
    )
    if found.wants_suggestions:
        return found.suggestions()
    if found.wants_export:
        return found.export("badges")
    changeable = set(_changeable(request).filter(pk__in=[row.pk for row in found.page]).values_list("pk", flat=True))
    context = {
        "listing": found,
        "changeable": changeable,
        "may_add": request.user.has_perm(ADD_BADGE),
        "most": columns.MOST_HOLDERS,
        "switch_form": SWITCH_FORM,
    }
    return render(request, "badges/list.html", context)


@require_safe
def profile(request: Request, badge_id: int) -> HttpResponse:
    """The badge's Profile (S11): facts, what leads to it, and who got it last."""
    badges = Badge.objects.visible_to(request.user).select_related("organization", "provider")
    badge = get_object_or_404(badges.fetch_mode(FETCH_RAISE), pk=badge_id)
    require(request, SEE_BADGES)
    issued = IssuedBadge.objects.visible_to(request.user).filter(badge=badge)
    newest = list(
        issued.unrefused().select_related("student").order_by("-issued_at", "-pk").fetch_mode(FETCH_RAISE)[:NEWEST]
    )
    tell_apart([row.student for row in newest], request.user)
    lead_to_people([row.student for row in newest], request.user)
    lead_to_sources(newest, request.user)
    context = {
        "frame": frame_of(request),
        "badge": badge,
        "may_change": _changeable(request).filter(pk=badge.pk).exists(),
        "may_delete": _may_delete(request, badge),
        "may_see_issued": request.user.has_perm(SEE_ISSUED),
        "sees_provider": _sees_provider(request, badge),
        "held_count": issued.held().count(),
        "newest": newest,
        # What stands above badges is reached through the badge: this app knows neither courses nor achievements.
        "opens_courses": request.user.is_staff and request.user.has_perm(SEE_COURSES),
        "courses": badge.courses.visible_to(request.user).order_by("name", "pk"),
        "achievements": badge.achievements.visible_to(request.user).order_by("name", "pk"),
        "available_to": badge.available_to.visible_to(request.user).order_by("name", "pk"),
    }
    return render(request, "badges/profile.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@once
def create(request: Request) -> HttpResponse:
    """Create Badge (S7), or draw its preview."""
    require(request, ADD_BADGE)
    if _wants_template_field(request):
        return _template_field(request, None)
    form = BadgeForm(request.POST or None, request.FILES or None, user=request.user)
    if suggested := suggestions(request, form):
        return suggested
    if form.is_valid() and PREVIEW not in request.POST and (badge := _saved(form)):
        messages.success(request, _("%(badge)s was created.") % {"badge": badge})
        return redirect("badges:profile", badge_id=badge.pk)
    return _show(request, form, {})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, badge_id: int) -> HttpResponse:
    """Edit: Basic Information and Availability (S8, S9); or draw its preview."""
    badge = _badge_to_change(request, badge_id, CHANGE_BADGE)
    if _wants_template_field(request):
        return _template_field(request, badge)
    name = badge.name
    form = BadgeForm(request.POST or None, request.FILES or None, instance=badge, user=request.user)
    if suggested := suggestions(request, form):
        return suggested
    if form.is_valid() and PREVIEW not in request.POST and _saved(form):
        messages.success(request, _("%(badge)s was saved.") % {"badge": badge})
        return redirect("badges:profile", badge_id=badge.pk)
    return _show(request, form, {"badge": badge, "name": name, "may_delete": _may_delete(request, badge)})


@require_POST
def manual_issuance(request: Request, badge_id: int) -> HttpResponse:
    """Switch Enable Manual Issuance in one press (S18). The press says to what, so that a second one changes nothing."""
    badge = _badge_to_change(request, badge_id, CHANGE_BADGE)
    is_on = request.POST.get("is_on") == "1"
    is_switched = switch_manual_issuance(badge, is_on=is_on)
    if request.htmx:
        return render(request, "badges/_manual_issuance.html", {"badge": badge, "form": SWITCH_FORM})
    if is_switched:
        on, off = (
            _("Manual issuance is now enabled for %(badge)s."),
            _("Manual issuance is now disabled for %(badge)s."),
        )
        messages.success(request, (on if is_on else off) % {"badge": badge})
    return redirect(page_before(request, otherwise=reverse("badges:profile", args=[badge.pk])))


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: Request, badge_id: int) -> HttpResponse:
    """Ask, then delete a badge that nobody was given; one that was issued stays, and the page says why."""
    badge = _badge_to_change(request, badge_id, DELETE_BADGE)
    if request.method != "POST":
        return render(request, "badges/delete.html", {"badge": badge})
    refusal = delete_badge(badge)
    if refusal:
        messages.error(request, refusal)
        return redirect("badges:profile", badge_id=badge_id)
    messages.success(request, _("%(badge)s was deleted.") % {"badge": badge})
    return redirect("badges:list")


def _badge_to_change(request: Request, badge_id: int, permission: str) -> Badge:
    """The badge, if the person may change it: 404 where it is out of sight, 403 where it is only made available."""
    badges = Badge.objects.visible_to(request.user).select_related("organization", "provider")
    badge = get_object_or_404(badges, pk=badge_id)
    require(request, permission)
    if not Badge.objects.changeable_by(request.user).filter(pk=badge_id).exists():
        raise PermissionDenied
    return badge


def _show(request: Request, form: BadgeForm, context: dict[str, Any]) -> HttpResponse:
    """The form with its preview, or, while somebody types, the preview alone, whatever is not right yet."""
    context |= {"form": form, "preview": preview_of(form)}
    if request.htmx and PREVIEW in request.POST:
        return render(request, "badges/edit.html#preview", context)
    return render(request, "badges/edit.html", context, status=422 if form.errors else 200)


def _wants_template_field(request: Request) -> bool:
    """Whether another provider was chosen in the form, so that it asks for the template's id anew."""
    return request.method == "GET" and bool(request.htmx) and "provider" in request.GET


def _template_field(request: Request, badge: Badge | None) -> HttpResponse:
    """The field alone: required or not, with the templates of the provider that is chosen now."""
    chosen = {name: request.GET.get(name, "") for name in ("provider", "provider_template_id")}
    form = BadgeForm(instance=badge, initial=chosen, user=request.user)
    return render(request, "badges/edit.html#template", {"form": form})


def _changeable(request: Request) -> BadgeQuerySet:
    """The badges that have an Edit link."""
    return Badge.objects.changeable_by(request.user) if request.user.has_perm(CHANGE_BADGE) else Badge.objects.none()


def _sees_provider(request: Request, badge: Badge) -> bool:
    providers = BadgeProvider.objects.visible_to(request.user).filter(pk=badge.provider_id)
    return request.user.has_perm(SEE_PROVIDERS) and providers.exists()


def _may_delete(request: Request, badge: Badge) -> bool:
    changeable = Badge.objects.changeable_by(request.user).filter(pk=badge.pk)
    return request.user.has_perm(DELETE_BADGE) and changeable.exists()


def _saved(form: BadgeForm) -> Badge | None:
    """The saved badge; None, and an error of the form, when its name was taken at the last moment."""
    try:
        return save_badge(form.save)
    except NameTakenError:
        form.refuse_name()
        return None


def _with_issued_count(badges: BadgeQuerySet, user: User, *, is_exact: bool) -> Any:
    """Each badge with `issued_count`: how many people in the user's reach hold it; one more than MOST_HOLDERS for more."""
    held = IssuedBadge.objects.visible_to(user).held().filter(badge=OuterRef("pk"))
    return badges.annotate(issued_count=number_of(held, most=None if is_exact else columns.MOST_HOLDERS))
