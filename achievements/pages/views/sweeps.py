"""The log of sweeps, one run with what it awarded and what went wrong, and running one now."""

from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import FETCH_RAISE, QuerySet
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from achievements.log import freshness
from achievements.log.sweep_reports import (
    awards_of,
    counted_for,
    log_for,
    news_of,
    problems_of,
    progress_of,
    sweeps_for,
    totals_of,
    with_badge,
)
from achievements.log.undelivered import may_open, still_open
from achievements.models import Achievement, EarnedAchievement, Sweep
from achievements.pages import sweep_columns
from achievements.pages.forms import SweepFilter
from achievements.pages.sweep_forms import AwardFilter, ProblemFilter
from achievements.pages.views.people import people_in_reach
from achievements.sweep import underway
from achievements.sweep.starting import ask_for_full_sweep, look_at_organizations
from listing.downloads import EXPORT
from listing.lists import listing
from organizations.access import managed_organizations
from organizations.models import User
from organizations.requests import Request, require
from organizations.roles import RUN_SWEEP
from organizations.telling_apart import tell_apart

SEE_SWEEPS = "achievements.view_sweep"
PROGRESS_SECONDS = 1
REST = 20  # times as long as it takes to count, until a page that watches a long run counts again
SHOWN = 200


@require_safe
def sweeps(request: Request) -> HttpResponseBase:
    """The log of sweeps."""
    require(request, SEE_SWEEPS)
    most = None if EXPORT in request.GET else sweep_columns.MOST_EARNED
    found = listing(
        request,
        _started(log_for(request.user, most_earned=most)),
        sweep_columns.SWEEPS if request.user.is_superuser else sweep_columns.SWEEPS_OF_OWN,
        by_ids=lambda ids: _started(_counted(request.user, Sweep.objects.filter(pk__in=ids))),
        sort="-started_at",
        filterset=SweepFilter,
    )
    if found.wants_export:
        return found.export("sweeps")
    context = {
        "listing": found,
        "most": sweep_columns.MOST_EARNED,
        "people_in_reach": people_in_reach(request, [row.started_by for row in found.page]),
        "at_work": underway.at_work_among(found.page),
        "freshness": freshness.measure(at=timezone.now()),
        "may_run": request.user.has_perm(RUN_SWEEP),
        "opens_undelivered": may_open(request.user),
    }
    return render(request, "achievements/sweeps.html", context)


@require_safe
def sweep(request: Request, sweep_id: int) -> HttpResponse:
    """One run: its counts and its names are of the organizations that the person administers."""
    run = _sweep_in_reach(request, sweep_id)
    began = monotonic()
    news = news_of(run, user=request.user)
    totals = totals_of(run, news, user=request.user)
    context = {
        "sweep": run,
        "progress": progress_of(run, at=timezone.now()),
        "seconds": max(PROGRESS_SECONDS, round(REST * (monotonic() - began))),
        "totals": totals,
        "still_open": still_open(run, user=request.user) if totals.failed else None,
        "opens_undelivered": may_open(request.user),
        "sees_all": request.user.is_superuser,
        "news": news[:SHOWN],
        "news_left": max(len(news) - SHOWN, 0),
        "achievements_in_reach": _achievements_in_reach(request, [one.achievement.pk for one in news[:SHOWN]]),
        "people_in_reach": people_in_reach(request, [run.started_by]),
        "may_run": request.user.has_perm(RUN_SWEEP),
        "runs_in_compose": settings.PRODUCTION,
    }
    return render(request, f"achievements/sweep.html{'#run' if request.htmx else ''}", context)


@require_safe
def sweep_awards(request: Request, sweep_id: int) -> HttpResponseBase:
    """Everything that one run awarded, with a link to each badge."""
    run = _sweep_in_reach(request, sweep_id)

    def by_ids(ids: Sequence[int]) -> QuerySet[EarnedAchievement]:
        return _joined(with_badge(request.user, EarnedAchievement.objects.filter(pk__in=ids)))

    return _list_of(
        request,
        run,
        _joined(awards_of(run, user=request.user)),
        "awards",
        by_ids=by_ids,
        columns=sweep_columns.AWARDS,
        filterset=AwardFilter,
        person_of=lambda row: row.user,
    )


@require_safe
def sweep_problems(request: Request, sweep_id: int) -> HttpResponseBase:
    """Everything that went wrong in one run, with the reasons."""
    run = _sweep_in_reach(request, sweep_id)
    problems = problems_of(run, user=request.user).select_related("achievement", "student").fetch_mode(FETCH_RAISE)
    return _list_of(
        request,
        run,
        problems,
        "problems",
        columns=sweep_columns.PROBLEMS,
        filterset=ProblemFilter,
        person_of=lambda row: row.student,
    )


@require_POST
def run_sweep(request: Request) -> HttpResponse:
    """Run now: a worker does it; the answer does not wait for it, and leads to where it can be watched.

    Everybody is a superuser's to look at; who administers some organizations has those looked at.
    """
    if not request.user.has_perm(RUN_SWEEP):
        raise PermissionDenied
    if not request.user.is_superuser:
        look_at_organizations(managed_organizations(request.user))
        messages.success(request, _("We are checking your organizations now. This usually takes seconds."))
        return redirect("achievements:sweeps")
    asked = ask_for_full_sweep(by=request.user, at=timezone.now())
    if not asked.is_new:
        messages.warning(request, _("A full sweep is already running. This is it."))
    elif not asked.is_woken:
        messages.warning(
            request,
            _("The message broker does not answer.")
            + " "
            + _("Nothing is lost. The sweep waits here and starts as soon as a worker is free."),
        )
    return redirect("achievements:sweep", asked.sweep.pk)


def _sweep_in_reach(request: Request, sweep_id: int) -> Sweep:
    return get_object_or_404(_started(sweeps_for(request.user)), pk=sweep_id)


def _joined(awards: QuerySet[EarnedAchievement]) -> QuerySet[EarnedAchievement]:
    return awards.select_related("achievement__badge", "user").fetch_mode(FETCH_RAISE)


def _started(sweeps: QuerySet[Sweep]) -> QuerySet[Sweep]:
    return sweeps.select_related("started_by").fetch_mode(FETCH_RAISE)


def _counted(user: User, sweeps: QuerySet[Sweep]) -> QuerySet[Sweep]:
    """With what the columns of the reader say, which are a superuser's own."""
    return sweeps if user.is_superuser else counted_for(user, sweeps, most_earned=sweep_columns.MOST_EARNED)


def _achievements_in_reach(request: Request, ids: Iterable[int]) -> set[int]:
    """Those whose page the person may open."""
    return set(Achievement.objects.visible_to(request.user).filter(pk__in=ids).values_list("pk", flat=True))


def _list_of(
    request: Request,
    run: Sweep,
    rows: Any,
    name: str,
    *,
    columns: Any,
    filterset: Any,
    person_of: Callable[[Any], User | None],
    by_ids: Any = None,
) -> HttpResponseBase:
    """One of the two long lists of a run."""
    found = listing(request, rows, columns, sort="achievement", filterset=filterset, by_ids=by_ids)
    if found.wants_suggestions:
        return found.suggestions()
    if found.wants_export:
        return found.export(
            f"sweep-{run.pk}-{name}", lambda rows: tell_apart([person_of(row) for row in rows], request.user)
        )
    context = {
        "sweep": run,
        "listing": found,
        "people_in_reach": people_in_reach(request, [person_of(row) for row in found.page]),
        "achievements_in_reach": _achievements_in_reach(request, [row.achievement_id for row in found.page]),
    }
    return render(request, f"achievements/sweep_{name}.html", context)
