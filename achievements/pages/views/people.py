"""The people whom a page names, and the one whom it is about: told apart, and as far as the reader may see them."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from achievements.explaining.access import Asking, students_in_reach
from achievements.pages.people_forms import RosterForm
from classes.models import Class
from organizations.access import changeable_accounts
from organizations.models import User
from organizations.requests import Request
from organizations.telling_apart import tell_apart

CHANGE_USER = "organizations.change_user"


def people_in_reach(request: Request, people: Iterable[User | None]) -> set[int]:
    """Those whose page the reader may open; all of them are told apart, where their names are equal."""
    shown = [person for person in people if person is not None]
    tell_apart(shown, request.user)
    ids = {person.pk for person in shown}
    return set(User.objects.visible_to(request.user).filter(pk__in=ids).values_list("pk", flat=True))


def asking_about(request: Request, user_id: int) -> Asking:
    """404 for whoever has nothing to do with the person, 403 for who manages him or her without the permission."""
    people = students_in_reach(request.user).select_related("organization")
    asking = Asking(request.user, get_object_or_404(people, pk=user_id))
    if not (asking.is_allowed or asking.opens_page):
        raise PermissionDenied
    return asking


def class_behind(request: Request, asking: Asking) -> Class | None:
    """The class whose roster the page was opened from; else none, or a class for who knows the person by rosters alone."""
    chosen = RosterForm(request.GET, classes=asking.classes).chosen
    if chosen is not None or asking.is_close or asking.opens_page:
        return chosen
    return asking.classes.first()


def may_change(request: Request, person: User) -> bool:
    """Whether the reader may change the person's account."""
    return request.user.has_perm(CHANGE_USER) and changeable_accounts(request.user).filter(pk=person.pk).exists()
