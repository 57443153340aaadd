"""The demo's classes: past, running and to come, counted in days from today, and who sits in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from classes.models import Class, Enrollment
from organizations.models import User
from tms.demo.catalogue import Catalogue
from tms.demo.people import PLACES, DemoPeople

type Status = Enrollment.Status
type Completion = Enrollment.Completion


@dataclass(frozen=True)
class Lesson:
    """A class. `seats` lists how many students each organization sends; `day` is its first day, 0 today."""

    course: str
    place: str
    day: int
    days: int
    instructors: str
    seats: dict[str, int]
    location: str
    title: str = ""


LESSONS = (
    Lesson("KQ-101", "denver", -118, 3, "instructor contractor", {"denver": 42, "rail": 14}, "Denver, room Aspen",
           "Linux Foundations, first group"),
    Lesson("KQ-401", "lyon", -104, 3, "manon", {"lyon": 30, "grenoble": 10}, "Lyon, salle Ampère"),
    Lesson("KQ-120", "denver", -88, 3, "instructor contractor", {"denver": 38, "rail": 16, "hospitals": 6},
           "Denver, room Juniper", "Networking Essentials, first group"),
    Lesson("KQ-301", "group", -76, 2, "manon contractor", {"denver": 20, "lyon": 16, "osaka": 8}, "Virtual classroom 1"),
    Lesson("KQ-101", "osaka", -67, 3, "kazuha", {"osaka": 34}, "大阪、桜の間"),
    Lesson("KQ-130", "denver", -58, 3, "instructor", {"denver": 36, "rail": 10}, "Denver, room Aspen",
           "Containers from the Ground Up, first group"),
    Lesson("QCS-010", "compliance", -49, 1, "gwilym", {"compliance": 28}, "London, room Thames"),
    Lesson("KQ-310", "group", -41, 2, "contractor", {"denver": 18, "lyon": 14, "hospitals": 4}, "Virtual classroom 2"),
    Lesson("MHC-1", "college", -33, 2, "", {"college": 22}, "Marrow Hill, glasshouse"),
    Lesson("KQ-210", "denver", -26, 4, "instructor contractor", {"denver": 34, "rail": 8}, "Denver, room Juniper",
           "Running Clusters, first group"),
    Lesson("KQ-410", "lyon", -19, 3, "manon", {"lyon": 26, "grenoble": 8}, "Lyon, salle Ampère"),
    Lesson("KQ-320", "denver", -9, 2, "instructor contractor", {"denver": 30, "rail": 16, "hospitals": 8},
           "Denver, room Granite", "Incident Response Drill, evening alarm edition"),
    Lesson("KQ-420", "lyon", -12, 3, "manon", {"lyon": 22, "grenoble": 6}, "Grenoble, salle Belledonne"),
    Lesson("KQ-110", "denver", -1, 3, "instructor contractor", {"denver": 28, "rail": 10}, "Denver, room Aspen",
           "Shell Scripting for Operators, evening group"),
    Lesson("LYO-210", "lyon", -1, 3, "manon", {"lyon": 24, "grenoble": 8}, "Lyon, salle Ampère"),
    Lesson("DEN-501", "denver", 0, 2, "birgit instructor", {"denver": 24}, "Denver, room Granite"),
    Lesson("KQ-120", "osaka", 6, 3, "kazuha", {"osaka": 30}, "大阪、桜の間"),
    Lesson("KQ-101", "denver", 12, 3, "instructor", {"denver": 30, "rail": 12}, "Denver, room Juniper",
           "Linux Foundations, second group"),
    Lesson("KQ-220", "denver", 27, 3, "instructor contractor", {"denver": 24, "hospitals": 8}, "Virtual classroom 1"),
    Lesson("KQ-401", "lyon", 34, 3, "manon", {"lyon": 24, "grenoble": 8}, "Lyon, salle Ampère",
           "SQL Foundations, second group"),
    Lesson("MHC-1", "college", 20, 2, "", {"college": 20}, "Marrow Hill, glasshouse", "Field Botany, second group"),
)  # fmt: skip

# How often each outcome is met on a roster: before the class, while it runs, after it.
BEFORE = {Enrollment.Status.ENROLLED: 62, Enrollment.Status.REQUESTED: 12, Enrollment.Status.APPROVED: 9, Enrollment.Status.WAIT_LISTED: 8, Enrollment.Status.CANCELLED: 6,
          Enrollment.Status.DENIED: 3}  # fmt: skip
BEGUN = {
    Enrollment.Status.ENROLLED: 88,
    Enrollment.Status.CANCELLED: 6,
    Enrollment.Status.AUDIT: 3,
    Enrollment.Status.DENIED: 3,
}
RUNNING = {Enrollment.Completion.ATTENDING: 80, Enrollment.Completion.UNKNOWN: 14, Enrollment.Completion.NO_SHOW: 6}
OVER = {
    Enrollment.Completion.COMPLETE: 84,
    Enrollment.Completion.INCOMPLETE: 6,
    Enrollment.Completion.NO_SHOW: 6,
    Enrollment.Completion.FAILED: 4,
}

# The first students of each organization are keen: they come to everything, and finish it.
KEEN = {"denver": 16, "lyon": 10, "osaka": 8, "rail": 5, "grenoble": 3}


def add_classes(people: DemoPeople, catalogue: Catalogue, at: datetime) -> list[Class]:
    """Every class, in the order of LESSONS."""
    classes = [_class(lesson, people, catalogue, at, number) for number, lesson in enumerate(LESSONS, start=1)]
    Class.objects.bulk_create(classes)
    link = Class.instructors.through
    link.objects.bulk_create(
        link(class_id=klass.pk, user_id=people.staff[username].pk)
        for klass, lesson in zip(classes, LESSONS, strict=True)
        for username in lesson.instructors.split()
    )
    return classes


def add_enrollments(classes: list[Class], people: DemoPeople, at: datetime, chance: Random) -> list[Enrollment]:
    """Every roster; the enrollments carry their class."""
    enrollments = []
    for klass, lesson in zip(classes, LESSONS, strict=True):
        for enrollment in _roster(klass, lesson, people, at, chance):
            _keep_setter(enrollment, lesson, people, at)
            enrollments.append(enrollment)
    return Enrollment.objects.bulk_create(enrollments)


def _class(lesson: Lesson, people: DemoPeople, catalogue: Catalogue, at: datetime, number: int) -> Class:
    place = next(place for place in PLACES if place.key == lesson.place)
    course = catalogue.courses[lesson.course]
    first = at.astimezone(ZoneInfo(place.time_zone)).date() + timedelta(days=lesson.day)
    seats = sum(lesson.seats.values())
    return Class(
        number=f"{lesson.place[:3].upper()}-{number:04}",
        name=lesson.title or course.name,
        organization=people.places[lesson.place],
        course=course,
        starts_at=_moment(first, 9, place.time_zone),
        ends_at=_moment(first + timedelta(days=lesson.days - 1), 17, place.time_zone),
        time_zone=place.time_zone,
        location=lesson.location,
        min_students=6,
        # Classes to come have fewer seats than people who want one: that is what a waiting list is for.
        max_students=seats if lesson.day <= 0 else seats * 3 // 5,
    )


def _moment(day: date, hour: int, time_zone: str) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(time_zone))


def _roster(klass: Class, lesson: Lesson, people: DemoPeople, at: datetime, chance: Random) -> Iterator[Enrollment]:
    """The keen students of each organization, and others by chance; whoever finds no seat left waits for one."""
    free = klass.max_students
    for place, seats in lesson.seats.items():
        students = people.students[place]
        keen = min(KEEN.get(place, 0), seats)
        for student in [*students[:keen], *chance.sample(students[keen:], seats - keen)]:
            is_keen = student in students[:keen]
            status = Enrollment.Status.ENROLLED if is_keen else _status(klass, at, chance)
            if status == Enrollment.Status.ENROLLED:
                status = status if free else Enrollment.Status.WAIT_LISTED
                free = max(0, free - 1)
            completion = _keen_completion(klass, at) if is_keen else _completion(klass, at, chance)
            yield _line(klass, student, status, completion, at, chance)


def _keep_setter(line: Enrollment, lesson: Lesson, people: DemoPeople, at: datetime) -> None:
    """The first instructor says who attends, and wraps the class up; of a class without one it is imported."""
    if line.completion_status == Enrollment.Completion.UNKNOWN:
        return
    ways, instructors = Enrollment.CompletionVia, lesson.instructors.split()
    is_over = line.klass.ends_at < at
    line.completion_set_by = people.staff[instructors[0]] if instructors else None
    line.completion_set_via = (ways.WRAP_UP if is_over else ways.ROSTER) if instructors else ways.IMPORT


def _status(klass: Class, at: datetime, chance: Random) -> Status:
    return _pick(BEGUN if klass.has_begun(at) else BEFORE, chance)


def _line(
    klass: Class, student: User, status: Status, completion: Completion, at: datetime, chance: Random
) -> Enrollment:
    """Only an Enrolled line has a completion, and only a Complete one the moment of it."""
    if status != Enrollment.Status.ENROLLED:
        completion = Enrollment.Completion.UNKNOWN
    booked = min(klass.starts_at, at) - timedelta(days=chance.randint(3, 40), minutes=chance.randint(0, 600))
    return Enrollment(
        klass=klass,
        student=student,
        enrollment_status=status,
        completion_status=completion,
        enrolled_at=booked,
        completed_at=klass.ends_at if completion == Enrollment.Completion.COMPLETE else None,
    )


def _keen_completion(klass: Class, at: datetime) -> Completion:
    if klass.ends_at < at:
        return Enrollment.Completion.COMPLETE
    return Enrollment.Completion.ATTENDING if klass.has_begun(at) else Enrollment.Completion.UNKNOWN


def _completion(klass: Class, at: datetime, chance: Random) -> Completion:
    if not klass.has_begun(at):
        return Enrollment.Completion.UNKNOWN
    return _pick(OVER if klass.ends_at < at else RUNNING, chance)


def _pick[Outcome](odds: dict[Outcome, int], chance: Random) -> Outcome:
    return chance.choices(list(odds), weights=list(odds.values()))[0]
