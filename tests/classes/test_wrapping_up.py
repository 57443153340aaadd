import datetime as dt
from typing import Any

import pytest

from badges.models import Via
from classes.wrapping_up import needing_attention, standing_of, to_wrap_up, with_students
from tests.factories import (
    BadgeFactory,
    ClassFactory,
    EnrollmentFactory,
    IssuanceBatchFactory,
    IssuanceItemFactory,
    IssuedBadgeFactory,
    StudentFactory,
)

NOON = dt.datetime(2026, 5, 6, 12, tzinfo=dt.UTC)
COUNTS: list[Any] = ["enrolled", "completed", "without_badge", "unset", "was_issued"]
COMPLETE = {"completion_status": "complete", "completed_at": NOON}


def ended(world, name="Diving", *, ago, **values):
    """A class of the instructor that ended so long ago."""
    ends_at = NOON - ago
    return ClassFactory.create(
        name=name,
        organization=world.academy,
        course=world.course,
        instructors=[world.instructor, world.contractor],
        starts_at=ends_at - dt.timedelta(hours=8),
        ends_at=ends_at,
        **values,
    )


def found(user):
    return [klass.name for klass in to_wrap_up(user, at=NOON).order_by("name")]


@pytest.mark.parametrize(
    ("ago", "is_found"),
    [
        (dt.timedelta(hours=-1), False),
        (dt.timedelta(0), True),
        (dt.timedelta(days=13, hours=23), True),
        (dt.timedelta(days=14), False),
    ],
)
def test_a_class_is_wrapped_up_within_fourteen_days_of_its_end(world, ago, is_found):
    EnrollmentFactory.create(klass=ended(world, ago=ago))

    assert found(world.instructor) == ["Diving"] * is_found


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ({}, True),
        ({"completion_status": "no_show"}, False),
        ({"completion_status": "complete", "completed_at": NOON}, True),
        ({"enrollment_status": "audit"}, False),
        ({"enrollment_status": "cancelled"}, False),
    ],
)
def test_a_completion_that_is_not_set_is_wanting_and_so_is_a_badge_of_who_completed(world, line, is_found):
    BadgeFactory.create(organization=world.academy)
    EnrollmentFactory.create(klass=ended(world, ago=dt.timedelta(hours=1)), **line)

    assert found(world.instructor) == ["Diving"] * is_found


@pytest.mark.parametrize("missing", ["badge", "permission", "manual issuance"])
def test_badges_are_wanting_only_where_one_can_be_issued(world, missing):
    if missing != "badge":
        BadgeFactory.create(organization=world.academy, manual_issuance=missing != "manual issuance")
    if missing == "permission":
        role = world.instructor.groups.get()
        role.permissions.remove(role.permissions.get(codename="issue_badges"))
    EnrollmentFactory.create(klass=ended(world, ago=dt.timedelta(hours=1)), **COMPLETE)

    assert found(world.instructor) == []


@pytest.mark.parametrize("is_undone", [False, True])
def test_an_issuance_from_the_roster_wraps_up_unless_it_was_undone(world, is_undone):
    klass = ended(world, ago=dt.timedelta(hours=1))
    line = EnrollmentFactory.create(klass=klass, **COMPLETE)
    badge = BadgeFactory.create(organization=world.academy)
    batch = IssuanceBatchFactory.create(organization=world.academy, via=Via.ROSTER, source_id=klass.pk)
    values = {"batch": batch, "badge": badge, "student": line.student}
    if is_undone:
        IssuanceItemFactory.create(**values, code="undone")
    else:
        IssuanceItemFactory.create(**values, issued_badge=IssuedBadgeFactory.create(**values), code="", message="")

    assert found(world.instructor) == ["Diving"] * is_undone


@pytest.mark.parametrize(
    ("via", "is_of_course", "holders", "is_found"),
    [
        (Via.ACHIEVEMENT, True, 2, False),
        (Via.ASSIGNMENT, True, 2, False),
        (Via.ACHIEVEMENT, True, 1, True),
        (Via.ACHIEVEMENT, False, 2, True),
    ],
)
def test_badges_of_the_course_that_came_another_way_count_as_well(world, via, is_of_course, holders, is_found):
    klass = ended(world, ago=dt.timedelta(hours=1))
    badge = BadgeFactory.create(organization=world.academy)
    if is_of_course:
        world.course.badges.add(badge)
    student = {"student__organization": world.academy}
    lines = [EnrollmentFactory.create(klass=klass, **student, **COMPLETE) for _number in range(2)]
    for line in lines[:holders]:
        IssuedBadgeFactory.create(badge=badge, student=line.student, via=via)

    standing = standing_of(klass, world.instructor, at=NOON)

    assert found(world.instructor) == ["Diving"] * is_found
    assert (standing.is_wanting, standing.is_to_wrap_up) == (is_found, is_found)
    assert standing.without_badge == (2 - holders if is_of_course else 2)


@pytest.mark.parametrize(
    ("ago", "said"),
    [(dt.timedelta(hours=-1), None), (dt.timedelta(hours=1), (True, True)), (dt.timedelta(20), (True, False))],
)
def test_a_class_says_how_it_stands_once_it_has_ended(world, ago, said):
    klass = ended(world, ago=ago)
    EnrollmentFactory.create(klass=klass, student=world.student)

    standing = standing_of(klass, world.administrator, at=NOON)

    assert (standing and (standing.is_wanting, standing.is_to_wrap_up)) == said


def test_students_whom_the_instructor_does_not_see_want_nothing_of_him(world):
    EnrollmentFactory.create(
        klass=ended(world, ago=dt.timedelta(hours=1)), student=StudentFactory.create(organization=world.partner)
    )

    assert (found(world.instructor), found(world.contractor)) == ([], ["Diving"])


@pytest.mark.parametrize("persona", ["administrator", "student", "stranger"])
def test_who_does_not_teach_it_is_not_asked(world, persona):
    EnrollmentFactory.create(klass=ended(world, ago=dt.timedelta(hours=1)))

    assert found(world.personas[persona]) == []


def test_a_class_says_how_many_students_there_are_and_how_they_stand(world):
    klass = ended(world, ago=dt.timedelta(hours=1))
    EnrollmentFactory.create(klass=klass, **COMPLETE)
    EnrollmentFactory.create_batch(2, klass=klass)
    EnrollmentFactory.create(klass=klass, enrollment_status="cancelled")
    EnrollmentFactory.create(klass=klass, student=StudentFactory.create(organization=world.partner))

    [of_instructor], [of_contractor] = (
        with_students(to_wrap_up(user, at=NOON), user).values_list(*COUNTS)
        for user in (world.instructor, world.contractor)
    )

    assert (of_instructor, of_contractor) == ((3, 1, 1, 2, False), (4, 1, 1, 3, False))


@pytest.mark.parametrize(
    ("days", "persona", "is_found"),
    [
        (0, "instructor", True),
        (2, "administrator", False),
        (3, "administrator", True),
        (14, "administrator", False),
        (4, "contractor", True),
        (4, "student", False),
        (4, "stranger", False),
    ],
)
def test_who_administers_is_told_once_the_instructors_had_their_days(world, days, persona, is_found):
    EnrollmentFactory.create(klass=ended(world, ago=dt.timedelta(days=days)), student=world.student)

    found = needing_attention(world.personas[persona], at=NOON)

    assert [klass.name for klass in found] == ["Diving"] * is_found
