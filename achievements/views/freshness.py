"""How fresh the awards are: the page for administrators, and the answer for monitors."""

from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from achievements import freshness
from achievements.charting import chart
from achievements.freshness import DAY, MONTH, lag_over
from achievements.views.sweeps import SEE_SWEEPS
from tms.requests import Request, require
from tms.roles import RUN_SWEEP

# Anybody may ask, and counting a million awards takes half a second.
LAGS, LAGS_KEPT = "achievements.lags", 15  # seconds

type Numbers = dict[str, float | None]


@require_safe
def page(request: Request) -> HttpResponse:
    """The one-hour promise, measured (N7)."""
    require(request, SEE_SWEEPS)
    at = timezone.now()
    now = freshness.measure(at=at)
    last_day, last_month = freshness.last_day(at=at), freshness.last_month(at=at, zone=timezone.get_current_timezone())
    context = {
        "freshness": now,
        "unconfirmed_since": freshness.unconfirmed_since(now),
        "day": lag_over(DAY, at=at),
        "month": lag_over(MONTH, at=at),
        "day_chart": chart("day", last_day, (_("24 hours ago"), _("12 hours ago"), _("now"))),
        "month_chart": chart("month", last_month, (_("30 days ago"), _("15 days ago"), _("today"))),
        "may_run": request.user.has_perm(RUN_SWEEP),
    }
    return render(request, "achievements/freshness.html", context)


@login_not_required
@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """For monitors: 200 while the promise is kept, 503 when it is late or cannot be measured. Numbers only, no names."""
    at = timezone.now()
    try:
        now = freshness.measure(at=at)
        lags: dict[str, Numbers] = cache.get_or_set(LAGS, lambda: _lags(at), LAGS_KEPT) or {}
    except DatabaseError:
        return JsonResponse({"sweep": "unknown"}, status=503)
    facts = {
        "sweep": "late" if now.is_late else "ok",
        "late_because": [name for name, is_late in _reasons(now).items() if is_late],
        "last_full_pass": _moment(now.last.finished_at if now.last else None),
        "last_full_pass_age_seconds": _seconds(now.age),
        "is_running": now.running is not None,
        "next_full_pass": _moment(now.next_at),
        "oldest_waiting": _moment(now.oldest_waiting_at),
        "oldest_waiting_seconds": _seconds(now.waited),
        **lags,
    }
    return JsonResponse(facts, status=503 if now.is_late else 200)


def _lags(at: datetime) -> dict[str, Numbers]:
    return {"lag_24_hours": _lag(lag_over(DAY, at=at)), "lag_30_days": _lag(lag_over(MONTH, at=at))}


def _reasons(now: freshness.Freshness) -> dict[str, bool]:
    return {"full_pass": now.is_pass_late, "waiting_record": now.is_queue_late}


def _lag(lag: freshness.Lag) -> Numbers:
    return {"awards": lag.awards, "p95_seconds": _seconds(lag.p95), "worst_seconds": _seconds(lag.worst)}


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else round(length.total_seconds(), 1)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
