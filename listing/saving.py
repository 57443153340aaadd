"""Saving views: under one name once, no more than one can read, and shared by who administers the organization alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _

from listing.models import SavedView
from organizations.access import manages
from organizations.models import Organization, User

# Of a person, and of an organization, in one list: a menu with more of them is no menu.
MOST_VIEWS = 20
# With the path it has to fit what web servers take for an address.
LONGEST_QUERY = 3000


class NameTakenError(Exception):
    """The owner has a view of that name in this list."""

    def __init__(self, name: str) -> None:
        super().__init__(_("You already have a view called “%(name)s” here.") % {"name": name})


class TooMuchError(Exception):
    """There are too many views, or one says too much. The words are for people."""


def save_view(owner: User, *, page_name: str, name: str, query: str, replaces: bool = False) -> SavedView:
    """Keep the state of a list under a name; with `replaces`, in place of what the name stood for.

    Raises NameTakenError and TooMuchError.
    """
    with _one_at_a_time(owner):
        own = SavedView.objects.filter(owner=owner, page_name=page_name)
        view = own.named(name).first()
        if view is not None:
            if not replaces:
                raise NameTakenError(name)
            return replace_state(view, query, by=owner)
        if own.count() >= MOST_VIEWS:
            words = _("You can keep %(most)d views of a list. Delete one first.")
            raise TooMuchError(words % {"most": MOST_VIEWS})
        return SavedView.objects.create(owner=owner, page_name=page_name, name=name, query=_fitting(query))


def replace_state(view: SavedView, query: str, *, by: User) -> SavedView:
    """Let the view stand for another state of its list. Raises TooMuchError."""
    view.query = _fitting(query)
    view.organization = _still_shared(view, by)
    view.save(update_fields=["query", "organization"])
    return view


def change_view(
    view: SavedView, *, by: User, name: str, organization: Organization | None, is_default: bool
) -> SavedView:
    """Rename the view, share it, make it its owner's default. Only the owner decides on that.

    Raises NameTakenError, and TooMuchError where the organization has enough of them.
    """
    with _one_at_a_time(view.owner):
        siblings = SavedView.objects.filter(page_name=view.page_name).exclude(pk=view.pk)
        if siblings.filter(owner=view.owner).named(name).exists():
            raise NameTakenError(name)
        if organization is not None and siblings.filter(organization=organization).count() >= MOST_VIEWS:
            words = _("%(organization)s has %(most)d shared views of this list. Delete one first.")
            raise TooMuchError(words % {"organization": organization, "most": MOST_VIEWS})
        if view.owner == by:
            if is_default:
                siblings.filter(owner=by, is_default=True).update(is_default=False)
            view.is_default = is_default
        view.name, view.organization = name, organization
        view.save(update_fields=["name", "organization", "is_default"])
        return view


def copy_view(view: SavedView, owner: User) -> SavedView:
    """One's own copy of somebody's view, under the same name or the next that is free. Raises TooMuchError."""
    own = SavedView.objects.filter(owner=owner, page_name=view.page_name)
    name = _free_name(view.name, lambda name: own.named(name).exists())
    return save_view(owner, page_name=view.page_name, name=name, query=view.query)


def _free_name(name: str, is_taken: Callable[[str], bool]) -> str:
    longest = SavedView._meta.get_field("name").max_length or 0
    found, number = name, 1
    while is_taken(found):
        number += 1
        ending = f" ({number})"
        found = f"{name[: longest - len(ending)]}{ending}"
    return found


def _still_shared(view: SavedView, by: User) -> Organization | None:
    """Who no longer administers an organization changes what is his own, and no more what its people see."""
    organization = view.organization
    return organization if organization and manages(by, organization.pk) else None


def _fitting(query: str) -> str:
    if len(query) > LONGEST_QUERY:
        raise TooMuchError(_("This view holds too much to be saved. Remove some filters or columns."))
    return query


@contextmanager
def _one_at_a_time(owner: User) -> Iterator[None]:
    """What is saved for one person at the same moment comes one after the other."""
    with transaction.atomic():
        User.objects.get_queryset().select_for_update(no_key=True).only("pk").get(pk=owner.pk)
        yield
