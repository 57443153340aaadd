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


PLACES = (
    Place("home", _("Home"), "home"),
    Place("classes:list", _("Classes"), "academic-cap", ("classes.view_class",)),
    Place("courses:assignments", _("Course Assignments"), "book-open", ("courses.view_courseassignment",)),
    Place("courses:paths", _("Learning Paths"), "map"),
    Place("badges:list", _("Badges"), "check-badge", ("badges.view_badge",)),
    Place("badges:providers", _("Badge Providers"), "building-library", ("badges.view_badgeprovider",)),
    Place("badges:issued", _("Find Issued Badges"), "magnifying-glass", ("badges.view_issuedbadge",)),
    Place("achievements:list", _("Achievements"), "trophy", ("achievements.view_achievement",)),
    Place("achievements:sweeps", _("Sweeps"), "arrow-path", ("achievements.view_sweep",)),
    Place("achievements:users", _("Find Users"), "users", ("organizations.view_user",)),
    Place("achievements:mine", _("Achievements/Badges"), "sparkles"),
    Place("classes:transcript", _("Transcript"), "document-text"),
    Place("admin:index", _("Administration"), "cog-6-tooth", needs_staff=True),
)


def links(user: Any, path: str) -> list[MenuLink]:
    """The person's links. The current one is the place with the longest address that `path` begins with."""
    open_places = [(place, reverse(place.url_name)) for place in PLACES if place.is_open_to(user)]
    here = max((url for _place, url in open_places if url == path or (url != "/" and path.startswith(url))), default="")
    return [MenuLink(url, place.label, place.icon, url == here) for place, url in open_places]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Template context: the links of the person's roles."""
    user = getattr(request, "user", None)
    return {"navigation": links(user, request.path) if user is not None and user.is_authenticated else []}
