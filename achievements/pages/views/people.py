"""The people whom a page names: told apart, and which of them with a link to their own pages."""

from collections.abc import Iterable

from tms.models import User
from tms.requests import Request
from tms.telling_apart import tell_apart


def people_in_reach(request: Request, people: Iterable[User | None]) -> set[int]:
    """Those whose page the reader may open; all of them are told apart, where their names are equal."""
    shown = [person for person in people if person is not None]
    tell_apart(shown, request.user)
    ids = {person.pk for person in shown}
    return set(User.objects.visible_to(request.user).filter(pk__in=ids).values_list("pk", flat=True))
