"""The columns of the lists of classes, of rosters and of students to choose."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from badges.models import IssuedBadge
from classes.models import Class, Enrollment
from courses.activities import Done, labs_done_by
from listing.columns import organization_column
from listing.lists import Column
from organizations.models import User


def badges_here(line: Enrollment) -> list[IssuedBadge]:
    """What classes.views prefetched: the badges of the class's tree of organizations that the line's student holds."""
    found: list[IssuedBadge] = line.student.badges_here  # type: ignore[attr-defined]
    return found


def _look_up_progress(lines: Sequence[Enrollment]) -> None:
    """Two queries for the lines of a roster, whatever their number."""
    done = labs_done_by({line.student_id for line in lines}, lines[0].klass.course_id) if lines else {}
    for line in lines:
        line.labs_done = done.get(line.student_id)  # type: ignore[attr-defined]


def _percent(line: Enrollment) -> str | None:
    done: Done | None = line.labs_done  # type: ignore[attr-defined]
    return gettext("%(percent)s %%") % {"percent": done.percent} if done else None


def _in_words(issued: IssuedBadge) -> str:
    return f"{issued.badge.name} ({issued.remark})" if issued.remark else issued.badge.name


CLASSES: list[Column[Class]] = [
    Column(name="name", label=_("Name"), template="classes/list.html#name", order_by=("name",)),
    Column(
        name="course",
        label=_("Course"),
        value="course.name",
        template="classes/list.html#course",
        order_by=("course__name",),
    ),
    organization_column(hidden_if_same=True, css_class="wide-only"),
    Column(
        name="starts_at",
        label=_("Starts"),
        template="classes/list.html#when",
        order_by=("starts_at",),
        css_class="when",
    ),
    Column(name="ends_at", label=_("Ends"), order_by=("ends_at",), hidden=True),
    Column(name="location", label=_("Location"), order_by=("location",), hidden=True),
    Column(name="enrolled", label=_("Enrolled"), order_by=("enrolled",), css_class="num wide-only"),
    Column(name="max_students", label=_("Maximum"), order_by=("max_students",), css_class="num", hidden=True),
    Column(name="links", label="", template="classes/list.html#links", exported=False, css_class="actions"),
]

ROSTER: list[Column[Enrollment]] = [
    Column(
        name="student",
        label=_("Student"),
        template="classes/roster.html#student",
        order_by=("student__last_name", "student__first_name", "student__username"),
    ),
    organization_column(of="student", hidden_if_same=True),
    Column(
        name="enrollment",
        label=_("Enrollment"),
        value=lambda line: Enrollment.Status(line.enrollment_status).label,  # a tenth of what Django's own takes
        template="classes/roster.html#enrollment",
        order_by=("enrollment_status",),
    ),
    Column(
        name="completion",
        label=_("Completion"),
        value=lambda line: Enrollment.Completion(line.completion_status).label,
        template="classes/roster.html#completion",
        order_by=("completion_status",),
    ),
    Column(
        name="percent",
        label=_("Percent complete"),
        value=_percent,
        prepare=_look_up_progress,
        css_class="num",
    ),
    Column(name="enrolled_at", label=_("Since"), order_by=("enrolled_at",), hidden=True),
    Column(name="completed_at", label=_("Completed"), order_by=("completed_at",), hidden=True, empty_last=True),
    Column(
        name="email",
        label=_("E-mail address"),
        value="address",
        order_by=("address",),
        css_class="address",
        hidden=True,
    ),
    Column(
        name="badges",
        label=_("Badges"),
        value=lambda line: ", ".join(map(_in_words, badges_here(line))),
        template="classes/roster.html#badges",
    ),
    Column(name="actions", label="", template="classes/roster.html#actions", exported=False, css_class="actions"),
]


def roster(*, has_begun: bool, has_progress: bool) -> list[Column[Enrollment]]:
    """The columns of a roster: nothing is completed before the class begins, so Completion waits in Output Options.

    Percent complete is there once any student has completed an activity (S100).
    """
    shown = [column for column in ROSTER if has_progress or column.name != "percent"]
    return [replace(column, hidden=not has_begun) if column.name == "completion" else column for column in shown]


STUDENTS: list[Column[User]] = [
    Column(
        name="student",
        label=_("Student"),
        value="display_name",
        order_by=("last_name", "first_name", "username"),
    ),
    Column(name="email", label=_("E-mail address"), value="address", order_by=("address",), css_class="address"),
    organization_column(),
]

# To choose from a roster: who completed is beside the name.
STUDENTS_OF_CLASS: list[Column[User]] = [
    STUDENTS[0],
    Column(
        name="completion",
        label=_("Completion"),
        value=lambda student: Enrollment.Completion(student.completion).label,  # type: ignore[attr-defined]
        order_by=("completion", "last_name", "first_name"),
    ),
    *STUDENTS[1:],
]
