"""Checks the ids that conditions name: they exist, and the organization may count what they stand for.

Within reach is what belongs to the organization, to those above it and to those below it; also courses published to it,
with their labs, and global achievements that reach the organization. Of achievements that are not the organization's
own or of one below it, only those that are enabled: the others are drafts, whose names stay private. What does not
exist and what may not be seen are refused in the same words.
"""

from collections.abc import Callable

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from achievements.conditions.parsing import ConditionError, Parsed
from achievements.models import Achievement
from achievements.reaching import reaches
from courses.models import Course, CourseTag, Lab
from organizations.models import Organization


def out_of_reach(
    parsed: Parsed, organization: Organization, *, achievement_id: int | None = None
) -> list[ConditionError]:
    """Every id that the organization's conditions may not name, in the order of the text; one query for each kind.

    `achievement_id`: the achievement that has the conditions, which may not wait for itself.
    """
    known = {
        field: set(rows(organization).filter(pk__in=ids).values_list("pk", flat=True))
        for field, rows in _ROWS.items()
        if (ids := {place.id for place in parsed.ids if place.field == field})
    }
    if achievement_id is not None:
        known.setdefault("AchievementIds", set()).discard(achievement_id)
    missing = [place for place in parsed.ids if place.id not in known[place.field]]
    return [ConditionError(_MESSAGES[place.field](place.id), place.line, place.column) for place in missing]


def within_reach(field: str, organization: Organization) -> QuerySet[Model]:
    """What the ids of `field` ("CourseIds", say) may stand for in the organization's conditions."""
    return _ROWS[field](organization)


def _family(organization: Organization) -> Q:
    return _below(organization) | _above(organization)


def _below(organization: Organization) -> Q:
    """The organization itself and those below it."""
    below = Organization.objects.under(Organization.objects.filter(pk=organization.pk))
    return Q(organization_id__in=below.values("pk"))


def _above(organization: Organization) -> Q:
    """The organization itself and those above it."""
    return Q(organization_id__in=Organization.objects.above(organization.pk).values("pk"))


def _courses(organization: Organization) -> QuerySet[Course]:
    published = Course.objects.filter(publishing_groups__publishes_to=organization).values("pk")
    return Course.objects.filter(_family(organization) | Q(pk__in=published))


def _labs(organization: Organization) -> QuerySet[Lab]:
    taught = _courses(organization).filter(activities__lab__isnull=False).values("activities__lab_id")
    return Lab.objects.filter(_family(organization) | Q(pk__in=taught))


def _achievements(organization: Organization) -> QuerySet[Achievement]:
    reaching = reaches(Organization.objects.filter(pk=organization.pk))
    of_others = (_above(organization) | reaching) & Q(is_enabled=True)
    return Achievement.objects.filter(_below(organization) | of_others)


_ROWS: dict[str, Callable[[Organization], QuerySet[Model]]] = {
    "LabProfileIds": _labs,
    "CourseIds": _courses,
    "CourseTagIds": lambda organization: CourseTag.objects.filter(_family(organization)),
    "AchievementIds": _achievements,
}
_MESSAGES: dict[str, Callable[[int], str]] = {
    "LabProfileIds": lambda pk: _("There is no lab %(id)d here.") % {"id": pk},
    "CourseIds": lambda pk: _("There is no course %(id)d here.") % {"id": pk},
    "CourseTagIds": lambda pk: _("There is no course tag %(id)d here.") % {"id": pk},
    "AchievementIds": lambda pk: _("There is no other achievement %(id)d here.") % {"id": pk},
}
