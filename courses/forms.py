"""Turns the lists of course assignments and of learning paths into what was searched for (S118)."""

import django_filters
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from courses.models import CourseAssignment, LearningPath, LearningPathCourse
from courses.states import OPEN_STATES, TrainingState
from listing.filters import days, one_of, person, text
from listing.narrowing import LONGEST_SEARCH
from operation.searching import found_at
from organizations.access import managed_organizations, signed_in
from organizations.models import Organization

OPEN = "open"


def _managed(request: HttpRequest) -> QuerySet[Organization]:
    return managed_organizations(signed_in(request)).order_by("name", "pk")


class AssignmentFilter(django_filters.FilterSet):
    """Filters of Find Course Assignments."""

    student = person("student", _("Student"))
    course = text("course__name", _("Course"))
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=[*TrainingState.choices, (OPEN, _("Open"))], method="filter_state"
    )
    organization = one_of(_("Organization"), _managed, field_name="student__organization")
    assigned_at = days("assigned_at", _("Assigned between"))
    completed_at = days("completed_at", _("Completed between"))
    expires_at = days("expires_at", _("Expires between"))

    def filter_state(self, queryset: QuerySet[CourseAssignment], _name: str, wanted: str) -> QuerySet[CourseAssignment]:
        """Those in this state; open are those that can still be completed."""
        return queryset.filter(models.Q(("state__in", OPEN_STATES if wanted == OPEN else [wanted])))


class LearningPathFilter(django_filters.FilterSet):
    """Filters of Learning Paths."""

    level = django_filters.ChoiceFilter(
        label=_("Audience Level"), field_name="audience_level", choices=LearningPath.Level.choices
    )
    course = django_filters.CharFilter(label=_("Course"), method="filter_course", max_length=LONGEST_SEARCH)
    enabled = django_filters.BooleanFilter(label=_("Enabled"), field_name="is_enabled")

    def filter_course(self, queryset: QuerySet[LearningPath], _name: str, words: str) -> QuerySet[LearningPath]:
        """Paths with such a course; by their ids, because a join would count each path's courses anew."""
        steps = LearningPathCourse.objects.filter(found_at("course__name", words))
        return queryset.filter(pk__in=steps.values("learning_path_id"))
