"""The product's navigation: which links a person has (S112: a link one may not use is not shown)."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Place:
    """A page worth a link, shown to users with any of `permissions`; without any, to all."""

    url_name: str
    label: str | Promise
    icon: str
    permissions: tuple[str, ...] = ()
    needs_staff: bool = False

    def is_open_to(self, user: Any) -> bool:
        """Whether the person may go there."""
        if self.needs_staff:
            return bool(user.is_staff)
        return not self.permissions or any(user.has_perm(name) for name in self.permissions)


@dataclass(frozen=True)
class MenuLink:
    """A place as the menu shows it."""

    url: str
    label: str | Promise
    icon: str
    is_current: bool


@dataclass(frozen=True)
class PlaceGroup:
    """Places that belong together; the first group has no head."""

    label: str | Promise
    places: tuple[Place, ...]


@dataclass(frozen=True)
class MenuGroup:
    """A group as the menu shows it."""

    label: str | Promise
    links: list[MenuLink]


GROUPS = (
    PlaceGroup("", (Place("home", _("Home"), "home"),)),
    PlaceGroup(
        _("Teach"),
        (
            Place("classes:list", _("Classes"), "academic-cap", ("classes.view_class",)),
            Place("courses:assignments", _("Course Assignments"), "book-open", ("courses.view_courseassignment",)),
            Place("courses:paths", _("Learning Paths"), "map"),
        ),
    ),
    PlaceGroup(
        _("Award"),
        (
            Place("badges:list", _("Badges"), "check-badge", ("badges.view_badge",)),
            Place("achievements:list", _("Achievements"), "trophy", ("achievements.view_achievement",)),
            Place("badges:issued", _("Find Issued Badges"), "magnifying-glass", ("badges.view_issuedbadge",)),
        ),
    ),
    PlaceGroup(
        _("Operate"),
        (
            Place("achievements:users", _("Find Users"), "users", ("organizations.view_user",)),
            Place("badges:providers", _("Badge Providers"), "building-library", ("badges.view_badgeprovider",)),
            Place("achievements:sweeps", _("Sweeps"), "arrow-path", ("achievements.view_sweep",)),
            Place("admin:index", _("Administration"), "cog-6-tooth", needs_staff=True),
        ),
    ),
    PlaceGroup(
        _("Mine"),
        (
            Place("achievements:mine", _("Achievements/Badges"), "sparkles"),
            Place("classes:transcript", _("Transcript"), "document-text"),
        ),
    ),
)
PLACES = tuple(place for group in GROUPS for place in group.places)


def menu(user: Any, path: str) -> list[MenuGroup]:
    """The person's links, group by group. The current one is that with the longest address that `path` begins with."""
    urls = {place: reverse(place.url_name) for place in PLACES if place.is_open_to(user)}
    here = max((url for url in urls.values() if url == path or (url != "/" and path.startswith(url))), default="")
    groups = [
        MenuGroup(
            group.label,
            [
                MenuLink(urls[place], place.label, place.icon, urls[place] == here)
                for place in group.places
                if place in urls
            ],
        )
        for group in GROUPS
    ]
    return [group for group in groups if group.links]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Template context: the menu of the person's roles."""
    user = getattr(request, "user", None)
    return {"navigation": menu(user, request.path) if user is not None and user.is_authenticated else []}
