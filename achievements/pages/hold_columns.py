"""The columns of the list of held awards."""

from django.utils.translation import gettext_lazy as _

from achievements.models import Hold
from listing.columns import organization_column
from listing.lists import Column

HOLDS: list[Column[Hold]] = [
    Column(
        name="achievement",
        label=_("Achievement"),
        value="achievement.name",
        template="achievements/holds.html#achievement",
        order_by=("achievement__name",),
    ),
    organization_column(of="achievement", hidden_if_same=True),
    Column(name="count", label=_("Awards awaiting approval"), order_by=("count",), css_class="num"),
    Column(name="version", label=_("Version"), order_by=("version",), css_class="num", hidden=True),
    Column(name="held_at", label=_("Waiting since"), order_by=("held_at",)),
    Column(
        name="decision",
        label=_("Decision"),
        value="get_decision_display",
        template="achievements/holds.html#decision",
        order_by=("decision",),
    ),
    Column(
        name="decided_by",
        label=_("Decided by"),
        template="achievements/holds.html#decided_by",
        order_by=("decided_by__last_name",),
        empty_last=True,
    ),
    Column(name="decided_at", label=_("Decided"), order_by=("decided_at",), empty_last=True),
]
