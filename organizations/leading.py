"""Where the name of a person leads: to the person's page, if the reader may open it.

The page belongs to an app above: all of it for those who administer the person, and for those who teach what their classes
have to do with.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse

from organizations.models import User
from organizations.scope import administered, in_scope

PAGE = "achievements:user"
# Each opens the page of those whom one administers; the last one of one's students.
SEE_USERS, SEE_EARNED, SEE_ROSTERS = (
    "organizations.view_user",
    "achievements.view_earnedachievement",
    "classes.view_enrollment",
)


def lead_to_people(people: Iterable[User | None], reader: User) -> None:
    """Give each of them, as `page`, the address of that page. One query at most; none for who has such pages of nobody."""
    shown = [person for person in people if person is not None]
    pages = {reader.pk: reverse(PAGE, args=[reader.pk])}
    others = {person.pk for person in shown} - {reader.pk}
    administers = reader.has_perm(SEE_USERS) or reader.has_perm(SEE_EARNED)
    if others and (administers or reader.has_perm(SEE_ROSTERS)):
        pages |= _pages(others, reader, administers=administers)
    for person in shown:
        person.page = pages.get(person.pk, "")


def _pages(ids: Collection[int], reader: User, *, administers: bool) -> dict[int, str]:
    met: Any = (
        User.objects.get_queryset()
        .filter(in_scope(reader), pk__in=ids)
        .annotate(is_administered=Q(administered(reader)))
        .values_list("pk", "is_administered")
    )
    opens = {True: administers, False: reader.has_perm(SEE_ROSTERS)}
    return {pk: reverse(PAGE, args=[pk]) for pk, is_administered in met if opens[is_administered]}
