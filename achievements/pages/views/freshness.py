"""How fresh the awards are: the page for administrators, and the answer for monitors."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from achievements.log import freshness
from achievements.log.charting import chart
from achievements.log.freshness import DAY, MONTH, delay_over
from achievements.pages.views.sweeps import SEE_SWEEPS
from operation.bounded import NoAnswerError, Question, Shared
from organizations.requests import Request, require
from organizations.roles import RUN_SWEEP


@require_safe
def page(request: Request) -> HttpResponse:
    """The one-hour promise, measured (N7)."""
    require(request, SEE_SWEEPS)
    at = timezone.now()
    now = freshness.measure(at=at)
    user, zone = request.user, timezone.get_current_timezone()
    last_day, last_month = freshness.last_day(at=at, user=user), freshness.last_month(at=at, zone=zone, user=user)
    context = {
        "freshness": now,
        "unconfirmed_since": freshness.unconfirmed_since(now),
        "day": delay_over(DAY, at=at, user=user),
        "month": delay_over(MONTH, at=at, user=user),
        "day_chart": chart("day", last_day, (_("24 hours ago"), _("12 hours ago"), _("now"))),
        "month_chart": chart("month", last_month, (_("30 days ago"), _("15 days ago"), _("today"))),
        "may_run": request.user.has_perm(RUN_SWEEP),
        "runs_in_compose": settings.PRODUCTION,
    }
    return render(request, "achievements/freshness.html", context)


@login_not_required
@require_safe
def health(_request: HttpRequest) -> JsonResponse:
    """For monitors: 200 while the promise is kept, 503 when it is late or cannot be measured. Anybody may ask, so that is
    all: how much is awarded is for those who run the place.
    """
    word = _word.answer(seconds=settings.HEALTH_KEPT)
    return JsonResponse({"sweep": word}, status=200 if word == "ok" else 503)


def _ask() -> str:
    try:
        is_late = Question(_is_late).answer(seconds=settings.HEALTH_PATIENCE)
    except (NoAnswerError, DatabaseError, InterfaceError):
        return "unknown"
    return "late" if is_late else "ok"


_word = Shared(_ask)


def _is_late() -> bool:
    return freshness.measure(at=timezone.now()).is_late
