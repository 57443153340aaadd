"""The filters of what one sweep awarded, of its problems and of withheld badges, each within the person's reach."""

from typing import Any

import django_filters
from django.db.models import BigIntegerField, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from achievements.models import Achievement, EarnedAchievement, SweepProblem
from tms.access import signed_in
from tms.filters import person, text

MAX_ID = BigIntegerField.MAX_BIGINT


def _awarded(request: HttpRequest) -> QuerySet[Achievement]:
    return _of(EarnedAchievement.objects.visible_to(signed_in(request)), request)


def _troubled(request: HttpRequest) -> QuerySet[Achievement]:
    return _of(SweepProblem.objects.visible_to(signed_in(request)), request)


def _of(rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Achievement]:
    """The achievements of these rows, in the sweep that the address names."""
    assert request.resolver_match is not None
    found = rows.filter(sweep=request.resolver_match.kwargs["sweep_id"])
    return Achievement.objects.filter(pk__in=found.values("achievement")).order_by("name", "pk")


class AwardFilter(django_filters.FilterSet):
    """Filters of what a sweep awarded."""

    achievement = django_filters.ModelChoiceFilter(label=_("Achievement"), queryset=_awarded)
    student = person("user", _("Student"))


class WithheldFilter(django_filters.FilterSet):
    """Filters of the badges that are withheld."""

    student = person("user", _("Student"))
    badge = text("achievement__badge__name", _("Badge Name"))
    user = django_filters.NumberFilter(label=_("Student (id)"), field_name="user_id", min_value=1, max_value=MAX_ID)


class ProblemFilter(django_filters.FilterSet):
    """Filters of what went wrong in a sweep."""

    achievement = django_filters.ModelChoiceFilter(label=_("Achievement"), queryset=_troubled)
    student = person("student", _("Student"))
