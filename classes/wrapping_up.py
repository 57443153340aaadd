"""Says of a class that ended what it still wants of its instructor: completions, or badges for those who completed."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from badges.models import Badge, IssuanceItem, IssuedBadge, Via
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
    students completed who have no badge of the course, whichever way badges came, and none was issued from the roster yet.

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


def standing_of(klass: Class, user: User, *, at: datetime) -> Any:
    """The class with what `with_students` says of it; whether it `is_wanting`, and so whether it `is_to_wrap_up` now, by the
    rule of `to_wrap_up`, whoever teaches it. One query; None before it has ended.
    """
    if klass.ends_at > at:
        return None
    row = with_students(Class.objects.filter(pk=klass.pk), user).annotate(is_wanting=_is_wanting(user))
    return row.annotate(is_to_wrap_up=Q(is_wanting=True, ends_at__gt=at - WITHIN)).get()


def _ended(classes: ClassQuerySet, *, at: datetime) -> ClassQuerySet:
    return classes.filter(ends_at__lte=at, ends_at__gt=at - WITHIN)


def _is_wanting(user: User) -> Q:
    wanting = Q(Exists(_lines(user).filter(completion_status=Completion.UNKNOWN)))
    if user.has_perm(ISSUE_IN_CLASSES):
        offered = Badge.objects.manually_issuable().filter(organization=OuterRef("organization"))
        wanting |= Q(Exists(_without_badge(user)), Exists(offered), ~Exists(_issued()))
    return wanting


def with_students(classes: ClassQuerySet, user: User) -> ClassQuerySet:
    """Each with how many of the students whom the user sees are `enrolled`, `completed`, of these `without_badge`
    of the course, and `unset`, and whether anything `was_issued` from its roster.
    """
    return classes.annotate(
        enrolled=_counted(_lines(user)),
        completed=_counted(_lines(user).filter(completion_status=Completion.COMPLETE)),
        without_badge=_counted(_without_badge(user)),
        unset=_counted(_lines(user).filter(completion_status=Completion.UNKNOWN)),
        was_issued=Exists(_issued()),
    )


def _lines(user: User) -> EnrollmentQuerySet:
    """The Enrolled lines of a class that the user sees."""
    return Enrollment.objects.on_rosters_of(user).enrolled().filter(klass=OuterRef("pk"))


def _without_badge(user: User) -> EnrollmentQuerySet:
    """Those of `_lines` who completed and have no badge of the course: from the roster, an assignment, an achievement."""
    of_course = IssuedBadge.objects.unrevoked().filter(
        student=OuterRef("student"),
        badge__organization=OuterRef("klass__organization"),
        badge__courses=OuterRef("klass__course"),
    )
    return _lines(user).filter(~Exists(of_course), completion_status=Completion.COMPLETE)


def _issued() -> Any:
    """The pairs that were issued from the roster and not undone."""
    return IssuanceItem.objects.filter(
        issued_badge__isnull=False, batch__via=Via.ROSTER, batch__source_id=OuterRef("pk")
    )


def _counted(lines: EnrollmentQuerySet) -> Coalesce:
    counts = lines.order_by().values("klass").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counts, output_field=IntegerField()), 0)
