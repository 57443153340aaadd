"""Whether a class, an assignment or a learning path can take a course, and in words why not."""

from django.utils.translation import gettext as _

from courses.models import Course
from organizations.models import Organization


def refusal(course: Course, *, organization: Organization | None = None) -> str:
    """Why the course cannot be taken, and what to do; empty where it can.

    A class and an assignment name their `organization`: the course must be published to it.
    """
    course_name = {"course": course}
    if course.is_archived:
        return _("%(course)s is archived. Choose another course.") % course_name
    if course.content_provider_id is None:
        return _("%(course)s has no content provider. Give it one first.") % course_name
    groups = course.publishing_groups.all()
    if not groups.exists():
        return _("%(course)s is in no publishing group. Add it to one first.") % course_name
    if organization and not groups.filter(publishes_to=organization).exists():
        return _("%(course)s is not published to %(organization)s. Add that organization to its publishing group.") % {
            "course": course,
            "organization": organization,
        }
    return ""
