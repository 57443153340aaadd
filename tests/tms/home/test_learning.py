import datetime as dt

import pytest

from badges.models import IssuedBadge
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    BadgeProviderFactory,
    CourseAssignmentFactory,
    EarnedAchievementFactory,
    EnrollmentFactory,
    IssuedBadgeFactory,
    TrainingRecordFactory,
)
from tms.home.learning import TRAINING_SHOWN, learning_of

NOON = dt.datetime(2026, 5, 6, 12, tzinfo=dt.UTC)
WAITING = {"status": "pending", "delivery": "delivered", "accept_url": "https://www.credly.com/accept"}


def hours(number):
    return NOON + dt.timedelta(hours=number)


def of(person, *, has_other_roles=False):
    return learning_of(person, at=NOON, has_other_roles=has_other_roles)


def test_a_student_sees_the_nine_newest_badges_held(world):
    issued = [
        IssuedBadgeFactory.create(
            badge=BadgeFactory.create(organization=world.academy), student=world.student, issued_at=hours(number)
        )
        for number in range(11)
    ]
    IssuedBadge.objects.filter(pk=issued[-1].pk).update(revoked_at=NOON, status="revoked")

    learning = of(world.student)

    assert (learning.badges, len(learning.rewards.badges)) == (issued[1:10][::-1], 10)


def test_an_achievement_earned_twice_is_one_achievement(world):
    achievement = AchievementFactory.create(organization=world.academy)
    for nth in (1, 2):
        EarnedAchievementFactory.create(achievement=achievement, user=world.student, nth=nth)

    assert [earned.achievement for earned in of(world.student).achievements] == [achievement]


@pytest.mark.parametrize("switch", ["person", "organization"])
def test_achievements_are_hidden_where_they_are_switched_off_and_badges_are_not(world, switch):
    EarnedAchievementFactory.create(user=world.student)
    issued = IssuedBadgeFactory.create(student=world.student)
    if switch == "person":
        world.student.participates_in_achievements = False
    else:
        world.academy.achievements_enabled = False
        world.academy.save()

    learning = of(world.student)

    assert (learning.achievements, learning.badges, learning.goal) == ([], [issued], None)


def test_what_has_waited_longest_is_accepted_first(world):
    provider = BadgeProviderFactory.create(organization=world.academy)
    badges = BadgeFactory.create_batch(3, organization=world.academy, provider=provider)
    IssuedBadgeFactory.create(badge=badges[0], student=world.student, issued_at=hours(-3))
    older, _newer = (
        IssuedBadgeFactory.create(badge=badge, student=world.student, issued_at=hours(n), **WAITING)
        for n, badge in enumerate(badges[1:])
    )

    assert of(world.student).to_accept == older


def test_what_waits_for_nobody_is_not_to_be_accepted(world):
    IssuedBadgeFactory.create(student=world.student)

    assert of(world.student).to_accept is None


def test_the_nearest_goal_is_shown(world):
    conditions = [{"Subject": 10, "Count": 4, "Complete": True}]
    AchievementFactory.create(organization=world.academy, name="Four", conditions=conditions)
    near = AchievementFactory.create(organization=world.academy, name="Two", conditions=[{**conditions[0], "Count": 2}])
    TrainingRecordFactory.create(user=world.student)

    assert of(world.student).goal.achievement == near


def test_nothing_begun_is_no_goal(world):
    AchievementFactory.create(organization=world.academy)

    assert of(world.student).goal is None


def test_the_first_of_what_is_under_way_are_shown(world):
    for number in range(TRAINING_SHOWN + 1):
        CourseAssignmentFactory.create(student=world.student, assigned_at=hours(number), expires_at=None)

    assert [line.starts_at for line in of(world.student).training] == [hours(n) for n in range(TRAINING_SHOWN)]


@pytest.mark.parametrize("what", ["nothing", "badge", "achievement", "training"])
def test_who_also_teaches_or_administers_sees_it_once_there_is_something(world, what):
    if what == "badge":
        IssuedBadgeFactory.create(student=world.instructor)
    elif what == "achievement":
        EarnedAchievementFactory.create(user=world.instructor)
    elif what == "training":
        EnrollmentFactory.create(student=world.instructor, klass__starts_at=NOON)

    assert (of(world.instructor, has_other_roles=True) is not None) is (what != "nothing")
    assert of(world.instructor) is not None


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_the_same_queries_for_one_of_everything_and_for_three(world, django_assert_num_queries, rows):
    achievement = AchievementFactory.create(organization=world.academy)
    for _ in range(rows):
        IssuedBadgeFactory.create(student=world.student)
        EarnedAchievementFactory.create(user=world.student)
        CourseAssignmentFactory.create(student=world.student, expires_at=None)
        EnrollmentFactory.create(student=world.student, klass__starts_at=NOON)
        AchievementFactory.create(
            organization=world.academy, conditions=[{"Subject": 10, "Count": 4, "Complete": True}]
        )
    TrainingRecordFactory.create(user=world.student)
    assert achievement.pk

    with django_assert_num_queries(11):
        of(world.student)
