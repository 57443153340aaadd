"""Which classes there are around the moment of the demo, and who sits in them."""

from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Count, F

from classes.models import Class, Enrollment
from tests.tms.demo.parts import AT, taken_back, tell
from tms.demo.timetable import KEEN, LESSONS

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module", autouse=True)
def story(django_db_setup, django_db_blocker):
    with taken_back(django_db_blocker):
        yield tell()


def test_every_class_has_twenty_to_sixty_students():
    sizes = Class.objects.annotate(size=Count("enrollments")).values_list("size", flat=True)

    outside = [size for size in sizes if not 20 <= size <= 60]

    assert outside == []


def test_classes_are_past_running_and_to_come():
    when = Counter(
        "past" if k.ends_at < AT else "running" if k.has_begun(AT) else "to come" for k in Class.objects.all()
    )

    assert when == {"past": 13, "running": 3, "to come": 5}


def test_every_enrollment_and_completion_status_is_met():
    enrollment = set(Enrollment.objects.values_list("enrollment_status", flat=True))
    completion = set(Enrollment.objects.values_list("completion_status", flat=True))

    assert enrollment == set(Enrollment.Status.values)
    assert completion == set(Enrollment.Completion.values)


def test_nobody_is_enrolled_beyond_the_maximum():
    enrolled = Enrollment.objects.enrolled().values("klass").annotate(n=Count("pk"))

    overfull = enrolled.filter(n__gt=F("klass__max_students"))

    assert list(overfull) == []


def test_a_class_is_held_in_the_working_hours_of_its_place(story):
    hours = {
        (klass.starts_at.astimezone(zone).hour, klass.ends_at.astimezone(zone).hour)
        for klass in story.classes
        for zone in [ZoneInfo(klass.time_zone)]
    }

    assert hours == {(9, 17)}


def test_classes_stand_in_the_order_of_the_lessons_with_their_instructors(story):
    found = [sorted(klass.instructors.values_list("username", flat=True)) for klass in story.classes]

    assert found == [sorted(lesson.instructors.split()) for lesson in LESSONS]
    assert [klass.course.number for klass in story.classes] == [lesson.course for lesson in LESSONS]


def test_each_organization_sends_as_many_as_have_a_seat_for_it(story):
    place_of = {student: key for key, students in story.people.students.items() for student in students}
    sent = Counter((line.klass.number, place_of[line.student]) for line in story.enrollments)

    assert sent == {
        (klass.number, place): seats
        for klass, lesson in zip(story.classes, LESSONS, strict=True)
        for place, seats in lesson.seats.items()
    }


def test_the_keen_come_to_everything_and_finish_it(story):
    keen = {key: students[: KEEN.get(key, 0)] for key, students in story.people.students.items()}
    lines = [
        line
        for line in story.enrollments
        if line.klass.ends_at < AT and any(line.student in some for some in keen.values())
    ]

    found = {(line.enrollment_status, line.completion_status) for line in lines}

    assert found == {(Enrollment.Status.ENROLLED, Enrollment.Completion.COMPLETE)}


def test_only_who_completed_has_the_moment_of_it(story):
    odd = [
        line
        for line in story.enrollments
        if line.completed_at
        != (line.klass.ends_at if line.completion_status == Enrollment.Completion.COMPLETE else None)
    ]

    assert odd == []


def test_who_teaches_a_class_has_set_its_completions_and_an_import_those_of_one_without(story):
    set_ = Enrollment.objects.exclude(completion_status="unknown")
    ways = {(line.completion_set_via, line.completion_set_by is None) for line in set_}
    by_others = set_.filter(completion_set_by__isnull=False).exclude(completion_set_by__taught_classes=F("klass"))

    assert ways == {("roster", False), ("wrap_up", False), ("import", True)}
    assert not by_others.exists()
    assert not Enrollment.objects.filter(completion_status="unknown").exclude(completion_set_via="").exists()


def test_nobody_is_booked_after_the_class_begins_or_ahead_of_the_clock(story):
    late = [line for line in story.enrollments if line.enrolled_at >= min(line.klass.starts_at, AT)]

    assert late == []
