"""The columns of the lists of achievements."""

from django.utils.translation import gettext_lazy as _

from achievements.models import Achievement
from tms.lists import Column


ACHIEVEMENTS: list[Column[Achievement]] = [
    Column(name="name", label=_("Name"), template="achievements/list.html#name", order_by=("name",)),
    Column(
        name="organization",
        label=_("Organization"),
        value="organization.name",
        order_by=("organization__name",),
        hidden=True,
    ),
    Column(
        name="badge",
        label=_("Badge"),
        value="badge.name",
        template="achievements/list.html#badge",
        order_by=("badge__name",),
        empty_last=True,
    ),
    Column(name="points", label=_("Points"), order_by=("points",), css_class="num"),
    Column(
        name="enabled",
        label=_("Enabled"),
        value="is_enabled",
        template="achievements/list.html#enabled",
        order_by=("is_enabled", "name"),
    ),
    Column(name="global", label=_("Global"), value="is_global", order_by=("is_global", "name"), hidden=True),
    Column(name="frequency", label=_("Frequency"), order_by=("frequency",), css_class="num", hidden=True),
    Column(
        name="frequency_type",
        label=_("Frequency Type"),
        value="get_frequency_type_display",
        order_by=("frequency_type",),
        hidden=True,
    ),
    Column(name="created_at", label=_("Created"), order_by=("created_at",), hidden=True),
    Column(name="modified_at", label=_("Last Modified"), order_by=("modified_at",), hidden=True),
    Column(name="actions", label="", template="achievements/list.html#actions", exported=False, css_class="actions"),
]
