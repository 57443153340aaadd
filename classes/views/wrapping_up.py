"""Wrap up: who completed a class, which badges that earns, and the one press that saves the first and issues the second."""

import uuid
from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.core.paginator import Page, Paginator
from django.http.response import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import replace_url

from badges.catalogue.leading import lead_to_badges
from badges.delivery.standstills import standstills
from badges.held.issuances import former_from
from badges.held.offering import remember
from badges.held.remarking import RemarkForm, remark_of_student
from badges.issuing import GoneError, KeyUsedError, undo_time
from badges.models import Badge, IssuanceBatch, Via
from classes import completing, rosters, selecting
from classes.line_choices import LineChoices
from classes.matching import Matches
from classes.matrix import Ticks, badges_of, lines_at_a_time, matrix_of
from classes.models import Class, EnrollmentQuerySet, Selection
from classes.rosters import Change
from classes.selecting import Edit
from classes.views.access import OF_WRAP_UP, back_to_roster, class_to_issue_from, page_with, tell_apart_in
from classes.wrap_up_forms import WrapUpForm
from listing.chosen import is_id, numbers
from organizations.leading import lead_to_people
from organizations.requests import Request, require

CHANGE_LINES = "classes.change_enrollment"
WRAP_UP, FORM = "classes:wrap_up", "wrap-up"
# The buttons whose answer the page begins with.
_SEARCHES = frozenset({"find", "yes", "everybody"})
# So many pages' lines are shown at once of a list that was pasted.
OF_A_LIST = 5


@require_http_methods(["GET", "HEAD", "POST"])
def wrap_up(request: Request, class_id: int) -> HttpResponse:
    """The page; POST is one of its buttons, and draws what is ticked again unless it leads on."""
    klass = class_to_issue_from(request, class_id)
    if request.method != "POST" and not rosters.issuable_students(klass, request.user).exists():
        return back_to_roster(request, klass, _("No one on this roster is Enrolled."))
    selection = selecting.selection_at(request.GET, klass, request.user)
    if request.method != "POST":
        return _draw(request, klass, selection)
    form = WrapUpForm(request.POST, klass=klass, user=request.user)
    for name, act in _ACTS.items():
        if name in request.POST:
            return act(request, klass, selection, form)
    return _draw(request, klass, selection, form)


def _issue(request: Request, klass: Class, selection: Selection, form: WrapUpForm) -> HttpResponse:
    """Save the completions, then issue what is ticked. A second press leads to what became of the first."""
    batch = _batches(request, klass).filter(idempotency_key=form.key).first() if form.key else None
    badges, students = form.badges(), form.students()
    saved = ""
    if batch is None and not form.complain(badges, students):
        saved = _save(request, klass, form, form.changes())
        batch = None if form.errors else _issue_ticked(request, klass, selection, form)
    if batch is None:
        return _draw(request, klass, selection, form, saved=saved)
    Selection.objects.filter(pk=selection.pk).delete()
    return redirect(f"{reverse('classes:issued_badges', args=[klass.pk, batch.pk])}?{OF_WRAP_UP}=1#results")


def _save_only(request: Request, klass: Class, selection: Selection, form: WrapUpForm) -> HttpResponse:
    """Save the completions that were chosen, and propose what follows from them."""
    changes = form.changes()
    saved = _save(request, klass, form, changes)
    renewed = set() if form.errors or form.is_scripted else _students_of(changes, klass, request)
    return _draw(request, klass, selection, form, saved=saved, renewed=renewed)


def _complete_rest(request: Request, klass: Class, selection: Selection, form: WrapUpForm) -> HttpResponse:
    """Set everybody to Complete of whom nothing was said yet, and save what was chosen of the others along."""
    chosen = form.changes()
    said = {change.enrollment_id for change in chosen}
    unset = _of_list(completing.not_set(klass, request.user), form)
    rest = completing.as_complete(line for line in unset if line.pk not in said)
    saved = _save(request, klass, form, [*chosen, *rest])
    renewed = rest if form.is_scripted else [*chosen, *rest]
    students = set() if form.errors else _students_of(renewed, klass, request)
    return _draw(request, klass, selection, form, saved=saved, renewed=students)


def _choose_badges(request: Request, klass: Class, selection: Selection, form: WrapUpForm) -> HttpResponse:
    """Have the badges that were chosen as columns, at an address that keeps them."""
    edit = Edit(of="badge_ids", chosen=numbers(request.POST.getlist("badges")))
    selection = selecting.change(selection, [edit], at=timezone.now())
    address = page_with(WRAP_UP, klass, selection)
    is_kept = request.htmx or form.key is not None
    return replace_url(_draw(request, klass, selection, form), address) if is_kept else redirect(address)


def _keep(request: Request, klass: Class, selection: Selection, form: WrapUpForm) -> HttpResponse:
    """Draw what was ticked and typed again: nothing was chosen beside it."""
    return _draw(request, klass, selection, form)


def _find(request: Request, klass: Class, selection: Selection, form: WrapUpForm) -> HttpResponse:
    """Show the students of the list that was pasted, and tick the course's badges for those it has just found."""
    matches = form.matches()
    before = set(form.only)
    form.only = [one.key for one in matches.found]
    return _draw(request, klass, selection, form, matches=matches, selected=set(form.only) - before)


def _show_everybody(request: Request, klass: Class, selection: Selection, form: WrapUpForm) -> HttpResponse:
    """Put the list away."""
    form.only, form.text, form.meant = [], "", []
    return _draw(request, klass, selection, form)


def _tick_column(request: Request, klass: Class, selection: Selection, form: WrapUpForm) -> HttpResponse:
    """Tick everybody who is ready for one badge."""
    return _draw(request, klass, selection, form, tick=_ids(request.POST["tick"]))


def _untick_column(request: Request, klass: Class, selection: Selection, form: WrapUpForm) -> HttpResponse:
    """Untick everybody who is ready for one badge."""
    return _draw(request, klass, selection, form, untick=_ids(request.POST["untick"]))


def _ids(word: str) -> set[int]:
    return {int(word)} if is_id(word) else set()


_ACTS: dict[str, Callable[[Request, Class, Selection, WrapUpForm], HttpResponse]] = {
    "keep": _keep,
    "choose": _choose_badges,
    "complete": _complete_rest,
    "everybody": _show_everybody,
    "find": _find,
    "issue": _issue,
    "save": _save_only,
    "tick": _tick_column,
    "untick": _untick_column,
    "yes": _find,
}


def _save(request: Request, klass: Class, form: WrapUpForm, changes: list[Change]) -> str:
    """What was saved, in words; where it was refused, the form and its lines say why."""
    if not changes:
        return ""
    require(request, CHANGE_LINES)
    saved = completing.save_completion(klass, request.user, changes, at=timezone.now())
    if saved.errors:
        form.line_errors = {error.enrollment_id: error.message for error in saved.errors}
        form.refuse(_("Nothing was saved or issued. Correct the lines that are marked, and press again."))
        return ""
    said = ngettext("%(count)s change saved.", "%(count)s changes saved.", len(changes))
    return said % {"count": localize(len(changes))}


def _issue_ticked(request: Request, klass: Class, selection: Selection, form: WrapUpForm) -> IssuanceBatch | None:
    """Issue the pairs; None, and an error of the form, when that cannot be. What the page shows and leaves out is told."""
    assert form.key is not None, "complain() has refused a form without its key"
    shown = badges_of(klass, form.seen) if form.seen else []
    page = _lines(request, klass, form, columns=len(shown))
    left_out = matrix_of(klass, request.user, shown, list(page)).left_out(form.pairs, selection.badge_ids)
    badges = {badge.pk: badge for badge in [*form.badges().rows, *shown]}
    students = {student.pk: student for student in [*form.students().rows, *(line.student for line in page)]}
    try:
        report = completing.issue_pairs(
            klass,
            request.user,
            list(badges.values()),
            list(students.values()),
            form.pairs,
            key=form.key,
            at=timezone.now(),
            left_out=left_out,
            remarks=form.remarks(),
        )
    except KeyUsedError:
        form.refuse(_("This form was sent before, for something else. Check the ticks, and press the button again."))
        return None
    except GoneError:
        form.refuse(_("A badge or a student was deleted meanwhile. No badge was issued. Press the button again."))
        return None
    remember(request, report.batch.pk, klass.organization, page=selecting.page_again(request, report.batch))
    return report.batch


def _students_of(changes: Iterable[Change], klass: Class, request: Request) -> set[int]:
    ids = [change.enrollment_id for change in changes]
    return set(rosters.lines(klass, request.user).filter(pk__in=ids).values_list("student_id", flat=True))


def _batches(request: Request, klass: Class) -> Any:
    return IssuanceBatch.objects.visible_to(request.user).filter(via=Via.ROSTER, source_id=klass.pk)


def _draw(
    request: Request,
    klass: Class,
    selection: Selection,
    form: WrapUpForm | None = None,
    *,
    saved: str = "",
    renewed: Collection[int] = (),
    selected: Collection[int] = (),
    tick: Collection[int] = (),
    untick: Collection[int] = (),
    matches: Matches | None = None,
) -> HttpResponse:
    """The page: with a form as that was sent, without one as it is proposed."""
    badges = badges_of(klass, selection.badge_ids)
    page = _lines(request, klass, form, columns=len(badges))
    ticks = form.ticks(renewed, selected) if form else _ticks_again(selection, badges)
    if form and form.only and matches is None:
        matches = form.matches()
    if form and (tick or untick):
        complete = [line.student_id for line in page if line.is_complete]
        ticks = Ticks((form.pairs | _pairs(tick, complete)) - _pairs(untick, complete), form.seen)
    matrix = matrix_of(klass, request.user, badges, list(page), ticks)
    tell_apart_in(request, klass, [line.student for line in page])
    lead_to_people([line.student for line in page], request.user)
    lead_to_badges(badges, request.user)
    has_begun, may_change = klass.has_begun(timezone.now()), request.user.has_perm(CHANGE_LINES)
    for line in page:
        sent = form.choices_of(line) if form else None
        line.choices = LineChoices(line, has_begun=has_begun, may_change=may_change, sent=sent, form=FORM)
        line.error = form.line_errors.get(line.pk, "") if form else ""
        line.remark = form.remark_of(line.student_id) if form else remark_of_student(None, line.student_id)
    unset = _of_list(completing.not_set(klass, request.user), form).count()
    shown = Selection(user=request.user, klass=klass, badge_ids=[badge.pk for badge in badges])
    context = {
        "klass": klass,
        "form": form,
        "key": (form and form.key) or uuid.uuid4(),
        "remark": form.remark if form else RemarkForm(),
        "here": request.get_full_path() if "choose" not in request.POST else page_with(WRAP_UP, klass, selection),
        "page": page,
        "matrix": matrix,
        "columns": [badge.pk for badge in badges],
        "query": selecting.address_of(selection if selecting.is_kept(selection) else shown),
        "saved": saved,
        "matches": matches,
        "has_searched": not _SEARCHES.isdisjoint(request.POST),
        "not_complete": sum(not line.is_complete for line in page) if form and form.only else 0,
        "unknown": "\n".join(matches.unknown) if matches else "",
        "questions": _questions(klass, request, matches) if matches else [],
        "unset": unset,
        "set": page.paginator.count - unset,
        "has_begun": has_begun,
        "may_change": may_change,
        "undo_seconds": round(undo_time(klass.organization).total_seconds()),
        "standstills": standstills({badge.provider_id for badge in badges}, request.user) if badges else [],
        "former": former_from(Via.ROSTER, klass.pk, request.user),
        "now": timezone.now(),
    }
    return render(request, "classes/wrap_up.html", context, status=422 if form and form.errors else 200)


def _pairs(badges: Iterable[int], students: Collection[int]) -> set[tuple[int, int]]:
    return {(badge, student) for badge in badges for student in students}


def _ticks_again(selection: Selection, badges: Iterable[Badge]) -> Ticks | None:
    """What was ticked when it was issued, for what was undone since; None for anything else, which is proposed."""
    pairs = selecting.pairs_again(selection)
    return Ticks(pairs, [badge.pk for badge in badges]) if pairs else None


def _lines(request: Request, klass: Class, form: WrapUpForm | None, *, columns: int) -> Page[Any]:
    """The lines of a page, by name; those of a list on one, since its address does not name the list."""
    lines = _of_list(rosters.lines(klass, request.user).enrolled(), form)
    by_name = lines.order_by("student__last_name", "student__first_name", "student__username", "pk")
    if form and form.only:
        return Paginator(by_name, OF_A_LIST * lines_at_a_time(columns)).get_page(1)
    return Paginator(by_name, lines_at_a_time(columns)).get_page(request.GET.get("page"))


def _of_list(lines: EnrollmentQuerySet, form: WrapUpForm | None) -> EnrollmentQuerySet:
    """Of these lines those of the list that was pasted; without one, all."""
    return lines.filter(student_id__in=form.only) if form and form.only else lines


def _questions(klass: Class, request: Request, matches: Matches) -> list[dict[str, Any]]:
    """Each unclear line with the people whom it may mean, told apart."""
    ids = {key for question in matches.asked for key in question.keys}
    people = rosters.people(klass, request.user).in_bulk(ids) if ids else {}
    tell_apart_in(request, klass, people.values())
    return [
        {"text": question.text, "is_shared": question.is_shared, "people": [people[key] for key in question.keys]}
        for question in matches.asked
    ]
