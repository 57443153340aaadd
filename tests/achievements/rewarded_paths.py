"""A learning path, and the page on which it is given a badge."""

from django.urls import reverse

from courses.models import LearningPath
from tests.factories import (
    CourseFactory,
    LabFactory,
    LearningPathCourseFactory,
    LearningPathFactory,
    TrainingRecordFactory,
)


def network_defender(organization):
    """A path of two courses and an exam."""
    exam = LabFactory.create(organization=organization, is_exam=True)
    path = LearningPathFactory.create(name="Network Defender", organization=organization, exam=exam)
    for position in (2, 1):
        course = CourseFactory.create(organization=organization)
        LearningPathCourseFactory.create(learning_path=path, course=course, position=position)
    return path


def badge_page(path):
    return reverse("achievements:path_badge", args=[path.pk])


def badge_form(path, badge, **changes):
    """What the browser sends for the draft as it is offered, with the badge chosen."""
    return {"badge": badge.pk, "name": path.name, "points": "0", "is_enabled": "on"} | changes


def finish_path(path, person, **exam):
    for course in path.courses.all():
        TrainingRecordFactory.create(user=person, course=course)
    TrainingRecordFactory.create(user=person, course=None, lab=path.exam, **{"passed": True, **exam})


def awards_on(response):
    """The achievements on the path's page, by how they stand to it."""
    awards = response.context["awards"]
    return {how: [str(row) for row in getattr(awards, how)] for how in ("agreeing", "drifted", "alike", "archived")}


def add_a_course(path):
    course = CourseFactory.create(organization=path.organization)
    LearningPathCourseFactory.create(learning_path=path, course=course, position=9)


def empty(path):
    path.steps.all().delete()
    LearningPath.objects.filter(pk=path.pk).update(exam=None)
