"""The log of sweeps, one run, and running one now."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import FETCH_RAISE
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from achievements import columns
from achievements.forms import SweepFilter
from achievements.models import EarnedAchievement, Sweep, SweepProblem
from achievements.starting import ask_for_full_pass
from achievements.views.people import people_in_reach
from tms.lists import listing
from tms.requests import Request, require
from tms.roles import RUN_SWEEP

SEE_SWEEPS = "achievements.view_sweep"
EARNED_SHOWN = 50


@require_safe
def sweeps(request: Request) -> HttpResponseBase:
    """The log of sweeps."""
    require(request, SEE_SWEEPS)
    found = listing(
        request,
        Sweep.objects.visible_to(request.user),
        columns.SWEEPS,
        sort="-started_at",
        filterset=SweepFilter,
    )
    if found.wants_export:
        return found.export("sweeps")
    context = {"listing": found, "may_run": request.user.has_perm(RUN_SWEEP)}
    return render(request, "achievements/sweeps.html", context)


@require_safe
def sweep(request: Request, sweep_id: int) -> HttpResponse:
    """One run: its counts are of all organizations, its names only of those the person administers."""
    run = get_object_or_404(Sweep.objects.visible_to(request.user), pk=sweep_id)
    problems = SweepProblem.objects.visible_to(request.user).filter(sweep=run)
    earned = EarnedAchievement.objects.visible_to(request.user).filter(sweep=run).select_related("achievement", "user")
    newest = list(earned.order_by("-earned_at", "-pk").fetch_mode(FETCH_RAISE)[:EARNED_SHOWN])
    context = {
        "sweep": run,
        "took": columns.seconds_of(run),
        "problems": problems.select_related("achievement", "student").order_by("pk").fetch_mode(FETCH_RAISE),
        "newest": newest,
        "people_in_reach": people_in_reach(request, [row.user_id for row in newest]),
    }
    return render(request, "achievements/sweep.html", context)


@require_POST
def run_sweep(request: Request) -> HttpResponse:
    """Run now: a worker does it; the answer does not wait for it, and leads to where it can be watched."""
    if not request.user.has_perm(RUN_SWEEP):
        raise PermissionDenied
    asked = ask_for_full_pass(by=request.user, at=timezone.now())
    if not asked.is_new:
        messages.warning(request, _("A full pass is under way already. This is the one."))
    elif not asked.is_woken:
        messages.warning(
            request,
            _("The message broker does not answer.")
            + " "
            + _("Nothing is lost: the pass waits here, and begins as soon as a worker looks for work."),
        )
    return redirect("achievements:sweep", asked.sweep.pk)
