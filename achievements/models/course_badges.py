"""Tells classes which badges achievements give for a course, and to whom completing it is enough."""

from collections.abc import Collection, Iterator

from achievements.models.achievements import Achievement
from classes.course_badges import CourseAward, awards_for_courses
from courses.models import Course
from organizations.models import Organization, User

# A condition that says only these, and counts to one, is met by completing one of its courses.
_MET_BY_ONE = {"Subject", "Count", "CourseIds", "Complete", "Distinct", "SingleDay"}


@awards_for_courses
def awards_for_completing(course: Course, students: Collection[User]) -> Iterator[CourseAward]:
    """The badges of enabled achievements that name the course. Two queries at most, one where no achievement does."""
    naming = Achievement.objects.enabled().filter(
        badge__isnull=False,
        organization__achievements_enabled=True,
        conditions__contains=[{"CourseIds": [course.pk]}],
    )
    found = list(naming.order_by("pk"))
    if not found:
        return
    owners, homes = ({one.organization_id for one in found}, {student.organization_id for student in students})
    tree = _Tree({course.organization_id} | owners | homes)
    for achievement in found:
        alone = _is_met_by(achievement, course)
        comes_to = {student.pk for student in students if alone and _earns(student, achievement, course, tree)}
        yield CourseAward(achievement.badge_id or 0, frozenset(comes_to))


class _Tree:
    """Where these organizations stand among the others."""

    def __init__(self, ids: Collection[int]) -> None:
        lines = Organization.objects.above_any(Organization.objects.filter(pk__in=ids))
        self._parents = dict(lines.values_list("pk", "parent_id"))

    def line(self, organization_id: int) -> list[int]:
        """The organization and all above it."""
        above = [organization_id]
        while (parent := self._parents.get(above[-1])) is not None and parent not in above:
            above.append(parent)
        return above


def _is_met_by(achievement: Achievement, course: Course) -> bool:
    """Whether each condition is met by completing the course once, and a place is left for everybody who does."""
    return achievement.frequency_type == Achievement.FrequencyType.PER_USER and all(
        condition.keys() <= _MET_BY_ONE and condition["Count"] == 1 and course.pk in condition.get("CourseIds", ())
        for condition in achievement.conditions
    )


def _earns(student: User, achievement: Achievement, course: Course, tree: _Tree) -> bool:
    """As achievements.conditions.events has it: who takes part, at home or as an outsider of an open course (S81 to S85)."""
    home = student.organization
    if not (student.is_active and student.participates_in_achievements and home.achievements_enabled):
        return False
    owner = achievement.organization_id
    is_reached = achievement.reaches_all_trees or tree.line(home.pk)[-1] == tree.line(owner)[-1]
    is_global = achievement.is_global and home.in_global_achievements and is_reached
    is_open = course.achievements_for_outside_organizations and owner in tree.line(course.organization_id)
    return home.pk == owner or is_global or is_open
