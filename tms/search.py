"""Finds what somebody may open by its name: people, classes, courses, badges, achievements, paths, and what to do.

Each kind is one query over what its own list shows the person, by an index on plain words: case and accents do not matter.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Case, QuerySet, Value, When
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from achievements.models import Achievement
from badges.models import Badge
from classes import rosters
from classes.models import Class
from courses.models import Course, LearningPath
from operation.searching import Begins, PlainWords, SearchPath, plain, searched
from operation.templatetags.display import DAY
from organizations.models import User
from organizations.roles import ISSUE_IN_CLASSES
from organizations.scope import people_in_scope
from organizations.telling_apart import tell_apart
from tms.navigation import PLACES, Place

# Of each kind; the list behind them has the rest.
SHOWN = 5
# So many of the newest classes are offered to issue badges from, where there is a badge and somebody to give it to.
ISSUED_FROM = 2
# Letters in all: fewer are in every other name.
FEWEST = 3

ACTIONS = (
    Place("badges:create", gettext_lazy("Create Badge"), "plus", ("badges.add_badge",)),
    Place("achievements:create", gettext_lazy("Create Achievement"), "plus", ("achievements.add_achievement",)),
    Place("courses:path_create", gettext_lazy("Create Learning Path"), "plus", ("courses.add_learningpath",)),
    Place("badges:provider_create", gettext_lazy("Create Badge Provider"), "plus", ("badges.add_badgeprovider",)),
    Place("password_change", gettext_lazy("Change password"), "key"),
    Place("sessions", gettext_lazy("Sessions"), "computer-desktop"),
)


@dataclass(frozen=True)
class Hit:
    """Something found: where it is, and a second line that tells it from others of its name."""

    title: str
    second: str
    url: str
    icon: str


@dataclass(frozen=True)
class HitGroup:
    """What was found of one kind. `more_url` is its list with the same search, where there is more and a list."""

    label: str | Promise
    hits: list[Hit]
    more_url: str = ""


@dataclass(frozen=True, kw_only=True)
class _Kind[Row: models.Model]:
    """One kind: `rows` are those that the person may open, None for who has no list of them."""

    label: str | Promise
    icon: str
    rows: Callable[[User], QuerySet[Row] | None]
    paths: Sequence[SearchPath]
    name: tuple[str, ...]
    hit: Callable[[Row, User], tuple[str, str]]
    list_name: Callable[[User], str]
    prepare: Callable[[Sequence[Any], User], None] = lambda _rows, _user: None

    def found(self, user: User, words: str) -> HitGroup | None:
        """The best of what is found; None where nothing is."""
        rows = self.rows(user)
        if rows is None:
            return None
        begins = Case(When(Begins(PlainWords(*self.name), words), then=Value(0)), default=Value(1))
        ordered = searched(rows, self.paths, words).order_by(begins, *self.name, "pk")
        best = list(ordered[: SHOWN + 1])
        self.prepare(best[:SHOWN], user)
        hits = [Hit(str(row), second, url, self.icon) for row in best[:SHOWN] for second, url in [self.hit(row, user)]]
        list_name = self.list_name(user) if len(best) > SHOWN else ""
        more_url = f"{reverse(list_name)}?{urlencode({'q': words})}" if list_name else ""
        return HitGroup(self.label, hits, more_url) if hits else None


def results_of(user: User, words: str) -> list[HitGroup]:
    """What the person may open and is called so, kind by kind. At most sixteen queries, however much is found."""
    if len("".join(words.split())) < FEWEST:
        return _some([_actions(user, words)])
    groups = _some(kind.found(user, words) for kind in _KINDS)
    return _some([_actions(user, words), _issuing(user, words), *groups])


def _some(groups: Iterable[HitGroup | None]) -> list[HitGroup]:
    return [group for group in groups if group is not None]


def _actions(user: User, words: str) -> HitGroup | None:
    """Pages of the menu and things to make; all of them where nothing was typed yet."""
    wanted = plain(words).split()
    open_places = [place for place in (*PLACES, *ACTIONS) if place.is_open_to(user)]
    named = [place for place in open_places if all(word in plain(str(place.label)) for word in wanted)]
    hits = [Hit(str(place.label), "", place.url, place.icon) for place in named]
    return HitGroup(gettext_lazy("Go to"), hits) if hits else None


def _issuing(user: User, words: str) -> HitGroup | None:
    """Badges are issued from a class's roster, so its class is what people think of."""
    if not user.has_perm(ISSUE_IN_CLASSES):
        return None
    classes = searched(Class.objects.with_roster_for(user), ["name"], words).order_by("-starts_at", "pk")
    hits = [
        Hit(
            _("Issue Badges: %(class)s") % {"class": klass.name},
            _class_words(klass),
            reverse("classes:issue_badges", args=[klass.pk]),
            "trophy",
        )
        for klass in classes.select_related("course")[:ISSUED_FROM]
        if rosters.offers_badges(klass, user)
    ]
    return HitGroup(gettext_lazy("Actions"), hits) if hits else None


def _people(user: User) -> QuerySet[User] | None:
    """Those with a page for the reader: an administrator's people, an instructor's students."""
    if user.has_perm("organizations.view_user"):
        return User.objects.visible_to(user).select_related("organization")
    if user.has_perm("classes.view_enrollment"):
        return people_in_scope(user).exclude(pk=user.pk).select_related("organization")
    return None


def _person(row: User, _user: User) -> tuple[str, str]:
    return str(row.organization), reverse("achievements:user", args=[row.pk])


def _classes(user: User) -> QuerySet[Class]:
    return Class.objects.visible_to(user).select_related("course")


def _class_words(klass: Class) -> str:
    return _("%(course)s, from %(day)s") % {"course": klass.course.name, "day": _day(klass)}


def _day(klass: Class) -> str:
    return formats.date_format(timezone.localtime(klass.starts_at, ZoneInfo(klass.time_zone)), DAY)


def _courses(user: User) -> QuerySet[Course] | None:
    """Courses have pages in the administration alone."""
    is_theirs = user.is_staff and user.has_perm("courses.view_course")
    return Course.objects.visible_to(user).select_related("organization") if is_theirs else None


def _of(model: type[Badge] | type[Achievement], permission: str) -> Callable[[User], QuerySet[Any] | None]:
    return lambda user: model.objects.visible_to(user) if user.has_perm(permission) else None


def _owned(
    label: Promise, icon: str, rows: Callable[[User], QuerySet[Any] | None], page: str, list_: str
) -> _Kind[Any]:
    """What an organization has and calls by a name: the second line says whose it is."""

    def with_owner(user: User) -> QuerySet[Any] | None:
        found = rows(user)
        return None if found is None else found.select_related("organization")

    return _Kind(
        label=label,
        icon=icon,
        rows=with_owner,
        paths=["name"],
        name=("name",),
        hit=lambda row, _user: (str(row.organization), reverse(page, args=[row.pk])),
        list_name=lambda _user: list_,
    )


_KINDS: tuple[_Kind[Any], ...] = (
    _Kind(
        label=gettext_lazy("People"),
        icon="user",
        rows=_people,
        # All of these are within the reader's scope: so are their user names and addresses.
        paths=[("first_name", "last_name"), ("username", "email")],
        name=("first_name", "last_name"),
        hit=_person,
        list_name=lambda user: "achievements:users" if user.has_perm("organizations.view_user") else "",
        prepare=tell_apart,
    ),
    _Kind(
        label=gettext_lazy("Classes"),
        icon="academic-cap",
        rows=_classes,
        paths=["name"],
        name=("name",),
        hit=lambda row, _user: (_class_words(row), reverse("classes:details", args=[row.pk])),
        list_name=lambda user: "classes:list" if user.has_perm("classes.view_class") else "",
    ),
    _Kind(
        label=gettext_lazy("Courses"),
        icon="book-open",
        rows=_courses,
        paths=[("name", "number")],
        name=("name",),
        hit=lambda row, _user: (
            f"{row.number}, {row.organization}",
            reverse("admin:courses_course_change", args=[row.pk]),
        ),
        list_name=lambda _user: "admin:courses_course_changelist",
    ),
    _owned(gettext_lazy("Badges"), "check-badge", _of(Badge, "badges.view_badge"), "badges:profile", "badges:list"),
    _owned(
        gettext_lazy("Achievements"),
        "trophy",
        _of(Achievement, "achievements.view_achievement"),
        "achievements:details",
        "achievements:list",
    ),
    _owned(gettext_lazy("Learning Paths"), "map", LearningPath.objects.open_to, "courses:path", "courses:paths"),
)
