"""Where names lead: of what badges were issued from (a class, a course assignment, an achievement), and of issued badges."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from badges.models import Badge, IssuanceBatch, IssuedBadge, Via
from organizations.models import Organization, User

# What stands above badges is reached through organizations, students and badges: this app knows none of it. With the
# name of the page, and the permission that it asks for.
_SOURCES: dict[str, tuple[Any, str, str]] = {
    Via.ROSTER: (Organization, "classes", "classes:details"),
    Via.ASSIGNMENT: (User, "course_assignments", "courses:assignment"),
    Via.ACHIEVEMENT: (Badge, "achievements", "achievements:details"),
}
_SEE_ISSUED = "badges.view_issuedbadge"
_NEEDS = {Via.ASSIGNMENT: "courses.view_courseassignment", Via.ACHIEVEMENT: "achievements.view_achievement"}


def lead_to_sources(rows: Iterable[IssuedBadge | IssuanceBatch], reader: User) -> None:
    """Give each row, as `source_page`, the address of what it was issued from, if the reader may open it.

    At most one query for each kind of source.
    """
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row.via in _SOURCES and row.source_id is not None:
            by_kind[row.via].append(row)
    for via, some in by_kind.items():
        _lead(via, some, reader)


def lead_to_issued(rows: Iterable[IssuedBadge], reader: User) -> None:
    """Give each, as `details_page`, the address of its own page, if the reader may open it. One query at most."""
    shown = list(rows)
    ids: set[int] = set()
    if shown and reader.has_perm(_SEE_ISSUED):
        visible = IssuedBadge.objects.visible_to(reader).filter(pk__in={row.pk for row in shown})
        ids = set(visible.values_list("pk", flat=True))
    for row in shown:
        row.details_page = reverse("badges:issued_badge", args=[row.pk]) if row.pk in ids else ""


def _lead(via: str, rows: Iterable[Any], reader: User) -> None:
    if via in _NEEDS and not reader.has_perm(_NEEDS[Via(via)]):
        return
    holder, relation, page = _SOURCES[via]
    visible = getattr(holder, relation).rel.related_model.objects.visible_to(reader)
    open_ids = set(visible.filter(pk__in={row.source_id for row in rows}).values_list("pk", flat=True))
    for row in rows:
        if row.source_id in open_ids:
            row.source_page = reverse(page, args=[row.source_id])
