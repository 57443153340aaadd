"""The columns of the lists of achievements and of sweeps."""

from django.utils.translation import gettext_lazy as _

from achievements.models import Achievement, Sweep
from tms.lists import Column


def seconds_of(sweep: Sweep) -> float | None:
    """How long a run took; None while it runs, and for one that was killed."""
    return None if sweep.finished_at is None else round((sweep.finished_at - sweep.started_at).total_seconds(), 1)


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

SWEEPS: list[Column[Sweep]] = [
    Column(
        name="started_at", label=_("Started"), template="achievements/sweeps.html#started", order_by=("started_at",)
    ),
    Column(name="kind", label=_("Kind"), value="get_kind_display", order_by=("kind",)),
    Column(name="took", label=_("Took (s)"), value=seconds_of, css_class="num"),
    Column(name="achievements", label=_("Achievements"), order_by=("achievements",), css_class="num"),
    Column(name="earned", label=_("Earned"), order_by=("earned",), css_class="num"),
    Column(name="issued", label=_("Badges issued"), order_by=("issued",), css_class="num"),
    Column(
        name="failed",
        label=_("Failed"),
        template="achievements/sweeps.html#failed",
        order_by=("failed",),
        css_class="num",
    ),
    Column(name="skipped", label=_("Skipped"), order_by=("skipped",), css_class="num", hidden=True),
    Column(name="finished_at", label=_("Finished"), order_by=("finished_at",), empty_last=True, hidden=True),
]
