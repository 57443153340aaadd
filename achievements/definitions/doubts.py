"""What conditions may say and is often not meant, as far as the rows behind their ids tell: archived courses and the like.

What the text alone tells, achievements.conditions.parsing warns of.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from achievements.conditions.reach import within_reach
from achievements.conditions.terms import Condition, Courses, Labs
from achievements.definitions.cycles import warnings_of_cycles
from courses.models import Course, CourseActivity, CourseTag, Lab
from organizations.models import Organization


@dataclass(frozen=True)
class _Facts:
    """By id, the names of what there is a doubt about."""

    archived: dict[int, str]
    in_no_course: dict[int, str]
    no_exams: dict[int, str]
    unused: dict[int, str]


def doubts(
    conditions: Sequence[Condition], organization: Organization | None, *, achievement_id: int | None = None
) -> list[list[str]]:
    """Of each condition of the organization, what should make somebody look again; a query for each kind of doubt there
    could be. Nothing is told of what the organization may not name; without one, of no id.
    """
    facts = _facts(conditions, organization) if organization else _Facts({}, {}, {}, {})
    has_several_days = sum(isinstance(term, Labs | Courses) and term.single_day for term in conditions) > 1
    cycles = warnings_of_cycles(conditions, organization, achievement_id=achievement_id)
    return [
        _of(term, facts) + _of_days(term, has_several_days=has_several_days) + of_cycles
        for term, of_cycles in zip(conditions, cycles, strict=True)
    ]


def _facts(conditions: Sequence[Condition], organization: Organization) -> _Facts:
    all_labs, exams, courses, tags = set[int](), set[int](), set[int](), set[int]()
    for term in conditions:
        if isinstance(term, Labs):
            all_labs.update(term.lab_ids)
            exams.update(term.lab_ids if term.passed else ())
        elif isinstance(term, Courses):
            courses.update(term.course_ids)
            tags.update(term.tag_ids)
    labs_here, courses_here, tags_here = (
        within_reach(kind, organization).values("pk") for kind in ("LabProfileIds", "CourseIds", "CourseTagIds")
    )
    used = CourseActivity.objects.filter(lab__isnull=False).values("lab_id")
    return _Facts(
        archived=_names(Course.objects.filter(is_archived=True, pk__in=courses_here), courses),
        in_no_course=_names(Lab.objects.filter(pk__in=labs_here).exclude(pk__in=used), all_labs),
        no_exams=_names(Lab.objects.filter(is_exam=False, pk__in=labs_here), exams),
        unused=_names(CourseTag.objects.filter(courses__isnull=True, pk__in=tags_here), tags),
    )


def _names(rows: QuerySet[Model], ids: set[int]) -> dict[int, str]:
    return dict(rows.filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def _of(term: Condition, facts: _Facts) -> list[str]:
    match term:
        case Labs():
            return [
                *_said(_("“%(name)s” is in no course, so no one gets it."), facts.in_no_course, term.lab_ids),
                *(
                    _said(_("“%(name)s” is not marked as an exam."), facts.no_exams, term.lab_ids)
                    if term.passed
                    else []
                ),
            ]
        case Courses():
            return [
                *_said(_("“%(name)s” is archived, so no one new can take it."), facts.archived, term.course_ids),
                *_said(_("No course has the tag “%(name)s”."), facts.unused, term.tag_ids),
            ]
    return []


def _said(words: str, names: dict[int, str], ids: Iterable[int]) -> list[str]:
    return [words % {"name": names[pk]} for pk in ids if pk in names]


def _of_days(term: Condition, *, has_several_days: bool) -> list[str]:
    """The moment decides on the day: what took longer than that day counts there all the same."""
    if not isinstance(term, Labs | Courses) or not term.single_day or term.count == 1:
        return []
    said = []
    if term.min_minutes_spent:
        said.append(_("The day of completion counts, even if the minutes were spent on earlier days."))
    if has_several_days:
        said.append(_("Each condition can be met on a different day."))
    return said
