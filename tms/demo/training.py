"""What the demo's students did by themselves: course assignments, and attempts at labs and exams."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from classes.models import Enrollment
from courses.assignments import attempt_of_assignment
from courses.models import ASSIGNMENT_VALID, CourseAssignment, Lab, TrainingRecord
from courses.records import Attempt, record_many
from organizations.models import User
from tms.demo.catalogue import COURSES, PATHS, Catalogue, labs_of
from tms.demo.people import DemoPeople

ASSIGNMENTS = {"denver": 30, "lyon": 18, "osaka": 16, "grenoble": 6, "rail": 10, "hospitals": 6}
# What the persona `student` works through alone: how many days ago it was assigned, and completed, if it was.
OF_THE_STUDENT = (("KQ-410", 150, 131), ("KQ-220", 47, 30), ("KQ-420", 12, None))
# The exam that the persona `student` has not sat: one step away from a badge.
NOT_YET = ("student", "X-SEC")
# How many tasks an exam has, a point for each; of the other exam there are verdicts alone.
TASKS = {"X-INF": 7, "X-SEC": 8}


@dataclass(frozen=True)
class CourseTaken:
    """A course that a student took, in whatever way, from start to end."""

    student: User
    course: str
    ended_at: datetime


def add_assignments(people: DemoPeople, catalogue: Catalogue, at: datetime, chance: Random) -> list[CourseAssignment]:
    """Assignments in every state: not started, started, completed, expired, cancelled. Each is recorded."""
    assignments = [*_of_the_student(people, catalogue, at), *_of_others(people, catalogue, at, chance)]
    CourseAssignment.objects.bulk_create(assignments)
    record_many(attempt_of_assignment(one) for one in assignments if one.completed_at or not one.cancelled_at)
    return assignments


def add_lab_attempts(
    enrollments: Iterable[Enrollment],
    assignments: Iterable[CourseAssignment],
    catalogue: Catalogue,
    people: DemoPeople,
    at: datetime,
    chance: Random,
) -> int:
    """The labs of what was taken, labs out of curiosity, and the exams of those who took a whole learning path."""
    taken = [
        CourseTaken(one.student, one.klass.course.number, one.completed_at) for one in enrollments if one.completed_at
    ]
    taken += [CourseTaken(one.student, one.course.number, one.completed_at) for one in assignments if one.completed_at]
    attempts = [
        *_labs_of_courses(taken, catalogue, chance),
        *_labs_out_of_curiosity(people, catalogue, at, chance),
        *_exams(taken, catalogue, chance),
    ]
    over = [attempt for attempt in attempts if attempt.started_at < at - timedelta(hours=4)]
    return record_many(replace(attempt, source_id=f"demo-{number:05}") for number, attempt in enumerate(over))


def _of_the_student(people: DemoPeople, catalogue: Catalogue, at: datetime) -> Iterator[CourseAssignment]:
    student = people.staff["student"]
    for number, assigned, completed in OF_THE_STUDENT:
        assigned_at = _local_day(student, at, assigned).replace(hour=9, minute=40)
        completed_at = _local_day(student, at, completed).replace(hour=16, minute=5) if completed else None
        yield CourseAssignment(
            student=student,
            course=catalogue.courses[number],
            subscription_profile=catalogue.subscriptions["All Access"],
            assigned_by=people.staff["admin"],
            assigned_at=assigned_at,
            started_at=assigned_at + timedelta(days=1),
            completed_at=completed_at,
            expires_at=assigned_at + ASSIGNMENT_VALID,
            target_completion_at=assigned_at + timedelta(days=30),
        )


def _of_others(people: DemoPeople, catalogue: Catalogue, at: datetime, chance: Random) -> Iterator[CourseAssignment]:
    courses = [subject.number for subject in COURSES if subject.owner == "group" and not subject.is_archived]
    for place, number in ASSIGNMENTS.items():
        for student in chance.sample(people.students[place][1:], number):
            yield _assignment(student, catalogue, chance.choice(courses), people, at, chance)


def _assignment(
    student: User, catalogue: Catalogue, course: str, people: DemoPeople, at: datetime, chance: Random
) -> CourseAssignment:
    """The three days are counted back from today; a day that lies ahead has not come."""
    assigned = chance.randint(2, 210)
    started = assigned - chance.randint(1, 12)
    completed = started - chance.randint(2, 45)
    has_started = chance.random() < 0.85 and started > 0
    has_completed = has_started and chance.random() < 0.7 and completed > 0
    is_cancelled = not has_started and chance.random() < 0.4
    assigned_at = _at_work(student, at, assigned, chance)
    return CourseAssignment(
        student=student,
        course=catalogue.courses[course],
        subscription_profile=catalogue.subscriptions["All Access"] if chance.random() < 0.6 else None,
        assigned_by=people.staff["admin"],
        assigned_at=assigned_at,
        started_at=_at_work(student, at, started, chance) if has_started else None,
        completed_at=_at_work(student, at, completed, chance) if has_completed else None,
        expires_at=assigned_at + ASSIGNMENT_VALID,
        target_completion_at=assigned_at + timedelta(days=60) if chance.random() < 0.5 else None,
        include_labs=chance.random() < 0.9,
        cancelled_at=assigned_at + timedelta(hours=4) if is_cancelled else None,
    )


def _at_work(student: User, at: datetime, days_ago: int, chance: Random) -> datetime:
    """Some minute of the student's working day."""
    return _local_day(student, at, days_ago).replace(hour=chance.randint(8, 17), minute=chance.randint(0, 59))


def _local_day(student: User, at: datetime, days_ago: int) -> datetime:
    """A day in the student's time zone, to the second."""
    day = at.astimezone(ZoneInfo(student.organization.time_zone)) - timedelta(days=days_ago)
    return day.replace(second=0, microsecond=0)


def _labs_of_courses(taken: Iterable[CourseTaken], catalogue: Catalogue, chance: Random) -> Iterator[Attempt]:
    for one in taken:
        for place, number in enumerate(labs_of(one.course)):
            if one.student.username == "student" or chance.random() < 0.85:
                started_at = one.ended_at - timedelta(days=1 - place, hours=chance.randint(3, 6))
                yield _attempt(one.student, catalogue.labs[number], started_at, chance, course=one.course, of=catalogue)


def _labs_out_of_curiosity(people: DemoPeople, catalogue: Catalogue, at: datetime, chance: Random) -> Iterator[Attempt]:
    """Some students open labs of courses they never took, now and then several on one evening."""
    labs = [lab for lab in catalogue.labs.values() if lab.number.startswith("L-") and not lab.is_exam]
    for place in ("denver", "lyon", "osaka"):
        for student in chance.sample(people.students[place][1:], 14):
            evening = _at_work(student, at, chance.randint(2, 140), chance).replace(hour=15)
            for number, lab in enumerate(chance.sample(labs, chance.randint(1, 5))):
                yield _attempt(student, lab, evening + timedelta(hours=2 * number), chance)


def _exams(taken: Iterable[CourseTaken], catalogue: Catalogue, chance: Random) -> Iterator[Attempt]:
    """Whoever took all courses of a path sits its exam within days; some fail, and some of these try again.

    The persona `student` passes, at the second attempt.
    """
    ended: dict[User, dict[str, datetime]] = {}
    for one in taken:
        ended.setdefault(one.student, {})[one.course] = one.ended_at
    for student, courses in ended.items():
        for path in PATHS:
            if not courses.keys() >= set(path.courses) or (student.username, path.exam) == NOT_YET:
                continue
            exam = catalogue.labs[path.exam]
            ended_at = max(courses[number] for number in path.courses)
            sat_at = ended_at + timedelta(days=chance.randint(1, 6), hours=-chance.randint(3, 7))
            passed = student.username == "student" or chance.random() < 0.7
            first = _attempt(student, exam, sat_at, chance, passed=passed)
            yield _scored(first, exam)
            if not passed:
                again = sat_at + timedelta(days=3)
                yield _scored(_attempt(student, exam, again, chance, passed=chance.random() < 0.6), exam)
            elif student.username == "student":
                yield _scored(_failed_before(first), exam)


def _failed_before(attempt: Attempt) -> Attempt:
    """The same two days earlier, and not passed."""
    earlier = timedelta(days=2)
    return replace(
        attempt,
        started_at=attempt.started_at - earlier,
        completed_at=attempt.completed_at and attempt.completed_at - earlier,
        passed=False,
    )


def _scored(attempt: Attempt, exam: Lab) -> Attempt:
    """With a score that says whether it passed, where the exam has tasks; of a chance of its own, not that of the story."""
    tasks = TASKS.get(exam.number)
    if tasks is None:
        return attempt
    enough = math.ceil(tasks * (exam.passing_score or 0) / 100)
    luck = Random(attempt.started_at.isoformat())  # noqa: S311 - a story, not a secret
    score = luck.randint(enough, tasks) if attempt.passed else luck.randint(tasks // 2, enough - 1)
    return replace(attempt, passed=None, score=score, max_score=tasks)


def _attempt(
    student: User,
    lab: Lab,
    started_at: datetime,
    chance: Random,
    *,
    passed: bool | None = None,
    course: str | None = None,
    of: Catalogue | None = None,
) -> Attempt:
    """One sitting. An exam always ends; of the others one in fifteen is given up."""
    minutes = round((lab.expected_minutes or 60) * chance.uniform(0.55, 1.5))
    is_completed = passed is not None or student.username == "student" or chance.random() < 14 / 15
    return Attempt(
        user_id=student.pk,
        source=TrainingRecord.Source.LAB,
        source_id="",
        started_at=started_at,
        lab_id=lab.pk,
        course_id=of.courses[course].pk if of and course else None,
        completed_at=started_at + timedelta(minutes=minutes) if is_completed else None,
        passed=passed,
        minutes_spent=minutes,
    )
