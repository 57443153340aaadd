"""Tells people of one name apart on a page: beside equal names stands what differs, as far as the reader may know it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, Value
from django.db.models.functions import Concat, Lower, Trim

from organizations.models import User, UserQuerySet
from organizations.scope import in_scope


def tell_apart(people: Iterable[User | None], reader: User, *, among: UserQuerySet | None = None) -> None:
    """Have each of these print with what differs where another one has the same name.

    Within the reader's scope that is the address or the user name, outside of it the organization. `among` are those
    whom the reader may meet beside them, on other pages of a list say: a query. Where names are equal, one query more.
    """
    shown = [person for person in people if person is not None]
    ids: dict[str, set[int]] = defaultdict(set)
    for person in shown:
        ids[_key(person.plain_name)].add(person.pk)
    if among is not None:
        for pk, name in _namesakes(among, ids):
            ids[_key(name)].add(pk)
    equal = [those for those in ids.values() if len(those) > 1]
    differences = _differences(equal, reader) if equal else {}
    for person in shown:
        person.differs = differences.get(person.pk, "")


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _namesakes(among: UserQuerySet, names: Collection[str]) -> Iterable[tuple[int, str]]:
    full_name = Trim(Concat("first_name", Value(" "), "last_name"))
    named = among.order_by().annotate(full_name=full_name).alias(key=Lower("full_name"))
    return named.filter(key__in=list(names)).values_list("pk", "full_name")


def _differences(groups: Collection[set[int]], reader: User) -> dict[int, str]:
    ids = set().union(*groups)
    people: dict[int, Any] = (
        User.objects.get_queryset()
        .select_related("organization")
        .annotate(is_in_scope=Q(in_scope(reader)))
        .in_bulk(ids)
    )
    found: dict[int, str] = {}
    for group in groups:
        those = [people[pk] for pk in sorted(group) if pk in people]
        found |= {person.pk: _difference(person, those) for person in those}
    return found


def _difference(person: Any, others: Collection[Any]) -> str:
    """Outside the scope never what may be an address; a number where even the organization is the same."""
    if person.is_in_scope:
        return str(person.email or person.username)
    organization = str(person.organization)
    twins = [one for one in others if not one.is_in_scope and str(one.organization) == organization]
    if len(twins) == 1:
        return organization
    has_address = any("@" in one.username for one in twins)
    return f"{organization}, {twins.index(person) + 1 if has_address else person.username}"
