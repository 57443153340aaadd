"""The home page of those who teach: the classes to wrap up, today's and the next, and what they issued last."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import FETCH_RAISE, Q
from django.utils import timezone

from badges.held.issuances import last_by
from classes.models import Class
from classes.wrapping_up import to_wrap_up, with_students
from organizations.models import User

SEE_ROSTERS = "classes.view_enrollment"
TO_WRAP_UP_SHOWN = 5
CLASSES_SHOWN = 12
ISSUANCES_SHOWN = 5
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Teaching:
    """What the page says to those who teach. Of `to_wrap_up` the first ones, of which there are `to_wrap_up_count`.

    `next_class` is the one that runs, or begins next.
    """

    to_wrap_up: list[Class]
    to_wrap_up_count: int
    today: list[Class]
    to_come: list[Class]
    next_class: Class | None
    issued: list[Any]

    @property
    def has_classes(self) -> bool:
        """Whether a class runs today, or comes."""
        return bool(self.today or self.to_come)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to teach and nothing was issued."""
        return not (self.to_wrap_up or self.has_classes or self.issued)


def teaching_of(user: User, *, at: datetime) -> Teaching | None:
    """What there is to teach at this moment; None for who may open no roster. Four queries, whatever there is."""
    if not user.has_perm(SEE_ROSTERS):
        return None
    classes = _classes(user, at)
    ended = to_wrap_up(user, at=at)
    tomorrow = _midnight(at) + DAY
    return Teaching(
        to_wrap_up=list(_shown(with_students(ended, user)).order_by("-ends_at", "-pk")[:TO_WRAP_UP_SHOWN]),
        to_wrap_up_count=ended.count(),
        today=[klass for klass in classes if klass.starts_at < tomorrow],
        to_come=[klass for klass in classes if klass.starts_at >= tomorrow],
        next_class=next((klass for klass in classes if klass.ends_at > at), None),
        issued=last_by(user, shown=ISSUANCES_SHOWN),
    )


def _midnight(at: datetime) -> datetime:
    """The beginning of the day, in the person's time zone."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def _classes(user: User, at: datetime) -> list[Class]:
    """Those the person teaches that end today or later, the next ones first, with their students and `is_running`."""
    taught = Class.objects.with_roster_for(user).filter(
        pk__in=Class.objects.taught_by(user).values("pk"), ends_at__gte=_midnight(at)
    )
    running = Q(starts_at__lte=at, ends_at__gt=at)
    classes = _shown(with_students(taught, user).annotate(is_running=running))
    return list(classes.order_by("starts_at", "pk")[:CLASSES_SHOWN])


def _shown(classes: Any) -> Any:
    return classes.select_related("course", "organization").fetch_mode(FETCH_RAISE)
