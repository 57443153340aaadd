"""Accounts whose user names are from before the rules of `organizations.user_names`: which they are, and new names for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from organizations.models import User
from organizations.user_names import normalized


@dataclass(frozen=True)
class Renamed:
    """An account and the name it had."""

    user: User
    was: str


def with_old_names() -> QuerySet[User]:
    """The accounts that break a rule, the oldest first."""
    return User.objects.filter(has_old_name=True).select_related("organization").order_by("pk")


def is_other_address(user: User) -> bool:
    """Whether the name holds an @ and is not the account's own address."""
    return "@" in user.username and user.username.lower() != user.email.lower()


def release() -> int:
    """Take the mark from names that break no rule any more; how many. Safe to repeat."""
    released = 0
    for user in with_old_names():
        if user.username == normalized(user.username) and not is_other_address(user):
            released += _keep(user)
    return released


def rename() -> Iterator[Renamed]:
    """Give each account that breaks a rule a name that breaks none: an _ for the @, a number for a name that is taken."""
    for user in with_old_names():
        was = user.username
        start = normalized(was).replace("@", "_")[:140]
        next(name for name in _names(start) if _keep(user, name))
        yield Renamed(user, was)


def _names(start: str) -> Iterator[str]:
    yield start
    yield from (f"{start}-{number}" for number in count(2))


def _keep(user: User, name: str | None = None) -> bool:
    """Put the account under the rules, with this name; False where another account has it."""
    user.username, user.has_old_name = name or user.username, False
    try:
        with transaction.atomic():
            user.save(update_fields=["username", "has_old_name"])
    except IntegrityError:
        return False
    return True
