"""What the pages of a class share: whom they let in, and whom they offer to choose from."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied
from django.http.response import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from classes import columns, rosters, selecting
from classes.models import Class, Selection
from listing.lists import Choice, Column, Listing, listing
from organizations.models import User, UserQuerySet
from organizations.requests import Request, back_with
from organizations.scope import person_search, within_scope
from organizations.telling_apart import tell_apart

# In the address of what was issued: that the way back leads to Wrap up.
OF_WRAP_UP = "wrap_up"


def class_with_roster(request: Request, class_id: int) -> Class:
    """The class, if the person may open its roster: 404 where it is out of sight, 403 where it is only out of reach."""
    classes = Class.objects.select_related("course", "organization")
    klass = get_object_or_404(classes.visible_to(request.user), pk=class_id)
    if not Class.objects.with_roster_for(request.user).filter(pk=class_id).exists():
        raise PermissionDenied
    return klass


def class_to_issue_from(request: Request, class_id: int) -> Class:
    """The class, if the person may also issue badges from its roster (S140)."""
    klass = class_with_roster(request, class_id)
    if not rosters.may_issue(klass, request.user):
        raise PermissionDenied
    return klass


def back_to_roster(request: Request, klass: Class, reason: str) -> HttpResponse:
    """To the roster, which says why no badge can be issued."""
    words = _("No badge can be issued from here. %(reason)s") % {"reason": reason}
    return back_with(request, words, reverse("classes:roster", args=[klass.pk]))


def page_or_dialog(request: Request, template: str) -> str:
    """The template's dialog for htmx, the whole page without."""
    return f"{template}#dialog" if request.htmx else template


def page_with(page: str, klass: Class, selection: Selection) -> str:
    """The address of the class's page of this name, with what is chosen."""
    address, query = reverse(page, args=[klass.pk]), selecting.address_of(selection)
    return f"{address}?{query}" if query else address


def tell_apart_in(request: Request, klass: Class, students: Iterable[User]) -> None:
    """Beside everybody on the roster, also where its lines are on several pages."""
    tell_apart(students, request.user, among=rosters.people(klass, request.user))


def students_to_choose(
    request: Request,
    students: UserQuerySet,
    chosen: Sequence[int] = (),
    shown: Sequence[Column[User]] = columns.STUDENTS,
) -> Listing[User]:
    """A searchable list of the students, by name, with what is `shown` of each; `chosen` are ticked when it opens."""
    found = listing(
        request,
        students.select_related("organization").annotate(address=within_scope(request.user, "", "email")),
        shown,
        sort="student",
        search=person_search(request.user),
        per_page=100,
        choose=Choice("students", form="choose"),
        chosen=chosen,
        name="choose-students",
    )
    tell_apart(found.page, request.user)
    return found
