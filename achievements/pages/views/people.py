"""The people whom a page names: told apart, and which of them with a link to their own pages."""

from collections.abc import Iterable

from organizations.models import User
from organizations.requests import Request
from organizations.telling_apart import tell_apart


def people_in_reach(request: Request, people: Iterable[User | None]) -> set[int]:
    """Those whose page the reader may open; all of them are told apart, where their names are equal."""
    shown = [person for person in people if person is not None]
    tell_apart(shown, request.user)
    ids = {person.pk for person in shown}
    return set(User.objects.visible_to(request.user).filter(pk__in=ids).values_list("pk", flat=True))
