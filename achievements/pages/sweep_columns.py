"""The columns of the log of sweeps, of what one of them awarded, of its problems, and of badges that did not arrive."""

from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from achievements.log.undelivered import reason_of, source_of, state_of
from achievements.models import EarnedAchievement, Sweep, SweepProblem, UndeliveredBadge
from listing.lists import Column
from operation.templatetags.display import duration


def seconds_of(length: timedelta | None) -> float | None:
    """For exports: a length of time as a number."""
    return None if length is None else round(length.total_seconds(), 1)


def _took(sweep: Sweep) -> float | None:
    return seconds_of(sweep.finished_at - sweep.started_at) if sweep.finished_at else None


def _way(sweep: Sweep) -> str | Promise:
    """Not by whom: the log is of all organizations, and names nobody outside the reader's own."""
    return _("By hand") if sweep.started_by_id else _("Automatically")


SWEEPS: list[Column[Sweep]] = [
    Column(
        name="started_at", label=_("Started"), template="achievements/sweeps.html#started", order_by=("started_at",)
    ),
    Column(name="kind", label=_("Kind"), value="get_kind_display", order_by=("kind",), css_class="nowrap"),
    Column(
        name="by", label=_("Started by"), value=_way, template="achievements/sweeps.html#by", order_by=("started_by",)
    ),
    Column(name="took", label=_("Took (s)"), value=_took, css_class="num"),
    Column(name="news", label=_("New"), order_by=("news",), empty_last=True, css_class="num"),
    Column(name="earned", label=_("Earned"), order_by=("earned",), css_class="num"),
    Column(name="issued", label=_("Badges issued"), order_by=("issued",), css_class="num"),
    Column(
        name="held",
        label=_("Awaiting approval"),
        template="achievements/sweeps.html#held",
        order_by=("held",),
        css_class="num",
    ),
    Column(
        name="failed",
        label=_("Failed"),
        template="achievements/sweeps.html#failed",
        order_by=("failed",),
        css_class="num",
    ),
    Column(name="worker", label=_("Worker"), template="achievements/sweeps.html#worker", order_by=("worker",)),
    Column(name="achievements", label=_("Achievements"), order_by=("achievements",), css_class="num", hidden=True),
    Column(name="skipped", label=_("Skipped"), order_by=("skipped",), css_class="num", hidden=True),
    Column(name="finished_at", label=_("Finished"), order_by=("finished_at",), empty_last=True, hidden=True),
]

# A page counts what each of its sweeps awarded, and stops here; the export counts it all.
MOST_EARNED = 1_000

# For who administers some organizations: what the run did there, and nothing of the machine it ran on.
_OF_ALL = {"news", "earned", "issued", "held", "failed", "worker", "achievements", "skipped"}
SWEEPS_OF_OWN: list[Column[Sweep]] = [
    *(column for column in SWEEPS if column.name not in _OF_ALL),
    Column(
        name="earned",
        label=_("Earned"),
        value="own_earned",
        template="tms/_number_up_to.html",
        css_class="num",
    ),
    Column(
        name="held",
        label=_("Awaiting approval"),
        value="own_held",
        template="achievements/sweeps.html#held",
        css_class="num",
    ),
    Column(
        name="failed",
        label=_("Failed"),
        value="own_failed",
        template="achievements/sweeps.html#failed",
        css_class="num",
    ),
]

AWARDS: list[Column[EarnedAchievement]] = [
    Column(
        name="student",
        label=_("Student"),
        value="user",
        template="achievements/sweep_awards.html#student",
        order_by=("user__last_name", "user__first_name"),
    ),
    Column(
        name="achievement",
        label=_("Achievement"),
        template="achievements/sweep_awards.html#achievement",
        order_by=("achievement__name",),
    ),
    Column(name="nth", label=_("Time"), order_by=("nth",), css_class="num"),
    Column(
        name="earned_at",
        label=_("Earned"),
        template="achievements/sweep_awards.html#earned",
        order_by=("earned_at",),
    ),
    Column(name="created_at", label=_("Found"), order_by=("created_at",), hidden=True),
    Column(
        name="delay",
        label=_("Delay"),
        value=lambda earned: earned.delay and duration(earned.delay),
        order_by=("delay",),
        empty_last=True,
        css_class="num",
    ),
    Column(
        name="seconds",
        label=_("Delay (s)"),
        value=lambda earned: seconds_of(earned.delay),
        order_by=("delay",),
        empty_last=True,
        css_class="num",
        hidden=True,
    ),
    Column(
        name="badge",
        label=_("Badge"),
        value=lambda earned: earned.achievement.badge if earned.issued_id else None,  # type: ignore[attr-defined]
        template="achievements/sweep_awards.html#badge",
        order_by=("achievement__badge__name",),
        empty_last=True,
    ),
]

PROBLEMS: list[Column[SweepProblem]] = [
    Column(
        name="achievement",
        label=_("Achievement"),
        template="achievements/sweep_problems.html#achievement",
        order_by=("achievement__name",),
    ),
    Column(
        name="student",
        label=_("Student"),
        template="achievements/sweep_problems.html#student",
        order_by=("student__last_name", "student__first_name"),
        empty_last=True,
    ),
    Column(name="message", label=_("Failure"), order_by=("message",), css_class="reason"),
    Column(name="code", label=_("Failure code"), order_by=("code",), hidden=True),
]

UNDELIVERED: list[Column[UndeliveredBadge]] = [
    Column(
        name="student",
        label=_("Student"),
        template="achievements/undelivered.html#student",
        order_by=("student__last_name", "student__first_name"),
    ),
    Column(name="organization", label=_("Organization"), value="student.organization.name", hidden=True),
    Column(
        name="badge",
        label=_("Badge"),
        value="badge.name",
        template="achievements/undelivered.html#badge",
        order_by=("badge__name",),
    ),
    Column(name="state", label=_("State"), value=state_of, template="achievements/undelivered.html#state"),
    Column(name="reason", label=_("Reason"), value=reason_of, css_class="reason"),
    Column(
        name="repair", label=_("Repair"), value="pk", template="achievements/undelivered.html#repair", exported=False
    ),
    Column(name="from", label=_("Source"), value=source_of, template="achievements/undelivered.html#from", hidden=True),
    Column(name="provider", label=_("Badge Provider"), value="badge.provider.name", hidden=True),
    Column(name="since", label=_("Since"), order_by=("since",)),
]
