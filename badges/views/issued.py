"""Find Issued Badges, and what became of one issuance."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import FETCH_RAISE, QuerySet
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from badges import columns
from badges.forms import IssuedBadgeFilter
from badges.issuing import report_of
from badges.models import Badge, IssuanceBatch, IssuedBadge
from tms.lists import listing
from tms.models import User
from tms.requests import Request, require
from tms.roles import ISSUE_IN_ASSIGNMENTS, ISSUE_IN_CLASSES

SEE_ISSUED = "badges.view_issuedbadge"
SEE_ISSUANCE = "badges.view_issuancebatch"


@require_safe
def issued(request: Request) -> HttpResponseBase:
    """Find Issued Badges (S124)."""
    require(request, SEE_ISSUED)
    rows = IssuedBadge.objects.visible_to(request.user)
    found = listing(
        request,
        rows.select_related("badge__organization", "student__organization", "issued_by").fetch_mode(FETCH_RAISE),
        columns.ISSUED,
        sort="-issued_at",
        search=columns.ISSUED_SEARCH,
        filterset=IssuedBadgeFilter,
    )
    if found.wants_export:
        return found.export("issued-badges")
    context = {
        "listing": found,
        "badges_in_reach": _in_reach(Badge.objects.visible_to(request.user), [row.badge_id for row in found.page]),
        "batches_in_reach": _in_reach(_issuances(request), [row.batch_id for row in found.page if row.batch_id]),
        "people_in_reach": _in_reach(User.objects.visible_to(request.user), [row.student_id for row in found.page]),
    }
    return render(request, "badges/issued.html", context)


@require_safe
def issuance(request: Request, batch_id: int) -> HttpResponse:
    """The lasting page of one press of Issue (N3), for who pressed it and may issue still, and for administrators."""
    batches = IssuanceBatch.objects.visible_to(request.user).select_related("organization", "issued_by")
    batch = get_object_or_404(batches, pk=batch_id)
    if not _issuances(request).filter(pk=batch.pk).exists():
        raise PermissionDenied
    context = {
        "batch": batch,
        "report": report_of(batch),
        "may_see_issued": request.user.has_perm(SEE_ISSUED),
    }
    return render(request, "badges/issuance.html", context)


def _issuances(request: Request) -> QuerySet[IssuanceBatch]:
    """Those the person may open; the own ones while he or she may still issue, since they name students."""
    batches = IssuanceBatch.objects.visible_to(request.user)
    if request.user.has_perm(SEE_ISSUANCE):
        return batches
    may_issue = request.user.has_perm(ISSUE_IN_CLASSES) or request.user.has_perm(ISSUE_IN_ASSIGNMENTS)
    return batches.filter(issued_by=request.user) if may_issue else batches.none()


def _in_reach(rows: QuerySet[Any], ids: list[int]) -> set[int]:
    return set(rows.filter(pk__in=ids).values_list("pk", flat=True))
