"""Whom a step gathers, and which achievements could concern them."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection

from achievements.conditions.events import People, Rule
from achievements.conditions.terms import Achievements, Courses, Labs, Points
from achievements.models import Achievement
from achievements.sweep import sweeper
from achievements.sweep.gathering import RecordSummary, gather
from operation.models import SweepHint
from organizations.models import Organization
from tests.achievements.sweep.ruled import NOW, complete
from tests.factories import (
    AchievementFactory,
    CourseFactory,
    CourseTagFactory,
    LabFactory,
    StudentFactory,
)

HERE, ELSEWHERE, ROOT_HERE, ROOT_ELSEWHERE = 1, 2, 10, 20
TOUCHED = RecordSummary(
    labs=frozenset({5}),
    courses=frozenset({6}),
    tags=frozenset({7}),
    organizations=frozenset({HERE}),
    roots=frozenset({ROOT_HERE}),
    credited=frozenset(),
    switched_off=frozenset(),
)


def test_drain_evaluates_only_what_could_concern(world, achievement):
    others = [
        AchievementFactory.create(
            organization=world.academy,
            conditions=[
                {"Subject": 0, "Count": 1, "LabProfileIds": [LabFactory.create(organization=world.academy).pk]}
            ],
        ),
        AchievementFactory.create(
            organization=world.academy,
            conditions=[
                {"Subject": 20, "Count": 1, "CourseTagIds": [CourseTagFactory.create(organization=world.academy).pk]}
            ],
        ),
        AchievementFactory.create(organization=world.partner),
    ]
    complete(world.student, world.course)
    SweepHint.objects.create(student_id=world.student.pk)

    done = sweeper.drain(at=NOW)

    assert done is not None
    assert (done.achievements, Achievement.objects.count()) == (1, 1 + len(others))


def rule(*conditions, **fields):
    known = Rule(achievement_id=1, organization_id=HERE, root_id=ROOT_HERE, until=NOW, conditions=conditions)
    return replace(known, **fields)


@pytest.mark.parametrize(
    ("condition", "could"),
    [
        (Labs(), True),
        (Labs(lab_ids=(4, 5)), True),
        (Labs(lab_ids=(4,)), False),
        (Courses(), True),
        (Courses(course_ids=(6, 9)), True),
        (Courses(course_ids=(9,)), False),
        (Courses(tag_ids=(7, 9)), True),
        (Courses(tag_ids=(9,)), False),
        (Courses(course_ids=(6,), tag_ids=(9,)), False),
        (Courses(course_ids=(9,), tag_ids=(7,)), False),
        (Points(points=5), True),
        (Achievements(achievement_ids=(3,)), True),
    ],
)
def test_a_condition_on_nothing_that_they_have_a_record_of_cannot_be_met(condition, could):
    assert TOUCHED.could_meet(rule(condition)) is could
    assert TOUCHED.could_meet(rule(Points(points=1), condition)) is could


def test_without_any_record_neither_labs_nor_courses_can_be_counted():
    nothing = replace(TOUCHED, labs=frozenset(), courses=frozenset(), tags=frozenset())

    assert [nothing.could_meet(rule(one)) for one in (Labs(), Courses(), Points(points=1))] == [False, False, True]


@pytest.mark.parametrize(
    ("fields", "could"),
    [
        ({"is_global": True, "root_id": ROOT_ELSEWHERE}, True),
        ({"organization_id": ELSEWHERE}, False),
        ({"organization_id": ELSEWHERE, "is_global": True}, True),
        ({"organization_id": ELSEWHERE, "is_global": True, "root_id": ROOT_ELSEWHERE}, False),
        ({"organization_id": ELSEWHERE, "is_global": True, "root_id": ROOT_ELSEWHERE, "reaches_all_trees": True}, True),
        ({"organization_id": ELSEWHERE, "root_id": ROOT_ELSEWHERE, "reaches_all_trees": True}, False),
    ],
)
def test_what_is_not_for_them_cannot_be_earned(fields, could):
    assert TOUCHED.could_meet(rule(Labs(), **fields)) is could


def test_outsiders_can_earn_what_their_records_are_credited_to():
    touched = replace(TOUCHED, credited=frozenset({ELSEWHERE}))

    assert touched.could_meet(rule(Labs(), organization_id=ELSEWHERE))


def test_what_belongs_to_an_organization_that_takes_no_part_is_earned_by_nobody():
    off = replace(TOUCHED, switched_off=frozenset({HERE}))

    assert not off.could_meet(rule(Labs()))


def test_gathered_are_those_who_take_part_with_what_they_have_records_of(world):
    tag = CourseTagFactory.create(organization=world.academy)
    course = CourseFactory.create(organization=world.academy, tags=[tag])
    opened = CourseFactory.create(organization=world.outside, achievements_for_outside_organizations=True)
    lab = LabFactory.create(organization=world.academy)
    off = StudentFactory.create(organization=world.partner, is_active=False)
    apart = StudentFactory.create(organization=world.partner, participates_in_achievements=False)
    Organization.objects.filter(pk=world.outside.pk).update(achievements_enabled=False)
    other = StudentFactory.create(organization=world.outside)
    for person in (off, apart, other):
        complete(person, world.course)
    complete(world.student, course)
    complete(world.student, opened)
    complete(world.student, None, lab=lab)

    touched = gather([one.pk for one in (world.student, off, apart, other)], at=NOW)

    assert touched == RecordSummary(
        labs=frozenset({lab.pk}),
        courses=frozenset({course.pk, opened.pk}),
        tags=frozenset({tag.pk}),
        organizations=frozenset({world.academy.pk}),
        roots=frozenset({world.umbrella.pk}),
        credited=frozenset({world.outside.pk}),
        switched_off=frozenset({world.outside.pk}),
    )
    assert touched.people == People(gathered_from=frozenset({world.academy.pk}))


def test_who_takes_no_part_in_global_achievements_touches_no_tree(world):
    Organization.objects.filter(pk=world.academy.pk).update(in_global_achievements=False)

    assert gather([world.student.pk], at=NOW).roots == frozenset()


def test_whose_training_goes_on_later_is_queued_for_the_first_of_its_moments(world):
    ago, soon, later = (NOW + dt.timedelta(hours=number) for number in (-1, 2, 5))
    for started, completed in ((ago, NOW), (ago, later), (soon, None)):
        complete(world.student, world.course, started_at=started, completed_at=completed)
    complete(world.guest, world.course, started_at=NOW - dt.timedelta(hours=2))

    gather([world.student.pk, world.guest.pk], at=NOW)

    assert list(SweepHint.objects.values_list("student_id", "due_at")) == [(world.student.pk, soon)]


@pytest.mark.parametrize(("number", "indexes"), [(50, 0), (51, 2)])
def test_records_of_many_people_have_an_index(world, number, indexes):
    students = StudentFactory.create_batch(number, organization=world.academy)

    gather([one.pk for one in students], at=NOW)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'gathered_record'")
        assert cursor.fetchone() == (indexes,)
