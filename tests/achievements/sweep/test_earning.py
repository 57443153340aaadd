"""Who has newly earned an achievement."""

import datetime as dt

import pytest
from django.db import connection

from achievements.conditions.events import People
from achievements.models import Achievement
from achievements.sweep import sweeper
from achievements.sweep.earning import Earner, earners, find_limited, is_earned, new_earners, new_of_few, one_per_period
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.achievements.sweep.ruled import EARNED_AT, NOW, complete, ruled
from tests.factories import (
    PAST,
    AchievementFactory,
    EarnedAchievementFactory,
    StudentFactory,
)

DAY = dt.timedelta(days=1)
PER_DAY, PER_ACHIEVEMENT = Achievement.FrequencyType.PER_DAY, Achievement.FrequencyType.PER_ACHIEVEMENT


def test_drain_gives_limited_places_to_the_earliest_of_all(world):
    achievement = AchievementFactory.create(
        organization=world.academy, frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT
    )
    complete(world.student, world.course)
    late = StudentFactory.create(organization=world.academy)
    complete(late, world.course, started_at=PAST + dt.timedelta(days=1))
    SweepHint.objects.create(student_id=late.pk)

    sweeper.drain(at=NOW)

    assert list(achievement.earned.values_list("user_id", flat=True)) == [world.student.pk]


def rows(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.parameters)
        return sorted(cursor.fetchall())


def students_on(world, *days):
    """One for each of these days after the first, who completes the course then; by their ids."""
    made = StudentFactory.create_batch(len(days), organization=world.academy)
    for student, day in zip(made, days, strict=True):
        complete(student, world.course, started_at=PAST + day * DAY)
    return [student.pk for student in made]


def test_what_is_new_is_what_has_no_row_of_that_time(world):
    [pk] = students_on(world, 0)
    complete(StudentFactory.create(pk=pk + 1000, organization=world.academy), world.course)
    complete(User.objects.get(pk=pk), world.course, started_at=PAST + DAY)
    achievement = AchievementFactory.create(organization=world.academy, frequency=2)
    EarnedAchievementFactory.create(user_id=pk)
    rule = ruled(achievement).rule
    before = is_earned(rule)
    EarnedAchievementFactory.create(achievement=achievement, user_id=pk, nth=1)

    everything = [
        (achievement.pk, pk, 1, EARNED_AT),
        (achievement.pk, pk, 2, EARNED_AT + DAY),
        (achievement.pk, pk + 1000, 1, EARNED_AT),
    ]
    assert (before, is_earned(rule)) == (False, True)
    assert rows(earners(rule)) == everything
    assert rows(new_earners(rule)) == rows(new_of_few(earners(rule))) == everything[1:]


def test_of_some_people_only_theirs_is_new(world):
    first, second = students_on(world, 0, 1)
    achievement = AchievementFactory.create(organization=world.academy)
    one = ruled(achievement)

    new = [rows(new_earners(one.rule_for(People(user_ids=[pk])))) for pk in (first, second)]
    EarnedAchievementFactory.create(achievement=achievement, user_id=second)
    new.append(rows(new_earners(one.rule_for(People(user_ids=[second])))))

    assert new == [[(achievement.pk, first, 1, EARNED_AT)], [(achievement.pk, second, 1, EARNED_AT + DAY)], []]


@pytest.mark.parametrize(("given", "won"), [(0, [0, 1]), (1, [0]), (2, []), (3, [])])
def test_places_that_are_free_go_to_the_earliest(world, given, won):
    achievement = AchievementFactory.create(organization=world.academy, frequency=2, frequency_type=PER_ACHIEVEMENT)
    found = students_on(world, 3, 1, 0, 2)
    in_time = [found[2], found[1]]
    EarnedAchievementFactory.create_batch(given, achievement=achievement)

    winners = find_limited(ruled(achievement))

    assert winners == sorted(
        (Earner(in_time[number], 1, EARNED_AT + number * DAY) for number in won), key=lambda one: one.user_id
    )


def test_of_one_moment_the_first_account_wins(world):
    achievement = AchievementFactory.create(organization=world.academy, frequency_type=PER_ACHIEVEMENT)
    daily = AchievementFactory.create(organization=world.academy, frequency_type=PER_DAY)
    made = StudentFactory.create_batch(20, organization=world.academy)
    for student in reversed(made):
        complete(student, world.course)

    assert find_limited(ruled(achievement)) == find_limited(ruled(daily)) == [Earner(made[0].pk, 1, EARNED_AT)]


@pytest.mark.parametrize(
    ("frequency", "taken", "days"),
    [
        (1, [], [0, 1, 2, 3, 6]),
        (2, [], [0, 2, 6]),
        (3, [], [0, 3, 6]),
        (1, [1], [0, 2, 3, 6]),
        (2, [1], [3, 6]),
        (3, [2], [6]),
        (7, [3], []),
    ],
)
def test_winners_are_so_many_days_apart_from_each_other_and_from_those_before(world, frequency, taken, days):
    achievement = AchievementFactory.create(organization=world.academy, frequency=frequency, frequency_type=PER_DAY)
    on_day = dict(zip([6, 0, 1, 2, 3], students_on(world, 6, 0, 1, 2, 3), strict=True))
    for day in taken:
        EarnedAchievementFactory.create(achievement=achievement, earned_at=PAST + day * DAY)

    winners = one_per_period(ruled(achievement))

    assert sorted((one.earned_at - EARNED_AT) // DAY for one in winners) == days
    assert winners == sorted(winners, key=lambda one: one.user_id)
    assert {one.user_id for one in winners} == {on_day[day] for day in days}


def test_a_day_is_one_of_the_organization(world):
    """Half past two in the morning of Greenwich is midnight of St. John's in summer."""
    Organization.objects.filter(pk=world.academy.pk).update(time_zone="America/St_Johns")
    achievement = AchievementFactory.create(organization=world.academy, frequency_type=PER_DAY)
    midnight = dt.datetime(2026, 4, 11, 2, 30, tzinfo=dt.UTC)
    made = StudentFactory.create_batch(2, organization=world.academy)
    for student, moment in zip(made, (midnight - dt.timedelta(minutes=1), midnight), strict=True):
        complete(student, world.course, started_at=moment, completed_at=moment)

    assert [one.user_id for one in one_per_period(ruled(achievement))] == [one.pk for one in made]
