"""The product's navigation: which links a person has (S112: a link one may not use is not shown), and where a page belongs."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import ResolverMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from organizations.brands import shown_to
from tms.attention.finding import PERMISSIONS


@dataclass(frozen=True)
class Place:
    """A page worth a link, shown to users with any of `permissions`; without any, to all."""

    url_name: str
    label: str | Promise
    icon: str
    permissions: tuple[str, ...] = ()
    needs_staff: bool = False
    count_name: str = ""  # of the address that answers with a number, for a page that waits for somebody

    def is_open_to(self, user: Any) -> bool:
        """Whether the person may go there."""
        if self.needs_staff:
            return bool(user.is_staff)
        return not self.permissions or any(user.has_perm(name) for name in self.permissions)

    @cached_property
    def url(self) -> str:
        """Its address, looked up once: every page asks for all of them."""
        return reverse(self.url_name)

    @cached_property
    def count_url(self) -> str:
        """Where its number is asked for, once the page is shown; empty without one."""
        return reverse(self.count_name) if self.count_name else ""


@dataclass(frozen=True)
class MenuLink:
    """A place as the menu shows it."""

    url: str
    label: str | Promise
    icon: str
    is_current: bool
    count_url: str = ""


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
    PlaceGroup(
        "",
        (
            Place("home", _("Home"), "home"),
            Place("attention", _("Needs attention"), "inbox", PERMISSIONS, count_name="attention_count"),
        ),
    ),
    PlaceGroup(
        _("Teach"),
        (
            Place("classes:list", _("Classes"), "academic-cap", ("classes.view_class",)),
            Place("courses:assignments", _("Find Course Assignments"), "book-open", ("courses.view_courseassignment",)),
            Place("courses:paths", _("Learning Paths"), "map"),
        ),
    ),
    PlaceGroup(
        _("Award"),
        (
            Place("badges:list", _("Badges"), "check-badge", ("badges.view_badge",)),
            Place("achievements:list", _("Achievements"), "trophy", ("achievements.view_achievement",)),
            Place("badges:issued", _("Find Issued Badges"), "magnifying-glass", ("badges.view_issuedbadge",)),
            Place("badges:adoption", _("Adoption"), "chart-bar", ("badges.view_issuedbadge",)),
        ),
    ),
    PlaceGroup(
        _("Operate"),
        (
            Place("achievements:users", _("Users"), "users", ("organizations.view_user",)),
            Place("badges:providers", _("Badge Providers"), "building-library", ("badges.view_badgeprovider",)),
            Place("achievements:sweeps", _("Sweeps"), "arrow-path", ("achievements.view_sweep",)),
            Place("audit", _("Audit"), "shield-check", ("organizations.view_auditentry",)),
            Place("brands", _("Brand"), "swatch", ("organizations.change_organization",)),
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


# Pages below no place of their own, or whose reader may lack it: the first of these places that the reader has.
BELONGING = {
    "brand": ("brands",),
    "undo_time": ("brands",),
    "badges:issuances": ("badges:issued", "classes:list"),
    "badges:issuance": ("badges:issued", "classes:list"),
    "achievements:undelivered": ("attention", "badges:issued"),
    "classes:details": ("classes:list", "classes:transcript"),
    "courses:assignment": ("courses:assignments", "classes:transcript"),
}
# Pages about one person. One's own belong to what is one's own; others' to where the reader meets people.
ABOUT_A_PERSON = {
    "achievements:ask": "achievements:mine",
    "achievements:why": "achievements:mine",
    "achievements:user": "achievements:mine",
    "achievements:timeline": "achievements:mine",
    "achievements:participation": "achievements:mine",
    "classes:transcript_of": "classes:transcript",
}
# Of these, those that a roster leads to.
FROM_ROSTERS = ("achievements:user", "achievements:timeline", "achievements:ask", "achievements:why")


def places_of(user: Any) -> list[Place]:
    """The places that the person has."""
    return [place for place in PLACES if place.is_open_to(user)]


def place_of(
    user: Any, places: Iterable[Place], path: str, match: ResolverMatch | None, *, is_from_roster: bool = False
) -> Place | None:
    """The place that a page belongs to, of those that the person has; else that with the longest address above it."""
    by_name = {place.url_name: place for place in places}
    for url_name in _belonging(user, match, is_from_roster=is_from_roster):
        if url_name in by_name:
            return by_name[url_name]
    above = [place for place in by_name.values() if _is_at_or_below(path, place.url)]
    return max(above, key=lambda place: len(place.url), default=None)


def _is_at_or_below(path: str, address: str) -> bool:
    return path == address or (address != "/" and path.startswith(address))


def _belonging(user: Any, match: ResolverMatch | None, *, is_from_roster: bool) -> tuple[str, ...]:
    if match is None:
        return ()
    if match.view_name not in ABOUT_A_PERSON:
        return BELONGING.get(match.view_name, ())
    if match.kwargs["user_id"] == user.pk:
        return (ABOUT_A_PERSON[match.view_name],)
    if is_from_roster and match.view_name in FROM_ROSTERS:
        return ("classes:list", "achievements:users")
    return ("achievements:users", "classes:list")


def menu(places: Iterable[Place], here: Place | None) -> list[MenuGroup]:
    """The links to the places, group by group; `here` is marked."""
    own = set(places)
    groups = [
        MenuGroup(
            group.label,
            [
                MenuLink(place.url, place.label, place.icon, place == here, place.count_url)
                for place in group.places
                if place in own
            ],
        )
        for group in GROUPS
    ]
    return [group for group in groups if group.links]


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Template context: the menu of the person's roles, the first crumb of each page that is no place itself, the brand."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": []}
    places = places_of(user)
    here = place_of(user, places, request.path, request.resolver_match, is_from_roster="roster" in request.GET)
    is_place = here is not None and here.url == request.path
    return {
        "navigation": menu(places, here),
        "crumb": None if is_place else here or PLACES[0],
        "brand": shown_to(user),
    }
