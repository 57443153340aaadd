"""Which badges achievements give for a course, and to whom they come automatically. Achievements stand above, and say it here."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from courses.models import Course
from organizations.models import User


@dataclass(frozen=True)
class CourseAward:
    """A badge that an achievement gives for the course. It comes to these students once they complete the course; others
    need more than that, or do not take part.
    """

    badge_id: int
    comes_to: frozenset[int] = frozenset()


# The students have their organization at hand. The number of queries does not depend on how many there are.
type Rule = Callable[[Course, Collection[User]], Iterable[CourseAward]]

_RULES: list[Rule] = []


def awards_for_courses(rule: Rule) -> Rule:
    """Ask this rule as well."""
    _RULES.append(rule)
    return rule


def awards_of(course: Course, students: Collection[User]) -> dict[int, frozenset[int]]:
    """By badge id, the ids of those among the students to whom it comes automatically."""
    found: dict[int, frozenset[int]] = defaultdict(frozenset)
    for rule in _RULES:
        for award in rule(course, students):
            found[award.badge_id] |= award.comes_to
    return dict(found)
