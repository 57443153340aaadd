"""Finds the classes that ended and still want something of their instructor: completions, or the first badge."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from badges.models import Badge, IssuanceItem, Via
from classes.models import Class, ClassQuerySet, Enrollment, EnrollmentQuerySet
from organizations.access import managed_organizations
from organizations.models import User
from organizations.roles import ISSUE_IN_CLASSES

# A class that ended earlier is left alone; it stands in the list of classes.
WITHIN = timedelta(days=14)
# So long an administrator leaves it to the instructors.
INSTRUCTORS_HAVE = timedelta(days=3)

Completion = Enrollment.Completion


def to_wrap_up(user: User, *, at: datetime) -> ClassQuerySet:
    """Those that the user teaches, that ended within 14 days, and where an Enrolled student's completion is not set, or
    students completed and no badge was issued from the roster yet.

    Only the students whom the user sees count (S29), and badges only where the user may issue one.
    """
    return _ended(Class.objects.taught_by(user), at=at).filter(_is_wanting(user))


def needing_attention(user: User, *, at: datetime) -> ClassQuerySet:
    """Those of `to_wrap_up`; and of the organizations that the user manages the same of all instructors, once they have had
    INSTRUCTORS_HAVE for it. None for who may open no roster.
    """
    overdue = Q(organization__in=managed_organizations(user), ends_at__lte=at - INSTRUCTORS_HAVE)
    concerned = Q(pk__in=Class.objects.taught_by(user).values("pk")) | overdue
    return _ended(Class.objects.with_roster_for(user).filter(concerned), at=at).filter(_is_wanting(user))


def _ended(classes: ClassQuerySet, *, at: datetime) -> ClassQuerySet:
    return classes.filter(ends_at__lte=at, ends_at__gt=at - WITHIN)


def _is_wanting(user: User) -> Q:
    wanting = Q(Exists(_lines(user).filter(completion_status=Completion.UNKNOWN)))
    if user.has_perm(ISSUE_IN_CLASSES):
        offered = Badge.objects.manually_issuable().filter(organization=OuterRef("organization"))
        completed = _lines(user).filter(completion_status=Completion.COMPLETE)
        wanting |= Q(Exists(completed), Exists(offered), ~Exists(_issued()))
    return wanting


def with_students(classes: ClassQuerySet, user: User) -> ClassQuerySet:
    """Each with how many of the students whom the user sees are `enrolled`, `completed`, and `unset`, and whether
    anything `was_issued` from its roster.
    """
    return classes.annotate(
        enrolled=_counted(_lines(user)),
        completed=_counted(_lines(user).filter(completion_status=Completion.COMPLETE)),
        unset=_counted(_lines(user).filter(completion_status=Completion.UNKNOWN)),
        was_issued=Exists(_issued()),
    )


def _lines(user: User) -> EnrollmentQuerySet:
    """The Enrolled lines of a class that the user sees."""
    return Enrollment.objects.on_rosters_of(user).enrolled().filter(klass=OuterRef("pk"))


def _issued() -> Any:
    """The pairs that were issued from the roster and not undone."""
    return IssuanceItem.objects.filter(
        issued_badge__isnull=False, batch__via=Via.ROSTER, batch__source_id=OuterRef("pk")
    )


def _counted(lines: EnrollmentQuerySet) -> Coalesce:
    counts = lines.order_by().values("klass").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)
