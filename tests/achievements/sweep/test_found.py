"""The tables of who was found."""

import datetime as dt

import pytest
from django.db import connection

from achievements.conditions.events import People
from achievements.sweep import found
from achievements.sweep.earning import Earner
from achievements.sweep.found import LOOK, STEP
from operation.models import SweepHint
from tests.achievements.sweep.ruled import EARNED_AT, NOW, complete, ruled
from tests.factories import (
    PAST,
    AchievementFactory,
    CourseFactory,
    EarnedAchievementFactory,
    StudentFactory,
)

DAY = dt.timedelta(days=1)


@pytest.fixture
def earned(world, achievement):
    """By the student at once, by another one a day later."""
    complete(world.student, world.course)
    other = StudentFactory.create(organization=world.academy)
    complete(other, world.course, started_at=PAST + DAY)
    return [world.student.pk, other.pk]


def rows(tables=STEP):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT achievement_id, user_id, nth, earned_at, is_outsider FROM {tables.found} ORDER BY 1, 2, 3"
        )
        return cursor.fetchall()


def row(achievement, user_id, *, days=0, is_outsider=False):
    return (achievement.pk, user_id, 1, EARNED_AT + days * DAY, is_outsider)


def test_a_step_begins_with_nobody_also_behind_one_that_was_broken_off(world, achievement, earned):
    for _twice in range(2):
        found.begin()
        assert rows() == []
        found.add_new([ruled(achievement).rule])

    assert (found.counts(), found.people()) == ({achievement.pk: 2}, earned)


def test_new_earners_of_several_are_added_in_one_table(world, achievement, earned):
    first, second = earned
    other = AchievementFactory.create(organization=world.academy)
    EarnedAchievementFactory.create(achievement=achievement, user_id=first)
    rules = [ruled(one).rule for one in (achievement, other)]

    found.begin()
    found.add_new(rules)
    at_once = rows()
    found.begin()
    found.add_new_of_few(rules)

    assert at_once == rows() == [row(achievement, second, days=1), row(other, first), row(other, second, days=1)]


def test_the_look_keeps_all_who_are_new_and_counts_them(world, achievement, earned):
    first, second = earned

    counts = [found.keep_all_new(ruled(achievement).rule)]
    EarnedAchievementFactory.create(achievement=achievement, user_id=first)
    counts.append(found.keep_all_new(ruled(achievement).rule))

    assert (counts, rows(LOOK)) == ([2, 1], [row(achievement, second, days=1)])
    found.end(LOOK)
    found.end(LOOK)
    assert found.keep_all_new(ruled(AchievementFactory.create()).rule) == 0


def test_an_outsider_is_marked_and_among_those_gathered_nobody(world, achievement):
    course = CourseFactory.create(organization=world.academy, achievements_for_outside_organizations=True)
    complete(world.student, course)
    complete(world.guest, course)
    one = ruled(achievement)

    found.begin()
    found.add_new([one.rule])
    of_all = rows()
    found.begin()
    gathered = one.rule_for(People(gathered_from=frozenset({world.partner.pk})))
    found.add(gathered, [Earner(world.guest.pk, 1, EARNED_AT)])

    assert of_all == [row(achievement, world.student.pk), row(achievement, world.guest.pk, is_outsider=True)]
    assert rows() == [row(achievement, world.guest.pk)]


def test_who_is_added_has_earned_the_achievement_of_the_rule(achievement, world):
    found.begin()
    found.add(ruled(achievement).rule, [Earner(world.student.pk, 1, EARNED_AT)])
    found.add(ruled(achievement).rule, [])

    assert rows() == [row(achievement, world.student.pk)]


def test_those_of_some_achievements_are_asked_for_and_taken_out(world, achievement, earned):
    other = AchievementFactory.create(organization=world.academy)
    found.begin()
    found.add(ruled(achievement).rule, [Earner(pk, 1, EARNED_AT) for pk in earned])
    found.add(ruled(other).rule, [Earner(earned[1], 1, EARNED_AT)])

    before = found.people([other.pk])
    found.remove([achievement.pk])

    assert (before, found.people(), found.people([achievement.pk]), found.counts()) == (
        [earned[1]],
        [earned[1]],
        [],
        {other.pk: 1},
    )


def test_of_each_person_the_earliest_stays_all_of_one_moment(world, achievement, earned):
    second, third = AchievementFactory.create_batch(2, organization=world.academy)
    found.begin()
    for one, days in ((achievement, 1), (second, 0), (third, 0)):
        found.add(ruled(one).rule, [Earner(earned[0], 1, EARNED_AT + days * DAY)])
    found.add(ruled(achievement).rule, [Earner(earned[1], 1, EARNED_AT + DAY)])

    found.keep_earliest()

    assert rows() == [
        row(achievement, earned[1], days=1),
        row(second, earned[0]),
        row(third, earned[0]),
    ]


@pytest.mark.parametrize(("due_at", "left"), [(None, 1), (NOW, 1), (NOW + DAY, 2)])
def test_who_is_queued_and_due_is_left_to_the_steps(achievement, earned, due_at, left):
    SweepHint.objects.create(student_id=earned[0], due_at=due_at)
    found.begin()
    found.add_new([ruled(achievement).rule])

    assert found.leave_to_steps(STEP, at=NOW) == 2 - left
    assert found.people() == earned[-left:]


def test_people_are_set_aside_once_each_and_served_in_chunks(achievement, earned, monkeypatch):
    monkeypatch.setattr(found, "CHUNK", 1)
    found.begin()
    rule = ruled(achievement).rule
    found.add(rule, [Earner(earned[0], nth, EARNED_AT) for nth in (1, 2)] + [Earner(earned[1], 1, EARNED_AT)])

    found.set_people_aside()
    found.begin()

    assert [found.people_set_aside(after) for after in (0, *earned)] == [[earned[0]], [earned[1]], []]
