"""The pages of classes: the list, the details, the roster, and issuing one badge from it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect, reswap, trigger_client_event

from badges.delivery.standstills import silence_of
from badges.held.choosing import OneBadgeForm, badge_to_choose, closing_after, issue_chosen, say_issued
from badges.held.issuances import former_from
from badges.held.offering import remember
from badges.models import IssuedBadge, Via
from classes import columns, enrolling, rosters
from classes.forms import (
    AddStudentsForm,
    ClassFilter,
    RosterFilter,
    changes_of,
    moment_of,
)
from classes.line_choices import LineChoices
from classes.models import Class, Enrollment, EnrollmentQuerySet
from classes.views.access import (
    back_to_roster,
    class_to_issue_from,
    class_with_roster,
    page_or_dialog,
    students_to_choose,
    tell_apart_in,
)
from classes.views.messages import tell_added, tell_saved
from classes.wrapping_up import standing_of, to_wrap_up
from courses.activities import is_any_lab_done
from courses.leading import lead_to_courses
from listing.chosen import is_about_list
from listing.lists import Listing, listing
from organizations.leading import lead_to_people
from organizations.models import Organization
from organizations.requests import Request, frame_of, go_to, may_add_in_admin, page_to_return_to, require
from organizations.roles import SEARCH_ENROLLMENTS
from organizations.scope import person_search, within_scope
from organizations.telling_apart import tell_apart

CHANGE_LINES = "classes.change_enrollment"


@require_safe
def list_(request: Request) -> HttpResponseBase:
    """The classes within reach."""
    lines = Enrollment.objects.enrolled().filter(klass=OuterRef("pk")).order_by().values("klass")
    enrolled = Subquery(lines.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    classes = Class.objects.visible_to(request.user).select_related("course", "organization")
    found = listing(
        request,
        classes.annotate(enrolled=Coalesce(enrolled, 0)),
        columns.CLASSES,
        sort="-starts_at",
        search=("name", "course__name", "location"),
        filterset=ClassFilter,
    )
    if found.wants_export:
        return found.export("classes")
    lead_to_courses([row.course for row in found.page], request.user)
    rosters_open = set(
        Class.objects.with_roster_for(request.user)
        .filter(pk__in=[row.pk for row in found.page])
        .values_list("pk", flat=True)
    )
    wanting = to_wrap_up(request.user, at=timezone.now()).filter(pk__in=[row.pk for row in found.page])
    context = {
        "listing": found,
        "rosters_open": rosters_open,
        "to_wrap_up": set(wanting.values_list("pk", flat=True)),
        "may_add": may_add_in_admin(request, Class),
    }
    return render(request, "classes/list.html", context)


@require_safe
def details(request: Request, class_id: int) -> HttpResponse:
    """One class: when, where, who teaches it."""
    classes = Class.objects.visible_to(request.user).select_related("course", "organization")
    klass = get_object_or_404(classes.prefetch_related("instructors"), pk=class_id)
    opens = Class.objects.with_roster_for(request.user).filter(pk=class_id).exists()
    tell_apart(klass.instructors.all(), request.user)
    lead_to_people(klass.instructors.all(), request.user)
    lead_to_courses([klass.course], request.user)
    return render(
        request,
        "classes/details.html",
        {
            "frame": frame_of(request),
            "klass": klass,
            "opens_roster": opens,
            "may_issue": opens and rosters.offers_badges(klass, request.user),
            "summary": rosters.summary(klass) if opens else [],
            "former": former_from(Via.ROSTER, klass.pk, request.user) if opens else None,
            "standing": standing_of(klass, request.user, at=timezone.now()) if opens else None,
            "now": timezone.now(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: Request, class_id: int) -> HttpResponseBase:
    """The roster; POST is Save Changes."""
    klass = class_with_roster(request, class_id)
    begun = klass.has_begun(timezone.now())
    errors = {}
    if request.method == "POST":
        require(request, CHANGE_LINES)
        wanted = changes_of(request.POST, rosters.lines(klass, request.user))
        saved = rosters.save_changes(
            klass, request.user, wanted, via=Enrollment.CompletionVia.ROSTER, at=timezone.now()
        )
        if not saved.errors:
            tell_saved(request, saved.changed)
            return redirect(request.get_full_path())
        errors = {error.enrollment_id: error.message for error in saved.errors}
        messages.error(request, _("Nothing was saved. Correct the lines that are marked, and save again."))
    found = _roster_listing(request, klass, has_begun=begun)
    if found.wants_export and not errors:
        require(request, SEARCH_ENROLLMENTS)
        return found.export(
            f"roster-{klass.pk}", lambda lines: tell_apart_in(request, klass, [line.student for line in lines])
        )
    context = _roster_context(request, klass, found, errors=errors, has_begun=begun)
    return render(request, "classes/roster.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def add_students(request: Request, class_id: int) -> HttpResponse:
    """Choose Student(s) to put on the roster; POST does it, and marks the new lines there (S95, S98, S106)."""
    klass = class_with_roster(request, class_id)
    if not enrolling.may_add(klass, request.user):
        raise PermissionDenied
    is_done = request.method == "POST" and not is_about_list(request)
    form = AddStudentsForm(request.POST or None, klass=klass, user=request.user)
    if is_done and form.is_valid():
        at, status = timezone.now(), form.cleaned_data["status"]
        added = enrolling.add_students(klass, form.cleaned_data["students"], status=status, at=at)
        tell_apart_in(request, klass, [one.student for one in added.failed])
        tell_added(request, added, status)
        back = f"{reverse('classes:roster', args=[klass.pk])}?{urlencode({'added': at.isoformat()})}"
        return HttpResponseClientRedirect(back) if request.htmx else redirect(back)
    context = {
        "klass": klass,
        "form": form,
        "is_done": is_done,
        "listing": students_to_choose(request, enrolling.addable_students(klass, request.user)),
    }
    template = page_or_dialog(request, "classes/add_students.html")
    return render(request, template, context, status=422 if is_done else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def issue_badge(request: Request, class_id: int, enrollment_id: int) -> HttpResponse:
    """Choose Badge for one student of the roster; POST issues it (S16 to S23)."""
    klass = class_to_issue_from(request, class_id)
    line = get_object_or_404(rosters.lines(klass, request.user), pk=enrollment_id)
    tell_apart_in(request, klass, [line.student])
    refused = rosters.refusals(klass, request.user, [line.student]) if request.method != "POST" else {}
    if line.student.pk in refused:
        return back_to_roster(request, klass, refused[line.student.pk].message)
    offered = rosters.offered_badges(klass)
    form = OneBadgeForm(request.POST or None, offered=offered)
    if form.is_valid() and (issued := _issue_one(request, klass, line, form)):
        return _issued_one(request, klass, line, issued)
    found = badge_to_choose(request, offered)
    context = {
        "klass": klass,
        "line": line,
        "form": form,
        "listing": found,
        "student": line.student,
        "next": page_to_return_to(request),
    }
    template = "classes/issue_badge.html#dialog" if request.htmx else "classes/issue_badge.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _may_edit(request: Request, klass: Class) -> bool:
    """Whether the admin would let the person change the class there (S90)."""
    classes = admin.site.get_model_admin(Class)
    return admin.site.has_permission(request) and classes.has_change_permission(request, klass)


def _with_badges(lines: EnrollmentQuerySet, klass: Class) -> EnrollmentQuerySet:
    """Each line's student with the badges of the class's tree of organizations, held or revoked, as `badges_here` (N8)."""
    tree = Organization.objects.in_tree_of(klass.organization_id)
    given = IssuedBadge.objects.last_of_each().filter(badge__organization__in=tree.values("pk"))
    return lines.prefetch_related(
        Prefetch(
            "student__issued_badges",
            queryset=given.select_related("badge").order_by("-issued_at", "-pk"),
            to_attr="badges_here",
        )
    )


def _roster_listing(request: Request, klass: Class, *, has_begun: bool) -> Listing[Enrollment]:
    return listing(
        request,
        _with_badges(rosters.lines(klass, request.user), klass).annotate(
            address=within_scope(request.user, "student", "student__email")
        ),
        columns.roster(
            has_begun=has_begun,
            has_progress=is_any_lab_done(rosters.people(klass, request.user), klass.course_id),
        ),
        sort="student",
        search=person_search(request.user, "student"),
        filterset=RosterFilter,
        per_page=100,
        name="roster-lines",
    )


def _roster_context(
    request: Request, klass: Class, found: Listing[Enrollment], *, errors: dict[int, str], has_begun: bool
) -> dict[str, Any]:
    posted = request.POST if request.method == "POST" else None
    may_change = request.user.has_perm(CHANGE_LINES)
    tell_apart_in(request, klass, [line.student for line in found.page])
    lead_to_people([line.student for line in found.page], request.user)
    for line in found.page:
        line.choices = LineChoices(line, has_begun=has_begun, may_change=may_change, sent=posted)  # type: ignore[attr-defined]
        line.error = errors.get(line.pk, "")  # type: ignore[attr-defined]
    return {
        "klass": klass,
        "listing": found,
        "summary": rosters.summary(klass),
        "has_begun": has_begun,
        "may_change": may_change,
        "may_export": request.user.has_perm(SEARCH_ENROLLMENTS),
        "may_edit": _may_edit(request, klass),
        "may_add": enrolling.may_add(klass, request.user),
        "added_at": moment_of(request.GET.get("added", "")),
        "offers_badges": rosters.offers_badges(klass, request.user),
    }


def _issue_one(request: Request, klass: Class, line: Enrollment, form: OneBadgeForm) -> IssuedBadge | None:
    """Issue the chosen badge; None when it was refused, and the form then says why."""
    return issue_chosen(
        form,
        student=line.student,
        source=rosters.source(klass),
        organization=klass.organization,
        issued_by=request.user,
        at=timezone.now(),
        refusals=rosters.refusals(klass, request.user, [line.student]),
    )


def _issued_one(request: Request, klass: Class, line: Enrollment, issued: IssuedBadge) -> HttpResponse:
    """Success: the button and the roster's line say so (S21, S22), then the dialog closes; Undo stands behind it."""
    back = page_to_return_to(request)
    again = {"badge": issued.badge_id, "next": back or reverse("classes:roster", args=[klass.pk])}
    remember(request, issued.batch_id, klass.organization, page=f"{request.path}?{urlencode(again)}")
    if back or not request.htmx:
        messages.success(request, say_issued(issued))
        return go_to(request, back or reverse("classes:roster", args=[klass.pk]))
    line = get_object_or_404(_with_badges(rosters.lines(klass, request.user), klass), pk=line.pk)
    line.student.differs = issued.student.differs
    context = {"klass": klass, "line": line, "row": line, "silence": silence_of(issued)}
    response = render(request, "classes/issue_badge.html#issued", context)
    return trigger_client_event(reswap(response, "none"), "close-dialog", closing_after(issued))
