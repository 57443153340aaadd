"""Find Issued Badges, and the page of one issued badge."""

from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.db.models import FETCH_RAISE, QuerySet
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from badges.delivery.standstills import standstill_of
from badges.held import results
from badges.held.acting import actions_for
from badges.held.issuances import is_reissued, issuances_of, origin_of
from badges.held.leading import lead_to_sources
from badges.issuing.grounds import grounds_of
from badges.issuing.reports import failure_of
from badges.models import Badge, IssuedBadge, IssuedBadgeQuerySet, Via
from badges.pages import columns
from badges.pages.forms import IssuedBadgeFilter
from badges.providers.opening import capabilities_of
from badges.public.links import public_address
from badges.public.publishing import address_to_accept
from listing.lists import Choice, Listing, listing
from operation.web_addresses import web_address
from organizations.leading import lead_to_people
from organizations.models import User
from organizations.requests import Request, frame_of, require
from organizations.roles import RETRY_ISSUED, REVOKE_ISSUED
from organizations.telling_apart import tell_apart

SEE_ISSUED, SEE_EARNED = "badges.view_issuedbadge", "achievements.view_earnedachievement"


@require_safe
def issued(request: Request) -> HttpResponseBase:
    """Find Issued Badges (S124)."""
    require(request, SEE_ISSUED)
    may_retry, may_revoke = request.user.has_perm(RETRY_ISSUED), request.user.has_perm(REVOKE_ISSUED)
    choice = Choice("issued", form="chosen", of_page=True, words=_words)
    found = find(request, choose=choice if may_retry or may_revoke else None)
    if found.wants_suggestions:
        return found.suggestions()
    if found.wants_export:
        return found.export("issued-badges", partial(_tell_apart, request.user))
    rows = found.page
    _tell_apart(request.user, rows)
    lead_to_people([person for row in rows for person in _people(row)], request.user)
    lead_to_sources(rows, request.user)
    context = {
        "listing": found,
        "badges_in_reach": _in_reach(Badge.objects.visible_to(request.user), [row.badge_id for row in rows]),
        "batches_in_reach": _in_reach(issuances_of(request.user), [row.batch_id for row in rows if row.batch_id]),
        "may_retry": may_retry,
        "may_revoke": may_revoke,
    }
    return render(request, "badges/issued.html", context)


@require_safe
def issued_badge(request: Request, issued_id: int) -> HttpResponse:
    """Everything about one issued badge (N9): who, what, when, from where, on what, and where it stands."""
    rows = _joined(request.user).select_related("batch__organization", "letter")
    row = get_object_or_404(rows, pk=issued_id)
    require(request, SEE_ISSUED)
    if request.htmx and request.GET.get("seen") == results.seen_of(row):
        return HttpResponse(status=204)  # nothing new: what is on the page stays, with the focus in it
    _tell_apart(request.user, [row])
    lead_to_people(_people(row), request.user)
    context = {
        "frame": frame_of(request),
        "issued": row,
        "can": capabilities_of(row.provider),
        "seen": results.seen_of(row),
        "seconds": results.look_again(row, at=timezone.now()),
        "failure": failure_of(row),
        "standstill": standstill_of(row, request.user),
        "actions": actions_for(row, request.user),
        "page": public_address(row),
        "link": web_address(row.link),
        "accept": address_to_accept(row) if row.student_id == request.user.pk else "",
        "waits_at": urlsplit(address_to_accept(row)).hostname,
        "letter": getattr(row, "letter", None),
        "sees_badge": Badge.objects.visible_to(request.user).filter(pk=row.badge_id).exists(),
        "sees_student": User.objects.visible_to(request.user).filter(pk=row.student_id).exists(),
        "origin": origin_of(row.batch, request.user) if row.batch else None,
        "is_reissued": is_reissued(row),
        "sees_batch": row.batch_id is not None and issuances_of(request.user).filter(pk=row.batch_id).exists(),
        # What stands above badges is reached through the badge: this app knows no achievements.
        "achievement": _achievement(row, request.user),
        "sees_evidence": request.user.has_perm(SEE_EARNED),
        "grounds": grounds_of([row])[row.pk],
        "others": _others(row, request.user),
    }
    return render(request, "badges/issued_badge.html", context)


def find(request: Request, *, choose: Choice | None = None) -> Listing[IssuedBadge]:
    """The issued badges in sight that the query of the request's address asks for."""
    return listing(
        request,
        _joined(request.user),
        columns.ISSUED,
        sort="-issued_at",
        search=columns.issued_search(request.user),
        filterset=IssuedBadgeFilter,
        choose=choose,
    )


def _words(row: IssuedBadge) -> str:
    return _("%(badge)s of %(student)s") % {"badge": row.badge, "student": row.student}


def _tell_apart(user: User, rows: Iterable[Any]) -> None:
    tell_apart([person for row in rows for person in _people(row)], user)


def _people(row: Any) -> list[User | None]:
    """Those whom the list names in this row."""
    issuer = row.issued_by if row.tells_issuer else None
    return [row.student, issuer, row.revoked_by if row.tells_revoker else None]


def _joined(user: User) -> Any:
    rows = IssuedBadge.objects.visible_to(user).as_told_to(user)
    joined = rows.select_related("badge__organization", "provider", "student__organization", "issued_by", "revoked_by")
    return joined.fetch_mode(FETCH_RAISE)


def _achievement(row: IssuedBadge, user: User) -> Any:
    """The achievement that earned the badge, if it is still there and within reach."""
    if row.via != Via.ACHIEVEMENT or row.source_id is None:
        return None
    return row.badge.achievements.visible_to(user).filter(pk=row.source_id).first()


def _others(row: IssuedBadge, user: User) -> IssuedBadgeQuerySet:
    """The same student's other rows for the same badge: those revoked before, or the one issued after."""
    visible = IssuedBadge.objects.visible_to(user)
    return visible.filter(badge=row.badge_id, student=row.student_id).exclude(pk=row.pk).order_by("-issued_at", "-pk")


def _in_reach(rows: QuerySet[Any], ids: list[int]) -> set[int]:
    return set(rows.filter(pk__in=ids).values_list("pk", flat=True))
