"""The Issue Badges page of a class: choosing many badges and many students, the press, and what became of it."""

import uuid
from typing import Any

from django.http import QueryDict
from django.http.response import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import replace_url

from badges.catalogue.leading import lead_to_badges
from badges.delivery.standstills import standstills
from badges.held.choosing import badges_to_choose
from badges.held.issuances import former_from
from badges.held.offering import remember
from badges.held.results import results_of
from badges.issuing import GoneError, KeyUsedError, issue_many, preflight
from badges.issuing.reports import grid
from badges.models import IssuanceBatch, Via
from classes import columns, rosters, selecting
from classes.forms import MAX_PAIRS, IssueBadgesForm, never_ready, seen_as, too_many, why_not
from classes.models import Class, Selection
from classes.views.access import (
    OF_WRAP_UP,
    back_to_roster,
    class_to_issue_from,
    page_or_dialog,
    page_with,
    students_to_choose,
    tell_apart_in,
)
from listing.chosen import Choice, carried
from organizations.leading import lead_to_people
from organizations.requests import Request

# How many lines of each list the page shows; more are said in a number, and looked at in the dialogs.
LINES_SHOWN = 100
ISSUE_BADGES = "classes:issue_badges"
# What its form and its dialogs have and a choice needs no more: all but the note and the link.
_OWN = frozenset({"choose", "badges", "students", "key", "not_ready"})


@require_http_methods(["GET", "HEAD", "POST"])
def issue_badges(request: Request, class_id: int) -> HttpResponse:
    """Issue Badges: the two lists to review, and, with the button, the issuing itself (S24 to S35)."""
    klass = class_to_issue_from(request, class_id)
    if request.method != "POST" and not rosters.issuable_students(klass, request.user).exists():
        return back_to_roster(request, klass, _("No one on this roster is Enrolled."))
    selection = selecting.selection_at(request.GET, klass, request.user)
    form = IssueBadgesForm(request.POST, selection, klass=klass, user=request.user)
    if "issue" in request.POST:
        return _press(request, klass, form)
    if request.method == "POST":
        return _edit(request, klass, form)
    form.errors = [*_gone(request, selection), *form.complain_of_missing()]
    return _draw(request, klass, form)


@require_safe
def issued_badges(request: Request, class_id: int, batch_id: int) -> HttpResponse:
    """What became of one press of Issue Badges, below pickers that are empty again (S31 to S35)."""
    klass = class_to_issue_from(request, class_id)
    batch = get_object_or_404(_batches(request, klass).select_related("issued_by"), pk=batch_id)
    form = IssueBadgesForm(QueryDict(), Selection(user=request.user, klass=klass), klass=klass, user=request.user)
    results = results_of(batch, request.user, at=timezone.now(), pages=request.GET.dict())
    context = _context(request, klass, form) | results | {"is_of_wrap_up": OF_WRAP_UP in request.GET}
    return render(request, "classes/issue_badges.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_badges(request: Request, class_id: int, page: str = ISSUE_BADGES) -> HttpResponse:
    """The Choose Badges dialog of a page (S26, S27); POST turns its list."""
    klass = class_to_issue_from(request, class_id)
    selection = selecting.selection_at(request.GET, klass, request.user)
    choice = Choice("badges", form="choose")
    found = badges_to_choose(request, rosters.offered_badges(klass), choice, chosen=selection.badge_ids)
    context = {
        "klass": klass,
        "listing": found,
        "back": page_with(page, klass, selection),
        "page": page,
        "carried": carried(request.POST, _OWN if page == ISSUE_BADGES else {"choose", "badges"}),
    }
    return render(request, page_or_dialog(request, "classes/choose_badges.html"), context)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_students(request: Request, class_id: int) -> HttpResponse:
    """The Choose Student(s) dialog (S28, S29); POST turns its list."""
    klass = class_to_issue_from(request, class_id)
    selection = selecting.selection_at(request.GET, klass, request.user)
    students = rosters.issuable_students(klass, request.user)
    shown = columns.STUDENTS
    if klass.has_begun(timezone.now()):
        students, shown = rosters.with_completion(students, klass), columns.STUDENTS_OF_CLASS
    found = students_to_choose(request, students, chosen=selection.student_ids, shown=shown)
    context = {
        "klass": klass,
        "listing": found,
        "back": page_with(ISSUE_BADGES, klass, selection),
        "carried": carried(request.POST, _OWN),
    }
    return render(request, page_or_dialog(request, "classes/choose_students.html"), context)


def _press(request: Request, klass: Class, form: IssueBadgesForm) -> HttpResponse:
    """Issue what was reviewed. A second press of the same form leads to what became of the first."""
    batch = None
    if not selecting.is_kept(form.selection) and form.key is not None:
        batch = _batches(request, klass).filter(idempotency_key=form.key).first()
    if batch is None and form.is_valid() and (batch := _issue_selection(request, klass, form)):
        remember(request, batch.pk, klass.organization, page=selecting.page_again(request, batch))
    if batch is not None:
        Selection.objects.filter(pk=form.selection.pk).delete()
        return redirect(f"{reverse('classes:issued_badges', args=[klass.pk, batch.pk])}#results")
    if form.pairs:
        form.selection = selecting.change(form.selection, form.left(), at=timezone.now())
    return _draw(request, klass, form)


def _edit(request: Request, klass: Class, form: IssueBadgesForm) -> HttpResponse:
    """Keep what was chosen or taken off, at an address that loses nothing with a reload or a sign-in on the way."""
    edits = form.left() if "keep" in request.POST else form.edits(request.POST)
    selection = selecting.change(form.selection, edits, at=timezone.now())
    address = page_with(ISSUE_BADGES, klass, selection)
    if not request.htmx and not form.remark.is_used:
        return redirect(address)
    edited = IssueBadgesForm(QueryDict(), selection, klass=klass, user=request.user)
    edited.errors, edited.remark = edited.complain_of_missing(), form.remark
    return replace_url(_draw(request, klass, edited), address)


def _gone(request: Request, selection: Selection) -> list[str]:
    """What to say when the address names a selection that is not there any more."""
    if selecting.SELECTION not in request.GET or selecting.is_kept(selection):
        return []
    return [_("What was chosen here was issued already, or is over 30 days old. Choose again.")]


def _draw(request: Request, klass: Class, form: IssueBadgesForm) -> HttpResponse:
    context = _context(request, klass, form)
    return render(request, "classes/issue_badges.html", context, status=422 if form.errors else 200)


def _batches(request: Request, klass: Class) -> Any:
    return IssuanceBatch.objects.visible_to(request.user).filter(via=Via.ROSTER, source_id=klass.pk)


def _issue_selection(request: Request, klass: Class, form: IssueBadgesForm) -> IssuanceBatch | None:
    """Issue what was reviewed; None, and an error of the form, when it cannot be."""
    assert form.key is not None, "is_valid() has refused a form without its key"
    badges, students = form.badges.rows, form.students.rows
    refusals = rosters.refusals(klass, request.user, students)
    try:
        report = issue_many(
            badges=badges,
            students=students,
            source=rosters.source(klass),
            organization=klass.organization,
            issued_by=request.user,
            at=timezone.now(),
            key=form.key,
            refusals=refusals,
            leave_out=why_not(form.not_ready, preflight(badges, students, refusals) if form.not_ready else {}),
            remarks=form.remarks,
        )
    except KeyUsedError:
        form.refuse(_("This form was sent before, for something else. Review the lists, and press Issue Badges again."))
        return None
    except GoneError:
        form.refuse(_("A badge or a student was deleted meanwhile, and nothing was issued. Press Issue Badges again."))
        return None
    return report.batch


def _context(request: Request, klass: Class, form: IssueBadgesForm) -> dict[str, Any]:
    badges, students = form.badges.rows, form.students.rows
    refused = {}
    if form.pairs and not form.is_too_many:
        refused = preflight(badges, students, rosters.refusals(klass, request.user, students))
    hindered = {student_id for _badge_id, student_id in refused}
    # Where not all have a line, those with a reason come first.
    shown = students
    if len(students) > LINES_SHOWN:
        shown = sorted(students, key=lambda student: student.pk not in hindered)[:LINES_SHOWN]
    tell_apart_in(request, klass, shown)
    lead_to_people(shown, request.user)
    lead_to_badges(badges[:LINES_SHOWN], request.user)
    return {
        "klass": klass,
        "former": former_from(Via.ROSTER, klass.pk, request.user),
        "completed": form.completed().count(),
        "form": form,
        "key": form.key or uuid.uuid4(),
        "here": page_with(ISSUE_BADGES, klass, form.selection),
        "query": selecting.address_of(form.selection),
        "badges": badges[:LINES_SHOWN],
        "badges_left": max(0, len(badges) - LINES_SHOWN),
        "grid": grid(badges, shown, refused),
        "students_left": len(students) - len(shown),
        "most": MAX_PAIRS,
        "too_many": too_many() if form.is_too_many else "",
        "ready": form.pairs - len(refused),
        "not_ready": len(refused),
        "never_ready": len(never_ready(badges, students, refused)),
        "is_nothing_ready": bool(refused) and len(refused) == form.pairs,
        "seen": seen_as(refused),
        "standstills": standstills({badge.provider_id for badge in badges}, request.user) if badges else [],
    }
