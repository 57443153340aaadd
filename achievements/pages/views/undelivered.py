"""The list of badges that did not arrive."""

from django.core.exceptions import PermissionDenied
from django.db.models import FETCH_RAISE, QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from achievements.log.undelivered import may_open, repairs_of, undelivered_for
from achievements.models import Achievement, UndeliveredBadge
from achievements.pages.sweep_columns import UNDELIVERED
from achievements.pages.sweep_forms import UndeliveredFilter
from badges.catalogue.leading import lead_to_badges
from badges.held.issuances import SEE_ISSUED
from listing.lists import listing
from organizations.leading import lead_to_people
from organizations.requests import Request
from organizations.roles import RETRY_ISSUED, REVOKE_ISSUED
from organizations.telling_apart import tell_apart


@require_safe
def undelivered(request: Request) -> HttpResponseBase:
    """Every badge that did not arrive, with the reason and the repair, until it is mended (N14)."""
    if not may_open(request.user):
        raise PermissionDenied
    found = listing(
        request,
        _joined(undelivered_for(request.user)),
        UNDELIVERED,
        by_ids=lambda ids: _joined(UndeliveredBadge.objects.of_ids(ids)),
        sort="student",
        search=(("student__first_name", "student__last_name"), "badge__name"),
        filterset=UndeliveredFilter,
    )
    if found.wants_export:
        return found.export("undelivered-badges", lambda rows: tell_apart([row.student for row in rows], request.user))
    shown = list(found.page)
    repairs = repairs_of(shown, request.user)
    for row in shown:
        row.repairs = repairs[row.pk]  # type: ignore[attr-defined]
    earned = [row.earned.achievement_id for row in shown if row.earned]
    people = [row.student for row in shown]
    lead_to_people(people, request.user)
    tell_apart(people, request.user)
    lead_to_badges([row.badge for row in shown], request.user)
    context = {
        "listing": found,
        "achievements_in_reach": set(
            Achievement.objects.visible_to(request.user).filter(pk__in=earned).values_list("pk", flat=True)
        ),
        "may_see_issued": request.user.has_perm(SEE_ISSUED),
        "may_act": request.user.has_perm(RETRY_ISSUED) or request.user.has_perm(REVOKE_ISSUED),
    }
    return render(request, "achievements/undelivered.html", context)


def _joined(rows: QuerySet[UndeliveredBadge]) -> QuerySet[UndeliveredBadge]:
    return rows.select_related(
        "student__organization",
        "badge__organization",
        "badge__provider__organization",
        "earned__achievement",
        "issued__provider__organization",
        "issued__provider__pace",
    ).fetch_mode(FETCH_RAISE)
