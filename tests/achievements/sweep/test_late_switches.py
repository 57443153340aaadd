"""Switches that are thrown long after the training: whom a drain finds at once, and since when their awards were due."""

import datetime as dt

import pytest
import time_machine
from django.urls import reverse

from achievements.conditions.parsing import parse
from achievements.conditions.terms import canonical
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import sweeper
from organizations.editing import change_account, change_organization, set_participation
from organizations.models import User
from tests.factories import AchievementFactory, CourseFactory, CourseTagFactory, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def conditions(text):
    return canonical(parse(text).conditions)


@pytest.fixture
def course(world):
    """Of the umbrella, above the academy."""
    return CourseFactory.create(organization=world.umbrella)


def save_course(client, course, **changes):
    data = {"name": course.name, "organization": course.organization_id} | changes
    lines = {"activities-TOTAL_FORMS": 0, "activities-INITIAL_FORMS": 0}
    return client.post(reverse("admin:courses_course_change", args=[course.pk]), data | lines)


def earned_after_a_drain_and_a_pass():
    sweeper.drain(at=NOW)
    drained = EarnedAchievement.objects.count()
    sweeper.award_everybody(at=NOW)
    return drained, EarnedAchievement.objects.count()


def test_a_course_opened_to_outsiders_is_looked_at_on_its_line(world, signed_in):
    course = CourseFactory.create(organization=world.academy)
    AchievementFactory.create(
        organization=world.umbrella, conditions=conditions(f"[{{Subject:10, CourseIds:[{course.pk}]}}]")
    )
    TrainingRecordFactory.create(user=world.guest, course=course)

    save_course(signed_in(world.administrator), course, achievements_for_outside_organizations="on")

    assert earned_after_a_drain_and_a_pass() == (1, 1)


def test_a_new_tag_is_looked_at_in_every_organization(world, course, signed_in):
    tag = CourseTagFactory.create(organization=world.umbrella)
    AchievementFactory.create(
        organization=world.academy, conditions=conditions(f"[{{Subject:20, CourseTagIds:[{tag.pk}]}}]")
    )
    TrainingRecordFactory.create(user=world.student, course=course)

    save_course(signed_in(world.administrator), course, tags=[tag.pk])

    assert earned_after_a_drain_and_a_pass() == (1, 1)


@pytest.fixture
def achievement(world):
    """The umbrella's, for everybody; neither it nor the student's record is new."""
    made = AchievementFactory.create(organization=world.umbrella, is_global=True)
    Achievement.objects.filter(pk=made.pk).update(modified_at=NOW - 400 * DAY)
    return made


@pytest.fixture
def record(world, achievement, course):
    return TrainingRecordFactory.create(
        user=world.student, course=course, started_at=NOW - 301 * DAY, recorded_at=NOW - 300 * DAY
    )


def full_sweep():
    sweeper.award_everybody(at=NOW)


def drain():
    sweeper.drain(at=NOW)


def hours_late():
    return [delay // HOUR for delay in EarnedAchievement.objects.values_list("delay", flat=True) if delay is not None]


def switch_off(row, **fields):
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def change(row, **fields):
    """By the product's own door, two hours ago."""
    for name, value in fields.items():
        setattr(row, name, value)
    with time_machine.travel(NOW - 2 * HOUR, tick=False):
        (change_account if isinstance(row, User) else change_organization)(row, changed=set(fields))


both_sweeps = pytest.mark.parametrize("run", [full_sweep, drain])


@both_sweeps
def test_an_award_is_due_since_the_student_takes_part_again(world, record, run):
    switch_off(world.student, participates_in_achievements=False)
    with time_machine.travel(NOW - 2 * HOUR, tick=False):
        set_participation(world.student, takes_part=True)

    run()

    assert hours_late() == [2]


@both_sweeps
def test_an_award_is_due_since_the_account_is_active_again(world, record, run):
    switch_off(world.student, is_active=False)
    change(world.student, is_active=True)

    run()

    assert hours_late() == [2]


@both_sweeps
@pytest.mark.parametrize("owner", ["academy", "umbrella"])
def test_an_award_is_due_since_the_organizations_of_both_take_part(world, record, run, owner):
    switch_off(getattr(world, owner), achievements_enabled=False)
    change(getattr(world, owner), achievements_enabled=True)

    run()

    assert hours_late() == [2]


@both_sweeps
def test_an_award_is_due_since_its_course_has_the_tag(world, course, signed_in, run):
    tag = CourseTagFactory.create(organization=world.umbrella)
    tagged = AchievementFactory.create(
        organization=world.academy, conditions=conditions(f"[{{Subject:20, CourseTagIds:[{tag.pk}]}}]")
    )
    Achievement.objects.filter(pk=tagged.pk).update(modified_at=NOW - 400 * DAY)
    TrainingRecordFactory.create(user=world.student, course=course, recorded_at=NOW - 300 * DAY)
    with time_machine.travel(NOW - 2 * HOUR, tick=False):
        save_course(signed_in(world.administrator), course, tags=[tag.pk])

    run()

    assert hours_late() == [2]


def test_who_switched_nothing_is_measured_from_the_record(world, record):
    change(world.guest, is_active=True)
    CourseFactory.create(switched_at=NOW - 3 * HOUR)

    full_sweep()

    assert hours_late() == [300 * 24]


def test_to_say_again_what_was_said_is_no_switch(world):
    set_participation(world.student, takes_part=True)

    world.student.refresh_from_db()
    assert world.student.switched_at is None
