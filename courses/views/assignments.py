"""The pages of course assignments: the list, the assignment, Mark Complete, and issuing a badge from it."""

from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import FETCH_RAISE
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import reswap, trigger_client_event

from badges.delivery.standstills import silence_of
from badges.held.choosing import OneBadgeForm, badge_to_choose, closing_after, issue_chosen, say_issued
from badges.held.issuances import former_from
from badges.held.offering import remember
from badges.models import IssuedBadge, Via
from courses import assignment_badges, columns
from courses.activities import progress_of
from courses.assignments import complete_assignment
from courses.forms import AssignmentFilter
from courses.leading import lead_to_courses
from courses.models import CourseAssignment
from courses.states import label_of, with_state
from listing.lists import listing
from operation.wake import drain_soon
from organizations.models import User
from organizations.requests import (
    Request,
    back_with,
    frame_of,
    go_to,
    may_add_in_admin,
    page_to_return_to,
    require,
)
from organizations.scope import people_in_scope, person_search, within_scope
from organizations.telling_apart import tell_apart

SEE, CHANGE = "courses.view_courseassignment", "courses.change_courseassignment"


@require_safe
def assignments(request: Request) -> HttpResponseBase:
    """Find Course Assignments."""
    require(request, SEE)
    visible = CourseAssignment.objects.visible_to(request.user).select_related("student__organization", "course")
    found = listing(
        request,
        with_state(visible, at=timezone.now())
        .annotate(address=within_scope(request.user, "student", "student__email"))
        .fetch_mode(FETCH_RAISE),
        columns.ASSIGNMENTS,
        sort="-assigned_at",
        search=[*person_search(request.user, "student"), "course__name"],
        filterset=AssignmentFilter,
    )
    if found.wants_suggestions:
        return found.suggestions()
    if found.wants_export:
        return found.export("course-assignments", partial(_tell_apart, request.user))
    _tell_apart(request.user, found.page)
    lead_to_courses([one.course for one in found.page], request.user)
    context = {"listing": found, "may_add": may_add_in_admin(request, CourseAssignment)}
    return render(request, "courses/assignments.html", context)


def _tell_apart(user: User, rows: Iterable[CourseAssignment]) -> None:
    tell_apart([row.student for row in rows], user)


@require_safe
def assignment(request: Request, assignment_id: int) -> HttpResponse:
    """One assignment: when, how far, and the badges of its student (S113). The student sees the own one too."""
    row = _assignment(request, assignment_id)
    may_issue = assignment_badges.may_issue(row, request.user) and not assignment_badges.is_over(row)
    lead_to_courses([row.course], request.user)
    context = {
        "frame": frame_of(request),
        "assignment": row,
        "is_own": row.student_id == request.user.pk,
        "state": label_of(row),
        "address": _address(row, request.user),
        "now": timezone.now(),
        "activities": progress_of(row),
        "badges_given": assignment_badges.badges_of(row, request.user),
        "former": former_from(Via.ASSIGNMENT, row.pk, request.user),
        "may_list": request.user.has_perm(SEE),
        "offers_badges": may_issue and assignment_badges.offered_badges(row, request.user).exists(),
        "may_complete": row.completed_at is None and row.cancelled_at is None and _may_complete(request, row),
        "may_see_student": User.objects.visible_to(request.user).filter(pk=row.student_id).exists(),
    }
    return render(request, "courses/assignment.html", context)


@require_POST
def complete(request: Request, assignment_id: int) -> HttpResponse:
    """Mark Complete, whatever activities are still open (S117)."""
    row = _assignment(request, assignment_id)
    if not _may_complete(request, row):
        raise PermissionDenied
    with transaction.atomic():
        is_complete = complete_assignment(row, at=timezone.now())
        drain_soon()
    if is_complete:
        messages.success(request, _("The course assignment is complete."))
    else:
        messages.error(request, _("This course assignment was cancelled, so it cannot be completed."))
    return redirect("courses:assignment", assignment_id=row.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def issue_badge(request: Request, assignment_id: int) -> HttpResponse:
    """Choose Badge for the assignment's student; POST issues it, one badge at a time (S37 to S39)."""
    row = _assignment(request, assignment_id)
    if not assignment_badges.may_issue(row, request.user):
        raise PermissionDenied
    if request.method != "POST" and assignment_badges.is_over(row):
        words = _("No badge can be issued from here. %(reason)s") % {"reason": assignment_badges.refusal().message}
        return back_with(request, words, reverse("courses:assignment", args=[row.pk]))
    offered = assignment_badges.offered_badges(row, request.user)
    form = OneBadgeForm(request.POST or None, offered=offered)
    if form.is_valid() and (issued := _issue_one(request, row, form)):
        return _issued_one(request, row, issued)
    found = badge_to_choose(request, offered)
    context = {
        "assignment": row,
        "form": form,
        "listing": found,
        "student": row.student,
        "next": page_to_return_to(request),
    }
    template = "courses/issue_badge.html#dialog" if request.htmx else "courses/issue_badge.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _assignment(request: Request, assignment_id: int) -> CourseAssignment:
    """The assignment: 404 out of sight; somebody else's needs the permission as well, or 403."""
    visible = CourseAssignment.objects.visible_to(request.user)
    joined = visible.select_related("student__organization", "course__organization", "subscription_profile")
    row: CourseAssignment = get_object_or_404(with_state(joined, at=timezone.now()), pk=assignment_id)
    if row.student_id != request.user.pk:
        require(request, SEE)
    return row


def _address(row: CourseAssignment, user: User) -> str:
    """By which the user knows the student; nothing of oneself, nor outside the user's scope."""
    if row.student_id == user.pk or not people_in_scope(user).filter(pk=row.student_id).exists():
        return ""
    return row.student.email or row.student.username


def _may_complete(request: Request, row: CourseAssignment) -> bool:
    managed = CourseAssignment.objects.managed_by(request.user).filter(pk=row.pk)
    return request.user.has_perm(CHANGE) and managed.exists()


def _issue_one(request: Request, row: CourseAssignment, form: OneBadgeForm) -> IssuedBadge | None:
    """Issue the chosen badge; None when it was refused, and the form then says why."""
    return issue_chosen(
        form,
        student=row.student,
        source=assignment_badges.source(row),
        organization=form.cleaned_data["badge"].organization,
        issued_by=request.user,
        at=timezone.now(),
        refusals=assignment_badges.refusals(row),
    )


def _issued_one(request: Request, row: CourseAssignment, issued: IssuedBadge) -> HttpResponse:
    """Success: the button and the assignment say so (S21, S40), then the dialog closes; Undo stands behind it."""
    back = page_to_return_to(request)
    again = {"badge": issued.badge_id, "next": back or reverse("courses:assignment", args=[row.pk])}
    remember(request, issued.batch_id, issued.badge.organization, page=f"{request.path}?{urlencode(again)}")
    if back or not request.htmx:
        messages.success(request, say_issued(issued))
        return go_to(request, back or reverse("courses:assignment", args=[row.pk]))
    context: dict[str, Any] = {
        "assignment": row,
        "badges_given": assignment_badges.badges_of(row, request.user),
        "silence": silence_of(issued),
        "issued_now": True,
    }
    response = render(request, "courses/issue_badge.html#issued", context)
    return trigger_client_event(reswap(response, "none"), "close-dialog", closing_after(issued))
