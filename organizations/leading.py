"""Where the name of a person leads: to the page that the reader has about him or her, if there is one.

Both pages belong to an app above: what the person has won, for those who administer the person, and how far the person
is, for those who teach.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse

from organizations.models import User
from organizations.scope import administered, in_scope

SEE_EARNED, SEE_ROSTERS = "achievements.view_earnedachievement", "classes.view_enrollment"


def lead_to_people(people: Iterable[User | None], reader: User) -> None:
    """Give each of them, as `page`, the address of that page. One query at most; none for who has such pages of nobody."""
    shown = [person for person in people if person is not None]
    pages = {reader.pk: reverse("achievements:of", args=[reader.pk])}
    others = {person.pk for person in shown} - {reader.pk}
    if others and (reader.has_perm(SEE_EARNED) or reader.has_perm(SEE_ROSTERS)):
        pages |= _pages(others, reader)
    for person in shown:
        person.page = pages.get(person.pk, "")


def _pages(ids: Collection[int], reader: User) -> dict[int, str]:
    met: Any = (
        User.objects.get_queryset()
        .filter(in_scope(reader), pk__in=ids)
        .annotate(is_administered=Q(administered(reader)))
        .values_list("pk", "is_administered")
    )
    names = {
        True: "achievements:of" if reader.has_perm(SEE_EARNED) else "",
        False: "achievements:ask" if reader.has_perm(SEE_ROSTERS) else "",
    }
    return {pk: reverse(name, args=[pk]) for pk, is_administered in met if (name := names[is_administered])}
