"""The pages of the approval limit: which awards wait for an administrator, and the decision (N5)."""

from collections.abc import Iterable
from functools import partial

from django.contrib import messages
from django.db.models import FETCH_RAISE
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from achievements.conditions.parsing import ConditionError
from achievements.explaining.crowds import sample_of
from achievements.explaining.previewing import Preview, TookTooLongError, preview
from achievements.models import Hold
from achievements.pages.hold_columns import HOLDS
from achievements.pages.hold_forms import DecisionForm, HoldFilter
from achievements.sweep import approving
from listing.lists import listing
from organizations.leading import lead_to_people
from organizations.models import User
from organizations.requests import Request, page_before, require
from organizations.telling_apart import tell_apart

SEE, DECIDE = "achievements.view_hold", "achievements.change_hold"
DISABLED = gettext_lazy(
    "Nothing changed. The achievement is disabled, so no one would be awarded. Enable it first; you will be asked again "
    "if needed."
)


@require_safe
def holds(request: Request) -> HttpResponseBase:
    """What the approval limit holds, and has held."""
    require(request, SEE)
    rows = Hold.objects.visible_to(request.user).select_related("achievement__organization", "decided_by")
    found = listing(
        request,
        rows.fetch_mode(FETCH_RAISE),
        HOLDS,
        sort="-held_at",
        search=("achievement__name",),
        filterset=HoldFilter,
    )
    if found.wants_export:
        return found.export("holds", partial(_tell_apart, request.user))
    _tell_apart(request.user, found.page)
    lead_to_people([row.decided_by for row in found.page], request.user)
    return render(request, "achievements/holds.html", {"listing": found})


@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: Request, hold_id: int) -> HttpResponse:
    """Held awards: whose they would be, and approve or discard."""
    visible = Hold.objects.visible_to(request.user)
    held = get_object_or_404(visible.select_related("achievement__organization", "decided_by"), pk=hold_id)
    if request.method == "POST":
        require(request, DECIDE)
        return _decide(request, held)
    require(request, SEE)
    lead_to_people([held.decided_by], request.user)
    context = {
        "hold": held,
        "achievement": held.achievement,
        "is_waiting": held.decision == Hold.Decision.WAITING,
        "may_decide": request.user.has_perm(DECIDE),
        "preview": _preview(request, held),
    }
    return render(request, "achievements/hold.html", context)


def _tell_apart(user: User, holds: Iterable[Hold]) -> None:
    tell_apart([hold.decided_by for hold in holds], user)


def _decide(request: Request, held: Hold) -> HttpResponse:
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose Approve or Discard."))
    elif form.cleaned_data["decision"] == Hold.Decision.APPROVED:
        _approve(request, held)
    else:
        _say(
            request,
            decided=approving.discard(held, by=request.user, at=timezone.now()),
            words=_("Discarded. The achievement is disabled. No one is awarded until you enable it again."),
        )
    return redirect(page_before(request, otherwise=reverse("achievements:hold", args=[held.pk])))


def _approve(request: Request, held: Hold) -> None:
    try:
        decided = approving.approve(held, by=request.user, at=timezone.now())
    except approving.DisabledError:
        messages.error(request, DISABLED)
    else:
        _say(request, decided=decided, words=_("Approved. The next sweep gives these awards, usually within seconds."))


def _say(request: Request, *, decided: bool, words: str) -> None:
    if decided:
        messages.success(request, words)
    else:
        messages.error(request, _("Nothing changed. Someone else has already decided, or the achievement was edited."))


def _preview(request: Request, held: Hold) -> Preview | None:
    """Who would be awarded now, as far as that can be told in time."""
    try:
        if held.decision != Hold.Decision.WAITING:
            return None
        return preview(held.achievement, user=request.user, sample=sample_of(request.GET.get("names")))
    except (ConditionError, TookTooLongError):
        return None
