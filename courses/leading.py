"""Where the name of a course leads: courses have pages in the administration alone."""

from collections.abc import Iterable

from django.urls import reverse

from courses.models import Course
from organizations.models import User

SEE = "courses.view_course"


def lead_to_courses(courses: Iterable[Course], reader: User) -> None:
    """Give each of them, as `page`, its address there, if the reader may open it. One query at most."""
    shown, ids = list(courses), set[int]()
    if shown and reader.is_staff and reader.has_perm(SEE):
        visible = Course.objects.visible_to(reader).filter(pk__in={course.pk for course in shown})
        ids = set(visible.values_list("pk", flat=True))
    for course in shown:
        course.page = reverse("admin:courses_course_change", args=[course.pk]) if course.pk in ids else ""
