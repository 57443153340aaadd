"""From where somebody may issue a badge to one student: the rosters and the course assignments that lead there."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import FETCH_RAISE, Exists, OuterRef, Q
from django.urls import reverse

from badges.models import Badge
from classes.models import Class, Enrollment
from courses.models import CourseAssignment
from organizations.access import managed_organizations
from organizations.models import User
from organizations.roles import ISSUE_IN_ASSIGNMENTS, ISSUE_IN_CLASSES

# How many of each kind a person chooses from; the newest.
SHOWN = 10


@dataclass(frozen=True)
class Door:
    """A class or a course assignment, since when, and the page that issues a badge from it.

    A class offers badges of its organization; an assignment those of the organizations that the reader manages.
    """

    words: str
    at: datetime
    address: str
    organization_ids: frozenset[int]
    class_id: int | None = None

    def offers(self, badge: Badge) -> bool:
        """Whether the badge can be issued there."""
        return badge.manual_issuance and badge.organization_id in self.organization_ids


def doors_to(student: User, reader: User) -> list[Door]:
    """The newest first, of those where a badge is offered. Three queries, none without the permissions."""
    doors = [*_of_classes(student, reader), *_of_assignments(student, reader)]
    return sorted(doors, key=lambda door: door.at, reverse=True)


def _of_classes(student: User, reader: User) -> list[Door]:
    if not reader.has_perm(ISSUE_IN_CLASSES):
        return []
    offered = Badge.objects.manually_issuable().filter(organization=OuterRef("klass__organization"))
    lines = Enrollment.objects.on_rosters_of(reader).enrolled().filter(Exists(offered), student=student)
    lines = lines.filter(klass__in=Class.objects.with_roster_for(reader).values("pk"))
    rows = lines.select_related("klass").order_by("-klass__starts_at", "-pk").fetch_mode(FETCH_RAISE)
    return [
        Door(
            line.klass.name,
            line.klass.starts_at,
            reverse("classes:issue_badge", args=[line.klass_id, line.pk]),
            frozenset({line.klass.organization_id}),
            class_id=line.klass_id,
        )
        for line in rows[:SHOWN]
    ]


def _of_assignments(student: User, reader: User) -> list[Door]:
    if not reader.has_perm(ISSUE_IN_ASSIGNMENTS):
        return []
    offered = Badge.objects.manually_issuable().filter(organization__in=managed_organizations(reader))
    owners = frozenset(offered.values_list("organization_id", flat=True).distinct())
    if not owners:
        return []
    is_over = Q(cancelled_at__isnull=False, completed_at__isnull=True)
    mine = CourseAssignment.objects.managed_by(reader).filter(student=student).exclude(is_over)
    rows = mine.select_related("course").order_by("-assigned_at", "-pk").fetch_mode(FETCH_RAISE)
    return [
        Door(row.course.name, row.assigned_at, reverse("courses:issue_badge", args=[row.pk]), owners)
        for row in rows[:SHOWN]
    ]
