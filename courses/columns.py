"""The columns of the list of course assignments."""

from django.utils.translation import gettext_lazy as _

from courses.models import CourseAssignment
from courses.states import label_of
from tms.lists import Column

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
    Column(
        name="organization",
        label=_("Organization"),
        value="student.organization.name",
        order_by=("student__organization__name",),
        hidden=True,
    ),
    Column(
        name="state", label=_("State"), value=label_of, template="courses/assignments.html#state", order_by=("state",)
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
    Column(name="email", label=_("E-mail address"), value="student.email", hidden=True),
]
