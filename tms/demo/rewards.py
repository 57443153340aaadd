"""The demo's achievements, the badges given by hand, and the sweep that finds everybody else."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from achievements.conditions.parsing import parse
from achievements.conditions.terms import canonical
from achievements.models import Achievement, Sweep
from achievements.sweep.sweeper import award_everybody
from badges.delivery.rounds import deliver_now
from badges.held.revoking import revoke
from badges.issuing import Source, issue_many
from badges.models import Badge, IssuedBadge, Via
from classes.models import Class, Enrollment
from courses.models import CourseAssignment
from operation.models import SweepHint
from organizations.models import User
from tms.demo.catalogue import Catalogue
from tms.demo.people import DemoPeople
from tms.demo.timetable import LESSONS

Frequency = Achievement.FrequencyType


@dataclass(frozen=True)
class DemoAchievement:
    """An achievement. Its conditions name courses, labs, tags and other achievements as `{KQ-101}`."""

    name: str
    owner: str
    points: int
    conditions: str
    words: str
    badge: str = ""
    is_global: bool = False
    is_enabled: bool = True
    frequency: int = 1
    frequency_type: str = Frequency.PER_USER
    path: str = ""


GOALS = (
    DemoAchievement("First course completed", "group", 20, "[{Subject:10, Count:1, Complete:True}]",
         "Everybody starts somewhere.", "first", is_global=True),
    DemoAchievement("Linux Foundations completed", "denver", 50, "[{Subject:10, Count:1, CourseIds:[{KQ-101}], Complete:True}]",
         "In a class or alone: both count.", "linux"),
    DemoAchievement("Networking Essentials completed", "denver", 50,
         "[{Subject:10, Count:1, CourseIds:[{KQ-120}], Complete:True}]",
         "Open to students of other organizations that take part.", "networks"),
    DemoAchievement("Three containers and a network", "denver", 40,
         "[{Subject:0, LabProfileIds:[{L-132}], Count:1, Complete:True}]", "One lab, done to its end.", "containers"),
    DemoAchievement("Running Clusters with both labs", "denver", 80,
         "[{Subject:10, CourseIds:[{KQ-210}], Complete:True},"
         " {Subject:0, LabProfileIds:[{L-211}, {L-212}], Count:2, Distinct:True, Complete:True}]",
         "The course, and everything that belongs to it.", "clusters"),
    DemoAchievement("Two courses in the cloud", "group", 60,
         "[{Subject:20, Count:2, CourseTagIds:[{cloud}], Distinct:True, Complete:True}]",
         "Any two courses tagged “cloud”.", "cloud", is_global=True),
    DemoAchievement("Three courses on security", "group", 120,
         "[{Subject:20, Count:3, CourseTagIds:[{security}], Distinct:True, Complete:True}]",
         "Any three courses tagged “security”, in classes or by course assignments.", "secure", is_global=True),
    DemoAchievement("Through the Incident Response Drill", "denver", 70,
         "[{Subject:10, CourseIds:[{KQ-320}], Complete:True}]", "Two days of alarms.", "incident"),
    DemoAchievement("SQL Foundations completed", "lyon", 50, "[{Subject:10, CourseIds:[{KQ-401}], Complete:True}]",
         "Joins and windows.", "sql"),
    DemoAchievement("Data Pipelines completed", "lyon", 60, "[{Subject:10, CourseIds:[{KQ-410}], Complete:True}]",
         "A pipeline, and its test.", "pipelines"),
    DemoAchievement("Path: Infrastructure Engineer", "group", 200,
         "[{Subject:20, Count:4, CourseIds:[{KQ-101},{KQ-120},{KQ-130},{KQ-210}], Distinct:True, Complete:True},"
         " {Subject:0, LabProfileIds:[{X-INF}], Count:1, Passed:True}]",
         "All four courses, and the practical exam passed.", "infrastructure", is_global=True,
         path="Infrastructure Engineer"),
    DemoAchievement("Path: Security Practitioner", "group", 250,
         "[{Subject:20, Count:4, CourseIds:[{KQ-101},{KQ-301},{KQ-310},{KQ-320}], Distinct:True, Complete:True},"
         " {Subject:0, LabProfileIds:[{X-SEC}], Count:1, Passed:True}]",
         "All four courses, and the practical exam passed.", "practitioner", is_global=True,
         path="Security Practitioner"),
    DemoAchievement("Path: Data Storyteller", "group", 180,
         "[{Subject:20, Count:3, CourseIds:[{KQ-401},{KQ-410},{KQ-420}], Distinct:True, Complete:True},"
         " {Subject:0, LabProfileIds:[{X-DAT}], Count:1, Passed:True}]",
         "All three courses, and the practical exam passed.", "storyteller", is_global=True,
         path="Data Storyteller"),
    DemoAchievement("Ten different labs", "group", 100, "[{Subject:0, Count:10, Distinct:True, Complete:True}]",
         "Ten labs, none of them twice.", "explorer", is_global=True),
    DemoAchievement("Five hundred points", "group", 0, "[{Subject:40, Points:500}]", "Points of all other achievements together.",
         "points", is_global=True),
    DemoAchievement("Two paths walked", "group", 300,
         "[{Subject:40, AchievementIds:[{Path: Infrastructure Engineer}, {Path: Security Practitioner}]}]",
         "Infrastructure Engineer and Security Practitioner.", "polymath", is_global=True),
    DemoAchievement("Another course completed", "denver", 10, "[{Subject:10, Count:1, Complete:True}]",
         "Ten points for each course, up to eight times.", frequency=8),
    DemoAchievement("A long evening of labs", "group", 30,
         "[{Subject:0, Count:3, Distinct:True, Complete:True, MinMinutesSpent:30, SingleDay:True}]",
         "Three labs of half an hour or more on one day.", is_global=True),
    DemoAchievement("First five through the alarm", "denver", 75, "[{Subject:10, CourseIds:[{KQ-320}], Complete:True}]",
         "The first five of all, and nobody after them.", frequency=5, frequency_type=Frequency.PER_ACHIEVEMENT),
    DemoAchievement("Site Reliability Clinic (draft)", "denver", 60, "[{Subject:10, CourseIds:[{DEN-501}], Complete:True}]",
         "Switched off until its badge is drawn.", is_enabled=False),
    DemoAchievement("Twelve plants", "college", 15, "[{Subject:10, CourseIds:[{MHC-1}], Complete:True}]",
         "The herbarium is yours.", "botanist"),
)  # fmt: skip


def add_achievements(people: DemoPeople, catalogue: Catalogue, badges: dict[str, Badge]) -> None:
    """Every achievement, its conditions written as a person would write them."""
    ids = {number: course.pk for number, course in catalogue.courses.items()}
    ids |= {number: lab.pk for number, lab in catalogue.labs.items()}
    ids |= {name: tag.pk for name, tag in catalogue.tags.items()}
    for goal in GOALS:
        # Without save_achievement: nobody needs to be woken for it, the sweep follows in this very transaction.
        achievement = Achievement.objects.create(
            name=goal.name,
            description=goal.words,
            organization=people.places[goal.owner],
            points=goal.points,
            conditions=canonical(parse(_with_ids(goal.conditions, ids)).conditions),
            learning_path=catalogue.paths.get(goal.path),
            badge=badges.get(goal.badge),
            is_global=goal.is_global,
            is_enabled=goal.is_enabled,
            frequency=goal.frequency,
            frequency_type=goal.frequency_type,
        )
        ids[goal.name] = achievement.pk


def give_by_hand(
    people: DemoPeople,
    classes: list[Class],
    enrollments: list[Enrollment],
    assignments: list[CourseAssignment],
    badges: dict[str, Badge],
) -> None:
    """What instructors gave at the end of their classes, and the administrator for assignments, oldest first.

    One batch has students who hold the badge already and one without an address: refusals are part of the picture.
    """
    instructor = people.staff["instructor"]
    denver = [klass for klass, lesson in zip(classes, LESSONS, strict=True) if lesson.place == "denver"]
    for number, klass in enumerate(denver[:4]):
        mine = _completed_by(enrollments, klass)[number * 3 :]
        _issue([badges["champion"]], mine[:2], klass, instructor, klass.ends_at + timedelta(hours=1))
        if number == 0:
            asked = [*mine[:3], *(student for student in mine if not student.email)]
            _issue([badges["champion"], badges["mentor"]], asked, klass, instructor, klass.ends_at + timedelta(days=3))
    osaka = next(klass for klass, lesson in zip(classes, LESSONS, strict=True) if lesson.place == "osaka")
    _issue([badges["kaizen"]], _completed_by(enrollments, osaka)[:4], osaka, people.staff["kazuha"], osaka.ends_at)
    _give_for_assignments(people, assignments, badges["mentor"])


def sweep(at: datetime) -> Sweep:
    """The real sweep over everything, with the queue emptied before: else a step beside it would find what it is to find."""
    SweepHint.objects.all().delete()
    return award_everybody(at=at)


def take_one_back(people: DemoPeople, badges: dict[str, Badge], at: datetime) -> None:
    """One champion's badge reached its student, and was revoked: it had been given by mistake."""
    held = IssuedBadge.objects.held().filter(badge=badges["champion"]).exclude(student=people.staff["student"])
    last = held.latest("issued_at", "pk")
    revoke(
        [deliver_now(last.pk, patience=30)],
        by=people.staff["instructor"],
        reason="Given to the wrong student of the same name.",
        at=at - timedelta(days=2),
    )


def give_from_outside(
    people: DemoPeople, enrollments: list[Enrollment], badges: dict[str, Badge], at: datetime
) -> None:
    """An hour ago: badges of the stand-in for Credly, of which one is refused and one needs a second attempt."""
    student = people.staff["student"]
    klass = next(one.klass for one in enrollments if one.student == student and one.completed_at)
    others = [one for one in _completed_by(enrollments, klass) if one != student and one.email]
    for key, students in (("operator", [student, others[0]]), ("analyst", others[1:2]), ("architect", others[2:3])):
        _issue([badges[key]], students, klass, people.staff["instructor"], at - timedelta(hours=1))


def _with_ids(conditions: str, ids: dict[str, int]) -> str:
    for name, pk in ids.items():
        conditions = conditions.replace(f"{{{name}}}", str(pk))
    return conditions


def _completed_by(enrollments: list[Enrollment], klass: Class) -> list[User]:
    """The students of the class's own organization who completed it, in the order of the roster."""
    return [
        one.student
        for one in enrollments
        if one.klass is klass and one.completed_at and one.student.organization_id == klass.organization_id
    ]


def _issue(badges: list[Badge], students: list[User], klass: Class, issued_by: User, at: datetime) -> None:
    issue_many(
        badges=badges,
        students=students,
        source=Source(via=Via.ROSTER, id=klass.pk, words=klass.name),
        organization=klass.organization,
        issued_by=issued_by,
        at=at,
        key=uuid.uuid4(),
        wait=timedelta(0),
    )


def _give_for_assignments(people: DemoPeople, assignments: list[CourseAssignment], badge: Badge) -> None:
    denver = people.places["denver"]
    completed = [(one.completed_at, one) for one in assignments if one.student.organization == denver]
    for completed_at, assignment in completed:
        if completed_at is None or assignment.student.username == "student":
            continue
        issue_many(
            badges=[badge],
            students=[assignment.student],
            source=Source(via=Via.ASSIGNMENT, id=assignment.pk, words=assignment.course.name),
            organization=denver,
            issued_by=people.staff["admin"],
            at=completed_at + timedelta(hours=2),
            key=uuid.uuid4(),
            wait=timedelta(0),
        )
