"""The filters of what one sweep awarded and of its problems, each within the person's reach."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from achievements.models import Achievement, EarnedAchievement, SweepProblem
from tms.access import signed_in
from tms.filters import person


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


class ProblemFilter(django_filters.FilterSet):
    """Filters of what went wrong in a sweep."""

    achievement = django_filters.ModelChoiceFilter(label=_("Achievement"), queryset=_troubled)
    student = person("student", _("Student"))
