"""What changes a learning path. Its progress is computed when it is looked at, so that changes act at once (S119)."""

from collections.abc import Callable, Collection, Sequence

from django.db import IntegrityError, transaction

from badges.catalogue import thumbnails
from courses.models import Course, LearningPath, LearningPathCourse


class PathNameTakenError(Exception):
    """Another path of the subscription got the name while this one was being written."""


def save_path(save: Callable[[], LearningPath]) -> LearningPath:
    """Save through `save`. Raises PathNameTakenError when the constraint on the name refuses it."""
    try:
        with transaction.atomic():
            path = save()
    except IntegrityError as error:
        if "learning_path_name_unique" in str(error):
            raise PathNameTakenError from error
        raise
    thumbnails.prepare(path.image)
    return path


@transaction.atomic
def add_courses(path: LearningPath, courses: Collection[Course]) -> None:
    """Put courses at the end, in the order given. One that is on the path already keeps its place."""
    steps = _locked(path)
    there = {step.course_id for step in steps}
    new = [course for course in courses if course.pk not in there]
    last = max((step.position for step in steps), default=0)
    LearningPathCourse.objects.bulk_create(
        LearningPathCourse(learning_path=path, course=course, position=position)
        for position, course in enumerate(new, start=last + 1)
    )


@transaction.atomic
def move_course(path: LearningPath, course_id: int, *, by: int) -> None:
    """Move a course so many places down, or up where `by` is negative; at the ends, and for one that is gone, nothing."""
    steps = _locked(path)
    here = next((place for place, step in enumerate(steps) if step.course_id == course_id), None)
    if here is not None:
        _put(steps, here, there=here + by)


@transaction.atomic
def place_course(path: LearningPath, course_id: int, *, place: int) -> None:
    """Put a course at a place, counted from 0; beyond the end is the end. For one that is gone, nothing."""
    steps = _locked(path)
    here = next((place for place, step in enumerate(steps) if step.course_id == course_id), None)
    if here is not None:
        _put(steps, here, there=place)


@transaction.atomic
def remove_course(path: LearningPath, course_id: int) -> None:
    """Take a course off the path. Nobody's training changes. Safe to repeat."""
    steps = _locked(path)
    LearningPathCourse.objects.filter(learning_path=path, course_id=course_id).delete()
    _number([step for step in steps if step.course_id != course_id])


def _locked(path: LearningPath) -> list[LearningPathCourse]:
    """The steps in their order; the path's row is the lock, so that two who move wait for each other."""
    LearningPath.objects.select_for_update(no_key=True, of=("self",)).only("pk").get(pk=path.pk)
    return list(path.steps.order_by("position", "pk"))


def _put(steps: list[LearningPathCourse], here: int, *, there: int) -> None:
    steps.insert(max(0, there), steps.pop(here))
    _number(steps)


def _number(steps: Sequence[LearningPathCourse]) -> None:
    """From 1 on. Places are exchanged in one statement: the constraint on them is deferred to its end and beyond."""
    for position, step in enumerate(steps, start=1):
        step.position = position
    LearningPathCourse.objects.bulk_update(steps, ["position"])
