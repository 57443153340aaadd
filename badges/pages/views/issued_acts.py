"""What is done to issued badges: Retry, Revoke, issue again, Send Again, another address (N13)."""

import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import FETCH_RAISE, prefetch_related_objects
from django.http import Http404
from django.http.response import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from badges.delivery import rounds
from badges.held import revoking
from badges.held.acting import actions_for, knows_address, managed_by, retry_plan, revocation_plan
from badges.held.offering import remember
from badges.held.reissuing import issue_again, refusal_of
from badges.held.revoking import Kept
from badges.issuing.letter_pauses import TooSoonError, refusal_of_telling
from badges.issuing.obstacles import closed_account
from badges.models import IssuedBadge
from badges.pages.issued_forms import ChosenForm, ReaddressForm, ReissueForm, RevokeForm
from badges.pages.views.issued import find
from badges.pages.views.words import going_again, list_of, not_going_again
from badges.providers.opening import capabilities_of
from listing.chosen import ALL_FOUND, MOST_AT_ONCE
from organizations.leading import lead_to_people
from organizations.requests import Request, page_before, require
from organizations.roles import RETRY_ISSUED, REVOKE_ISSUED
from organizations.telling_apart import tell_apart

# How many lines of each list the pages of a revocation show; more are said in a number.
LINES_SHOWN = 100


@require_POST
def retry(request: Request) -> HttpResponse:
    """Retry the deliveries that failed, one, many, or all that the list finds."""
    require(request, RETRY_ISSUED)
    back = page_before(request, otherwise=reverse("badges:issued"))
    form = _chosen(request)
    if not form.is_valid():
        messages.warning(request, form.refusal)
        return redirect(back)
    plan = retry_plan(_visible(request, form.cleaned_data["issued"]), request.user)
    ids = [row.pk for row in plan.retriable]
    if count := rounds.retry(IssuedBadge.objects.filter(pk__in=ids)):
        is_from_list = urlsplit(back).path == reverse("badges:issued")
        messages.success(request, going_again(count, show=ids if is_from_list else ()))
    tell_apart([failure.pair.student for failure in plan.left], request.user)
    for words in not_going_again(plan.left):
        messages.warning(request, words)
    return redirect(back)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: Request) -> HttpResponse:
    """Revoke one or many: first what will be revoked, and a reason; then what was, and what was kept and why."""
    require(request, REVOKE_ISSUED)
    back = page_before(request, otherwise=reverse("badges:issued"))
    form = _chosen(request)
    if not form.is_valid():
        messages.warning(request, form.refusal)
        return redirect(back)
    plan = revocation_plan(_visible(request, form.cleaned_data["issued"]), request.user)
    if not plan.revocable and all(not kept.issued.is_revoked for kept in plan.kept):
        raise PermissionDenied
    reason = RevokeForm(request.POST if "reason" in request.POST else None)  # the list's own press has none
    if not reason.is_valid():
        context = _lines(request, plan.revocable, plan.kept) | {
            "ids": ",".join(map(str, form.cleaned_data["issued"])),
            "form": reason,
            "back": back,
        }
        return render(request, "badges/revoke.html", context, status=422 if reason.errors else 200)
    words = reason.cleaned_data["reason"]
    report = revoking.revoke(plan.revocable, by=request.user, reason=words, at=timezone.now())
    context = _lines(request, report.revoked, [*report.kept, *plan.kept]) | {"reason": words, "back": back}
    return render(request, "badges/revoked.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def reissue(request: Request, issued_id: int) -> HttpResponse:
    """Issue a revoked badge again to the same student, by the rules of issuing by hand."""
    row = _to_act_on(request, issued_id, REVOKE_ISSUED)
    form = ReissueForm(request.POST or None, initial={"key": uuid.uuid4()})
    refusal = ""
    if form.is_valid():
        answer = issue_again(row, by=request.user, at=timezone.now(), key=form.cleaned_data["key"])
        if answer.issued is not None:
            remember(request, answer.issued.batch_id, row.badge.organization)
            say = messages.warning if answer.is_refused else messages.success
            say(request, answer.words)
            return redirect("badges:issued_badge", issued_id=answer.issued.pk)
        refusal = answer.words
    context = {
        "issued": row,
        "form": form,
        "refusal": refusal or refusal_of(row),
        "knows_address": knows_address(row, request.user),
    }
    return render(request, "badges/reissue.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def resend(request: Request, issued_id: int) -> HttpResponse:
    """Send Again: ask, for a provider that writes the letter issues anew; then the student is told once more."""
    row = _to_act_on(request, issued_id, RETRY_ISSUED)
    if request.method != "POST":
        pause = refusal_of_telling(row, at=timezone.now())
        context = {
            "issued": row,
            "can_resend": not pause and actions_for(row, request.user).can_resend,
            "is_issued_anew": capabilities_of(row.provider).writes_letters,
            "words": pause or _why_not_again(row),
            "knows_address": knows_address(row, request.user),
        }
        return render(request, "badges/resend.html", context)
    try:
        fresh = revoking.resend(row, by=request.user, at=timezone.now())
    except revoking.NotPendingError:
        messages.error(request, _why_not_again(row))
        return redirect("badges:issued_badge", issued_id=row.pk)
    except TooSoonError as error:
        messages.warning(request, str(error))
        return redirect("badges:issued_badge", issued_id=row.pk)
    messages.success(request, _("We will e-mail %(student)s about this badge again.") % {"student": row.student})
    return redirect("badges:issued_badge", issued_id=fresh.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def readdress(request: Request, issued_id: int) -> HttpResponse:
    """Give a badge that waits for its student to another e-mail address."""
    row = _to_act_on(request, issued_id, RETRY_ISSUED)
    if not knows_address(row, request.user):
        raise PermissionDenied
    form = ReaddressForm(request.POST or None, now=row.recipient_email)
    pause = refusal_of_telling(row, at=timezone.now()) if row.external_id else ""
    is_waiting = not pause and actions_for(row, request.user).can_readdress
    if form.is_valid():
        email = form.cleaned_data["email"]
        try:
            fresh = revoking.readdress(row, email=email, by=request.user, at=timezone.now())
        except revoking.NotPendingError:
            messages.error(request, _not_waiting(row))
            return redirect("badges:issued_badge", issued_id=row.pk)
        except TooSoonError as error:
            messages.warning(request, str(error))
            return redirect("badges:issued_badge", issued_id=row.pk)
        messages.success(request, _("The badge will be sent to %(email)s.") % {"email": email})
        return redirect("badges:issued_badge", issued_id=fresh.pk)
    context = {"issued": row, "form": form, "is_waiting": is_waiting, "words": pause or _not_waiting(row)}
    return render(request, "badges/readdress.html", context, status=422 if form.errors else 200)


def _chosen(request: Request) -> ChosenForm:
    """The ticked lines; with the box for it, all that the list finds for the query of the address."""
    if ALL_FOUND not in request.POST:
        return ChosenForm(request.POST if request.method == "POST" else request.GET)
    return ChosenForm({"issued": find(request).queryset.values_list("pk", flat=True)[: MOST_AT_ONCE + 1]})


def _lines(request: Request, rows: list[IssuedBadge], kept: list[Kept]) -> dict[str, Any]:
    """What a page of a revocation lists: so many lines of each, and how many more there are."""
    shown = [*rows[:LINES_SHOWN], *(one.issued for one in kept[:LINES_SHOWN])]
    prefetch_related_objects(shown, "badge", "student", "revoked_by")
    tell_apart([row.student for row in shown], request.user)
    lead_to_people([row.student for row in shown], request.user)
    return {
        "count": len(rows),
        "rows": rows[:LINES_SHOWN],
        "rows_left": _left([row.pk for row in rows]),
        "kept": kept[:LINES_SHOWN],
        "kept_left": _left([one.issued.pk for one in kept]),
    }


def _left(ids: list[int]) -> dict[str, Any]:
    """How many of these a page does not list, and where they are listed."""
    left = ids[LINES_SHOWN:]
    return {"count": len(left), "address": list_of(left, otherwise=IssuedBadge.Standing.REVOKED)} if left else {}


def _visible(request: Request, ids: Iterable[int]) -> list[IssuedBadge]:
    """The chosen rows that are in sight, as they stand in the list; 404 when none is."""
    rows = IssuedBadge.objects.visible_to(request.user).filter(pk__in=ids)
    joined = rows.select_related("badge__organization", "badge__provider", "student", "provider")
    found = list(joined.order_by("-issued_at", "-pk").fetch_mode(FETCH_RAISE))
    if not found:
        raise Http404
    return found


def _to_act_on(request: Request, issued_id: int, permission: str) -> IssuedBadge:
    """The row: 404 out of sight, 403 without the permission or outside the organizations the person manages."""
    rows = IssuedBadge.objects.visible_to(request.user).as_told_to(request.user)
    row = get_object_or_404(rows.select_related("badge__organization", "student", "provider"), pk=issued_id)
    require(request, permission)
    if not managed_by(request.user).filter(pk=row.pk).exists():
        raise PermissionDenied
    return row


def _why_not_again(row: IssuedBadge) -> str:
    """Why nobody is told of the badge once more."""
    if not row.is_revoked and row.has_ended(timezone.now()):
        return _("The badge has expired, so we send no e-mail about it. Issue a valid badge instead.")
    return _not_waiting(row)


def _not_waiting(row: IssuedBadge) -> str:
    """Why a form that was right when it was opened is not any more."""
    row.refresh_from_db(fields=["status", "delivery", "revoked_at", "failure_code", "external_id"])
    if not row.student.is_active:
        return closed_account().message
    return _("This is no longer possible. Status: %(status)s.") % {"status": row.status_words}
