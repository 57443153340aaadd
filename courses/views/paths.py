"""The pages of learning paths: the list, a path with somebody's progress on it, its editing, the order of its courses."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import FETCH_RAISE
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from courses import columns
from courses.forms import LearningPathFilter
from courses.models import Course, LearningPath, OwnedQuerySet
from courses.path_editing import PathNameTakenError, add_courses, move_course, place_course, remove_course, save_path
from courses.path_forms import AddCoursesForm, LearningPathForm, OrderForm
from courses.paths import add_walks, progress_of, with_progress
from listing.lists import Choice, listing
from listing.naming_fields import suggestions
from operation.pressing import once
from organizations.models import User
from organizations.requests import Request, require

ADD, CHANGE = "courses.add_learningpath", "courses.change_learningpath"
SEE_TRAINING = "courses.view_trainingrecord"
SEE_ASSIGNMENTS = "courses.view_courseassignment"
# The page that it opens is of an app above this one.
ADD_ACHIEVEMENT = "achievements.add_achievement"


@require_safe
def list_(request: Request) -> HttpResponseBase:
    """Learning Paths: those the person may walk or administers, with the person's own progress."""
    paths = LearningPath.objects.open_to(request.user).select_related("organization", "subscription_profile")
    found = listing(
        request,
        with_progress(paths, request.user).fetch_mode(FETCH_RAISE),
        columns.PATHS,
        sort="name",
        search=("name", "description"),
        filterset=LearningPathFilter,
    )
    if found.wants_export:
        return found.export("learning-paths", partial(add_walks, person=request.user))
    add_walks(found.page, request.user)
    return render(request, "courses/paths.html", {"listing": found, "may_add": request.user.has_perm(ADD)})


@require_safe
def path(request: Request, path_id: int) -> HttpResponse:
    """One path with the person's own progress (S119 to S123)."""
    row = _path(request, path_id)
    return render(request, "courses/path.html", _context(request, row, request.user))


@require_safe
def path_of(request: Request, path_id: int, user_id: int) -> HttpResponse:
    """One path with somebody's progress, for those who administer his or her organization."""
    row = _path(request, path_id)
    person = get_object_or_404(User.objects.visible_to(request.user).select_related("organization"), pk=user_id)
    if person != request.user:
        require(request, SEE_TRAINING)
    return render(request, "courses/path.html", _context(request, row, person))


@require_http_methods(["GET", "HEAD", "POST"])
@once
def create(request: Request) -> HttpResponse:
    """Create Learning Path; its courses are chosen on the page that follows."""
    require(request, ADD)
    form = LearningPathForm(request.POST or None, request.FILES or None, user=request.user)
    if suggested := suggestions(request, form):
        return suggested
    if form.is_valid() and (row := _saved(form)):
        messages.success(request, _("%(path)s was created. Now choose its courses.") % {"path": row})
        return redirect("courses:path_courses", path_id=row.pk)
    return render(request, "courses/path_edit.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, path_id: int) -> HttpResponse:
    """Edit the path's own fields."""
    row = _path_to_change(request, path_id)
    name = row.name
    form = LearningPathForm(request.POST or None, request.FILES or None, instance=row, user=request.user)
    if suggested := suggestions(request, form):
        return suggested
    if form.is_valid() and _saved(form):
        messages.success(request, _("%(path)s was saved.") % {"path": row})
        return redirect("courses:path", path_id=row.pk)
    context = {"form": form, "path": row, "name": name}
    return render(request, "courses/path_edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def path_courses(request: Request, path_id: int) -> HttpResponse:
    """The courses in their order; POST is a press of a button beside a course, or a course that was dragged (S119)."""
    row = _path_to_change(request, path_id)
    form = OrderForm(request.POST or None)
    if form.is_valid():
        course_id = form.cleaned_data["course_id"]
        _reorder(row, form)
        return redirect(f"{reverse('courses:path_courses', args=[row.pk])}#course-{course_id}")
    courses = row.courses.order_by("steps__position", "pk")
    context = {"path": row, "courses": courses, "form": form}
    return render(request, "courses/path_courses.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def choose_courses(request: Request, path_id: int) -> HttpResponse:
    """The Choose Course(s) dialog; POST turns its list."""
    return _show_courses(request, _path_to_change(request, path_id), AddCoursesForm(offered=Course.objects.none()))


@require_POST
def add_to_path(request: Request, path_id: int) -> HttpResponse:
    """Put the chosen courses at the end of the path; what is refused stays chosen in the dialog."""
    row = _path_to_change(request, path_id)
    form = AddCoursesForm(request.POST, offered=_addable(request, row))
    if not form.is_valid():
        return _show_courses(request, row, form)
    add_courses(row, form.cleaned_data["courses"])
    back = reverse("courses:path_courses", args=[row.pk])
    return HttpResponseClientRedirect(back) if request.htmx else redirect(back)


def _show_courses(request: Request, row: LearningPath, form: AddCoursesForm) -> HttpResponse:
    found = listing(
        request,
        _addable(request, row).select_related("organization").fetch_mode(FETCH_RAISE),
        columns.COURSES,
        sort="name",
        search=(("name", "number"),),
        choose=Choice("courses", form="choose"),
        name="choose-courses",
    )
    found.action = reverse("courses:choose_courses", args=[row.pk])
    template = "courses/choose_courses.html#dialog" if request.htmx else "courses/choose_courses.html"
    context = {"path": row, "listing": found, "form": form}
    return render(request, template, context, status=422 if form.errors else 200)


def _path(request: Request, path_id: int) -> LearningPath:
    joined = LearningPath.objects.open_to(request.user).select_related("organization", "subscription_profile", "exam")
    return get_object_or_404(joined, pk=path_id)


def _path_to_change(request: Request, path_id: int) -> LearningPath:
    """The path: 404 out of sight; 403 where the person may only walk it."""
    row = _path(request, path_id)
    require(request, CHANGE)
    if not _may_change(request, row):
        raise PermissionDenied
    return row


def _reorder(row: LearningPath, form: OrderForm) -> None:
    course_id = form.cleaned_data["course_id"]
    match form.cleaned_data["act"]:
        case "remove":
            remove_course(row, course_id)
        case "drag":
            place_course(row, course_id, place=form.cleaned_data["place"])
        case act:
            move_course(row, course_id, by=-1 if act == "up" else 1)


def _may_change(request: Request, row: LearningPath) -> bool:
    return request.user.has_perm(CHANGE) and LearningPath.objects.visible_to(request.user).filter(pk=row.pk).exists()


def _addable(request: Request, row: LearningPath) -> OwnedQuerySet[Course]:
    """The courses of managed organizations that a path can take, and that are not on it yet."""
    ready = Course.objects.all().ready_for_training().values("pk")
    return Course.objects.visible_to(request.user).filter(pk__in=ready).exclude(pk__in=row.steps.values("course_id"))


def _context(request: Request, row: LearningPath, person: User) -> dict[str, object]:
    return {
        "path": row,
        "person": person,
        "is_own": person == request.user,
        "progress": progress_of(row, person),
        "may_change": _may_change(request, row),
        "may_award": request.user.has_perm(ADD_ACHIEVEMENT),
        "may_open_assignments": person == request.user or request.user.has_perm(SEE_ASSIGNMENTS),
    }


def _saved(form: LearningPathForm) -> LearningPath | None:
    """The saved path; None when its name was taken at the last moment, and the form then says so."""
    try:
        return save_path(form.save)
    except PathNameTakenError:
        form.refuse_name()
        return None
