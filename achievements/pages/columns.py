"""The columns of the lists of achievements and of their changes."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from achievements.editor.history import told
from achievements.models import Achievement, AchievementChange
from badges.models import Badge
from listing.columns import organization_column
from listing.lists import Column
from organizations.models import Organization

ACHIEVEMENTS: list[Column[Achievement]] = [
    Column(name="name", label=_("Name"), template="achievements/list.html#name", order_by=("name",)),
    organization_column(hidden=True),
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
        css_class="state",
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

CHANGES: list[Column[AchievementChange]] = [
    Column(name="changed_at", label=_("When"), order_by=("changed_at",)),
    Column(name="changed_by", label=_("Who"), value="changed_by", template="achievements/history.html#who"),
    Column(name="what", label=_("What"), value=told, template="achievements/history.html#what"),
    Column(name="version", label=_("Version"), order_by=("version", "changed_at"), css_class="num"),
]


BADGES_TO_CHOOSE: list[Column[Badge]] = [
    Column(name="name", label=_("Name"), template="badges/_name.html", order_by=("name",)),
    organization_column(),
]

ORGANIZATIONS_TO_CHOOSE: list[Column[Organization]] = [
    Column(name="name", label=_("Name"), order_by=("name",)),
    Column(name="parent", label=_("Part of"), value="parent.name", order_by=("parent__name",), empty_last=True),
]


def _id(row: Any) -> str:
    """No amount: nothing groups its digits."""
    return str(row.pk)


def possible_ids(*, has_number: bool) -> list[Column[Any]]:
    """The columns of what an id of a condition may stand for."""
    number = [Column[Any](name="number", label=_("Number"), order_by=("number",))] if has_number else []
    return [
        Column(name="id", label=_("Id"), value=_id, order_by=("pk",), css_class="num"),
        Column(name="name", label=_("Name"), order_by=("name",)),
        *number,
        organization_column(),
    ]
