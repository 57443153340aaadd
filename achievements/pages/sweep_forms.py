"""The filters of what one sweep awarded, of its problems and of badges that did not arrive, each within the person's reach."""

from typing import Any

import django_filters
from django.db.models import BigIntegerField, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from achievements.log.first_fixes import Fix, at_provider, to_fix, with_code
from achievements.log.undelivered import Cause, State, because_of, failed_in, in_state
from achievements.models import Achievement, EarnedAchievement, SweepProblem, UndeliveredBadge
from listing.filters import days, one_of, person, text
from listing.narrowing import LONGEST_SEARCH
from organizations.access import signed_in

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

    achievement = one_of(_("Achievement"), _awarded, beside="organization")
    student = person("user", _("Student"))


def _because_of(queryset: QuerySet[UndeliveredBadge], _name: str, cause: str) -> QuerySet[UndeliveredBadge]:
    return queryset.filter(because_of(cause))


def _in_state(queryset: QuerySet[UndeliveredBadge], _name: str, state: str) -> QuerySet[UndeliveredBadge]:
    return queryset.filter(in_state(state))


def _failed_in(queryset: QuerySet[UndeliveredBadge], _name: str, sweep_id: int) -> QuerySet[UndeliveredBadge]:
    return queryset.filter(failed_in(int(sweep_id)))


def _to_fix(queryset: QuerySet[UndeliveredBadge], _name: str, fix: str) -> QuerySet[UndeliveredBadge]:
    return to_fix(queryset, fix)


def _at_provider(queryset: QuerySet[UndeliveredBadge], _name: str, provider_id: int) -> QuerySet[UndeliveredBadge]:
    return at_provider(queryset, int(provider_id))


def _with_code(queryset: QuerySet[UndeliveredBadge], _name: str, code: str) -> QuerySet[UndeliveredBadge]:
    return with_code(queryset, code)


class UndeliveredFilter(django_filters.FilterSet):
    """Filters of the badges that did not arrive."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=State.choices, method=_in_state)
    cause = django_filters.ChoiceFilter(label=_("Cause"), choices=Cause.choices, method=_because_of)
    fix = django_filters.ChoiceFilter(label=_("Fix first"), choices=Fix.choices, method=_to_fix)
    student = person("student", _("Student"))
    badge = text("badge__name", _("Badge Name"))
    since = days("since", _("Since"))
    sweep = django_filters.NumberFilter(
        label=_("Sweep (id)"), method=_failed_in, decimal_places=0, min_value=1, max_value=MAX_ID
    )
    user = django_filters.NumberFilter(label=_("Student (id)"), field_name="student_id", min_value=1, max_value=MAX_ID)
    badge_id = django_filters.NumberFilter(label=_("Badge (id)"), min_value=1, max_value=MAX_ID)
    provider = django_filters.NumberFilter(
        label=_("Badge provider (id)"), method=_at_provider, decimal_places=0, min_value=1, max_value=MAX_ID
    )
    code = django_filters.CharFilter(label=_("Failure code"), method=_with_code, max_length=LONGEST_SEARCH)


class ProblemFilter(django_filters.FilterSet):
    """Filters of what went wrong in a sweep."""

    achievement = one_of(_("Achievement"), _troubled, beside="organization")
    student = person("student", _("Student"))
