"""Whose addresses a person may see, and whom a page may name to him or her: what every list, search and letter asks.

Somebody's scope are the people whom he or she administers or teaches. Others are named, with their organization, to those
whose own course or class trained them. The apps above say who teaches and who was trained.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_

from django.db.models import Case, F, Q, Value, When

from operation.searching import SearchPath, found_at
from organizations.access import managed_organizations
from organizations.models import User, UserQuerySet

# A condition on rows, given the reader and the field path from a row to the person; an empty path: the row is the person.
type Rule = Callable[[User, str], Q]

_TEACHING: list[Rule] = []
_TRAINING: list[Rule] = []
EVERYBODY = ~Q(pk__in=[])


def widens_scope(rule: Rule) -> Rule:
    """Count the people of this rule among those whose addresses the reader may see."""
    _TEACHING.append(rule)
    return rule


def lets_name(rule: Rule) -> Rule:
    """Let pages name the people of this rule to the reader, with their organization and without their address."""
    _TRAINING.append(rule)
    return rule


def administered(user: User, to: str = "") -> Q:
    """The user, and the people of the organizations the user manages."""
    if user.is_superuser:
        return EVERYBODY
    organization = f"{to}__organization_id__in" if to else "organization_id__in"
    return Q((to or "pk", user.pk)) | Q((organization, managed_organizations(user).values("pk")))


def in_scope(user: User, to: str = "") -> Q:
    """The people whose addresses and user names the user may see, search, sort by and export."""
    return _any(user, to, [administered, *_TEACHING])


def trained(user: User, to: str = "") -> Q:
    """The people whom a course or class of the organizations that the user manages trained."""
    return _any(user, to, _TRAINING)


def named(user: User, to: str = "") -> Q:
    """The people whom a page may name to the user: those in scope, and those trained by the user's organizations."""
    return in_scope(user, to) | trained(user, to)


def people_in_scope(user: User) -> UserQuerySet:
    """See in_scope."""
    return User.objects.get_queryset().filter(in_scope(user))


def within_scope(user: User, to: str, path: str) -> Case:
    """The text at `path`, empty where the person at `to` is outside the user's scope: to annotate, and to sort by."""
    return Case(When(in_scope(user, to), then=F(path)), default=Value(""))


def searched_within_scope(user: User, to: str, path: SearchPath) -> SearchPath:
    """A search path that finds nothing of people outside the user's scope: a search must not tell what a page hides."""
    return lambda word: found_at(path, word) & in_scope(user, to)


def person_search(user: User, to: str = "") -> list[SearchPath]:
    """Where the words of a search for a person may be: in the name, within scope in user name and address too."""
    start = f"{to}__" if to else ""
    return [
        (f"{start}first_name", f"{start}last_name"),
        searched_within_scope(user, to, (f"{start}username", f"{start}email")),
    ]


def _any(user: User, to: str, rules: Sequence[Rule]) -> Q:
    return EVERYBODY if user.is_superuser else reduce(or_, (rule(user, to) for rule in rules))
