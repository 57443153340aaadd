"""The badge for completing a learning path: an achievement on its courses and its exam (S78, S122)."""

from achievements.conditions.terms import Condition, Courses, Labs, canonical
from achievements.models import Achievement, AchievementQuerySet
from courses.models import LearningPath
from tms.models import Organization, User


def conditions_of(path: LearningPath) -> list[Condition]:
    """All courses completed and the exam passed, in whatever order. Empty for a path with neither.

    Distinct, because one course completed four times counts four without it (S68).
    """
    course_ids = tuple(path.courses.order_by("pk").values_list("pk", flat=True))
    conditions: list[Condition] = []
    if course_ids:
        conditions.append(Courses(course_ids=course_ids, count=len(course_ids), distinct=True, complete=True))
    if path.exam_id is not None:
        conditions.append(Labs(lab_ids=(path.exam_id,), passed=True))
    return conditions


def draft_of(path: LearningPath) -> Achievement:
    """The achievement as it would be written, not saved: the path's organization, name and words.

    It is global where there are organizations below: their students walk the path, and only what is of their own
    organization or global counts for them (S85).
    """
    return Achievement(
        name=path.name,
        description=path.description,
        organization=path.organization,
        conditions=canonical(conditions_of(path)),
        is_global=Organization.objects.filter(parent_id=path.organization_id).exists(),
    )


def written_already(draft: Achievement, user: User) -> AchievementQuerySet:
    """The achievements in the user's reach that have the very same conditions."""
    return Achievement.objects.visible_to(user).filter(conditions=draft.conditions).order_by("name", "pk")
