"""The columns of the lists of course assignments, of learning paths, and of courses to choose."""

from django.utils.translation import gettext_lazy as _

from courses.models import Course, CourseAssignment, LearningPath
from courses.states import label_of
from listing.columns import organization_column
from listing.lists import Column

ASSIGNMENTS: list[Column[CourseAssignment]] = [
    Column(
        name="student",
        label=_("Student"),
        value="student.display_name",
        template="courses/assignments.html#student",
        order_by=("student__last_name", "student__first_name", "student__username"),
    ),
    Column(
        name="course",
        label=_("Course"),
        value="course.name",
        template="courses/assignments.html#course",
        order_by=("course__name",),
    ),
    organization_column(of="student", hidden=True),
    Column(
        name="state",
        label=_("State"),
        value=label_of,
        template="courses/assignments.html#state",
        order_by=("state",),
        css_class="state",
    ),
    Column(
        name="expires_at",
        label=_("Expires"),
        template="courses/assignments.html#expires",
        order_by=("expires_at",),
        empty_last=True,
    ),
    Column(name="assigned_at", label=_("Assigned"), order_by=("assigned_at",), hidden=True),
    Column(name="started_at", label=_("Started"), order_by=("started_at",), empty_last=True, hidden=True),
    Column(name="completed_at", label=_("Completed"), order_by=("completed_at",), empty_last=True, hidden=True),
    Column(
        name="target_completion_at",
        label=_("Target Completion"),
        order_by=("target_completion_at",),
        empty_last=True,
        hidden=True,
    ),
    Column(name="email", label=_("E-mail address"), value="address", order_by=("address",), hidden=True),
]


def progress_in_words(path: LearningPath) -> str:
    """Of a path of courses.paths.add_walks."""
    words: str = path.walk.in_words  # type: ignore[attr-defined]
    return words


PATHS: list[Column[LearningPath]] = [
    Column(name="name", label=_("Name"), template="courses/paths.html#name", order_by=("name",)),
    Column(
        name="progress",
        label=_("My progress"),
        value=progress_in_words,
        template="courses/paths.html#progress",
        order_by=("done",),
    ),
    Column(name="level", label=_("Audience Level"), value="get_audience_level_display"),
    Column(name="courses", label=_("Courses"), value="total", order_by=("total",), css_class="num"),
    Column(name="subscription", label=_("Subscription"), value="subscription_profile.name", hidden=True),
    organization_column(hidden=True),
    Column(name="enabled", label=_("Enabled"), value="is_enabled", order_by=("is_enabled", "name"), hidden=True),
]

COURSES: list[Column[Course]] = [
    Column(name="name", label=_("Name"), order_by=("name",)),
    Column(name="number", label=_("Number"), order_by=("number",)),
    organization_column(),
]
