"""The issuances, and the lasting page of each (N3): how far it is, what failed and why; Retry failed, Undo, the export."""

import itertools
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models.functions import Coalesce
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from badges.delivery import rounds
from badges.held import undoing
from badges.held.acting import retriable_by
from badges.held.issuances import issuances_of, may_open_any, origin_of, with_numbers
from badges.held.leading import lead_to_sources
from badges.held.offering import page_to_choose_again
from badges.held.results import results_of
from badges.issuing.obstacles import not_retriable
from badges.issuing.reports import LEFT_OUT_CODE, UNDONE_CODE, all_lines, reason_of
from badges.models import IssuanceBatch, IssuanceItem
from badges.pages import columns
from badges.pages.forms import IssuanceFilter
from badges.pages.views.words import going_again, not_going_again, sent_in_words, undone_in_words
from listing.downloads import EXPORT, download
from listing.lists import listing
from organizations.leading import lead_to_people
from organizations.models import User
from organizations.requests import PANEL, Request, frame_of, page_before
from organizations.scope import within_scope
from organizations.telling_apart import tell_apart

SEE_ISSUED = "badges.view_issuedbadge"
EXPORT_CHUNK = 2000


@require_safe
def issuances(request: Request) -> HttpResponseBase:
    """The issuances that the person may open, the newest first."""
    if not may_open_any(request.user):
        raise PermissionDenied
    found = listing(
        request,
        with_numbers(issuances_of(request.user)),
        columns.ISSUANCES,
        sort="-created_at",
        search=("source_words", ("issued_by__first_name", "issued_by__last_name")),
        filterset=IssuanceFilter,
    )
    if found.wants_export:
        return found.export("issuances", partial(_tell_apart, request.user))
    _tell_apart(request.user, found.page)
    lead_to_people([batch.issued_by for batch in found.page], request.user)
    lead_to_sources(found.page, request.user)
    return render(request, "badges/issuances.html", {"listing": found})


@require_safe
def issuance(request: Request, batch_id: int) -> HttpResponseBase:
    """The issuance, for its issuer while still permitted, and for administrators; its own part to htmx, and all to a panel."""
    batch = _issuance(request, batch_id)
    if EXPORT in request.GET:
        return _export(request, batch)
    frame = frame_of(request)
    context = {
        "frame": frame,
        "batch": batch,
        "origin": origin_of(batch, request.user),
        "may_see_issued": request.user.has_perm(SEE_ISSUED),
        **results_of(batch, request.user, at=timezone.now(), pages=request.GET.dict()),
    }
    is_part = request.htmx and frame != PANEL
    return render(request, "badges/_report.html" if is_part else "badges/issuance.html", context)


@require_POST
def retry(request: Request, batch_id: int) -> HttpResponse:
    """Retry failed: what was issued and refused by its provider goes on its way again."""
    batch = _issuance(request, batch_id)
    rows = retriable_by(request.user).unrevoked().filter(batch=batch)
    count, left = rounds.retry(rows), not_retriable(rows)
    if count:
        messages.success(request, going_again(count))
    tell_apart([failure.pair.student for failure in left], request.user)
    for words in not_going_again(left):
        messages.warning(request, words)
    if not count and not left:
        messages.info(request, _("Nothing to retry: no delivery of this issuance has failed."))
    back = page_before(request, otherwise="")
    return redirect(f"{back}#results") if back else redirect("badges:issuance", batch_id=batch.pk)


@require_POST
def undo(request: Request, batch_id: int) -> HttpResponse:
    """Undo: what the person issued and has not left yet was never issued."""
    batch = _issuance(request, batch_id)
    if batch.issued_by_id != request.user.pk:
        raise PermissionDenied
    done = undoing.undo(batch, by=request.user)
    say = messages.success if done.undone and not done.left else messages.warning
    say(request, undone_in_words(done, again=page_to_choose_again(request, batch)))
    back = page_before(request, otherwise="")
    if not back or _is_of_one(back):
        return redirect("badges:issuance", batch_id=batch.pk)
    return redirect(back)


@require_POST
def send_now(request: Request, batch_id: int) -> HttpResponse:
    """Send now: what the person issued and could still undo leaves at once."""
    batch = _issuance(request, batch_id)
    if batch.issued_by_id != request.user.pk:
        raise PermissionDenied
    done = undoing.send_now(batch, by=request.user)
    say = messages.warning if done.undone else messages.success if done.sent else messages.info
    say(request, sent_in_words(done))
    return redirect(page_before(request, otherwise=reverse("badges:issuance", args=[batch.pk])))


def _is_of_one(address: str) -> bool:
    """Whether it is a page about one issued badge, which is gone if it was undone."""
    try:
        match = resolve(urlsplit(address).path)
    except (Resolver404, ValueError):
        return True
    return "issued_id" in match.kwargs


def _issuance(request: Request, batch_id: int) -> IssuanceBatch:
    """The issuance: 404 out of sight, 403 where it may not be opened (any more)."""
    batches = IssuanceBatch.objects.visible_to(request.user).select_related("organization", "issued_by")
    batch = get_object_or_404(batches, pk=batch_id)
    if not issuances_of(request.user).filter(pk=batch.pk).exists():
        raise PermissionDenied
    return batch


def _export(request: Request, batch: IssuanceBatch) -> HttpResponseBase:
    """Every pair, however many, with what became of it."""
    heads = [_("Student"), _("E-mail address"), _("Badge"), _("Issued Status"), _("Failure")]
    user = request.user
    items = all_lines(batch, user).annotate(
        address=Coalesce(
            within_scope(user, "student", "issued_badge__recipient_email"),
            within_scope(user, "student", "student__email"),
        )
    )
    rows = (
        [
            item.student,
            item.address,  # type: ignore[attr-defined]
            item.badge,
            _status_words(item),
            reason_of(item),
        ]
        for item in _told_apart(items.iterator(chunk_size=EXPORT_CHUNK), user)
    )
    return download(request, f"issuance-{batch.pk}", heads, rows)


def _status_words(item: IssuanceItem) -> str:
    if item.issued_badge:
        return item.issued_badge.status_words
    words = {UNDONE_CODE: _("Undone"), LEFT_OUT_CODE: _("Left out")}
    return words.get(item.code, _("Not issued"))


def _told_apart(items: Iterable[IssuanceItem], user: User) -> Iterator[IssuanceItem]:
    for some in itertools.batched(items, EXPORT_CHUNK, strict=False):
        tell_apart([item.student for item in some], user)
        yield from some


def _tell_apart(user: User, batches: Iterable[Any]) -> None:
    tell_apart([batch.issued_by for batch in batches], user)
