"""Turns what an administrator decides about held awards, and asks for in their list, into data."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from achievements.models import Hold
from listing.filters import days, text


class DecisionForm(forms.Form):
    """Approve or discard."""

    decision = forms.ChoiceField(
        choices=[(one.value, one.label) for one in (Hold.Decision.APPROVED, Hold.Decision.DISCARDED)]
    )


class HoldFilter(django_filters.FilterSet):
    """Filters of the list of held awards."""

    achievement = text("achievement__name", _("Achievement"))
    decision = django_filters.ChoiceFilter(label=_("Decision"), choices=Hold.Decision.choices)
    held_at = days("held_at", _("Waiting since (from, to)"))
