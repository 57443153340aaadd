import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from achievements.models import Achievement, EarnedAchievement, Sweep
from achievements.sweep import awarding, sweeper, underway
from badges.models import IssuedBadge
from operation.models import SweepHint
from organizations.models import Organization
from tests.achievements.sweep.ruled import EARNED_AT, NOW, complete, outcome
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    CourseFactory,
    EarnedAchievementFactory,
    OrganizationFactory,
    StudentFactory,
)


def test_award_everybody_awards_all_history(world, achievement):
    complete(world.student, world.course)

    done = sweeper.award_everybody(at=NOW, started_by=world.administrator)

    assert outcome(done) == {"achievements": 1, "skipped": 0, "earned": 1, "issued": 1, "failed": 0}
    assert (done.kind, done.started_at, done.started_by) == (Sweep.Kind.FULL, NOW, world.administrator)
    assert done.finished_at is not None
    assert list(achievement.earned.values_list("user_id", "nth", "earned_at", "version", "sweep_id")) == [
        (world.student.pk, 1, EARNED_AT, 1, done.pk)
    ]


def test_second_sweep_changes_nothing(world, achievement):
    complete(world.student, world.course)
    sweeper.award_everybody(at=NOW)

    again = sweeper.award_everybody(at=NOW)

    assert outcome(again) == {"achievements": 1, "skipped": 0, "earned": 0, "issued": 0, "failed": 0}
    assert EarnedAchievement.objects.count() == IssuedBadge.objects.count() == 1


@pytest.mark.parametrize(
    ("switch", "earned"),
    [
        ({}, 1),
        ({"student": {"participates_in_achievements": False}}, 0),
        ({"student": {"is_active": False}}, 0),
        ({"academy": {"achievements_enabled": False}}, 0),
        ({"achievement": {"is_enabled": False}}, 0),
    ],
)
def test_switches(world, achievement, switch, earned):
    complete(world.student, world.course)
    rows = {"student": world.student, "academy": world.academy, "achievement": achievement}
    for name, values in switch.items():
        type(rows[name]).objects.filter(pk=rows[name].pk).update(**values)

    assert sweeper.award_everybody(at=NOW).earned == earned


@pytest.mark.parametrize(
    ("is_global", "in_global", "outside", "earned"),
    [
        (False, True, False, 0),
        (True, True, False, 1),
        (True, False, False, 0),
        (False, False, True, 1),
        (True, False, True, 1),
    ],
)
def test_students_of_other_organizations_of_the_tree(world, achievement, is_global, in_global, outside, earned):
    Achievement.objects.filter(pk=achievement.pk).update(is_global=is_global)
    Organization.objects.filter(pk=world.partner.pk).update(in_global_achievements=in_global, parent=world.umbrella)
    course = CourseFactory.create(organization=world.academy, achievements_for_outside_organizations=outside)
    complete(world.guest, course)

    SweepHint.objects.create(student_id=world.guest.pk)
    sweeper.drain(at=NOW)
    assert EarnedAchievement.objects.count() == earned
    EarnedAchievement.objects.all().delete()
    assert sweeper.award_everybody(at=NOW).earned == earned


@pytest.mark.parametrize(
    ("is_global", "reaches_all_trees", "earned"), [(True, False, 0), (True, True, 1), (False, True, 0)]
)
def test_global_reaches_other_trees_only_where_a_superuser_said_so(
    world, achievement, is_global, reaches_all_trees, earned
):
    Achievement.objects.filter(pk=achievement.pk).update(is_global=is_global, reaches_all_trees=reaches_all_trees)
    complete(world.guest, world.course)

    SweepHint.objects.create(student_id=world.guest.pk)
    sweeper.drain(at=NOW)
    assert EarnedAchievement.objects.count() == earned
    EarnedAchievement.objects.all().delete()
    assert sweeper.award_everybody(at=NOW).earned == earned


@pytest.mark.parametrize(
    ("owner", "earned"), [("academy", 1), ("below", 1), ("umbrella", 0), ("outside", 0), ("sibling", 0)]
)
def test_open_courses_count_for_outsiders_where_they_are_owned_and_above(world, achievement, owner, earned):
    owners = {
        "below": OrganizationFactory.create(parent=world.academy),
        "sibling": OrganizationFactory.create(parent=world.umbrella),
    }
    owned_by = owners.get(owner) or getattr(world, owner)
    complete(world.guest, CourseFactory.create(organization=owned_by, achievements_for_outside_organizations=True))

    SweepHint.objects.create(student_id=world.guest.pk)
    sweeper.drain(at=NOW)
    assert EarnedAchievement.objects.count() == earned
    EarnedAchievement.objects.all().delete()
    assert sweeper.award_everybody(at=NOW).earned == earned


def test_outsiders_earn_nothing_where_the_achievements_own_organization_does_not_take_part(world, achievement):
    Organization.objects.filter(pk=world.academy.pk).update(achievements_enabled=False)
    course = CourseFactory.create(organization=world.academy, achievements_for_outside_organizations=True)
    complete(world.guest, course)

    SweepHint.objects.create(student_id=world.guest.pk)
    assert sweeper.drain(at=NOW) is None
    assert sweeper.award_everybody(at=NOW).earned == 0


def test_only_outside_courses_count_for_outsiders(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(conditions=[{"Subject": 10, "Count": 2, "Complete": True}])
    outside = CourseFactory.create(organization=world.academy, achievements_for_outside_organizations=True)
    complete(world.guest, outside)
    complete(world.guest, world.course)

    assert sweeper.award_everybody(at=NOW).earned == 0


def test_badge_that_came_later_goes_to_those_who_had_earned_it(world):
    achievement = AchievementFactory.create(organization=world.academy)
    complete(world.student, world.course)
    sweeper.award_everybody(at=NOW)
    badge = BadgeFactory.create(organization=world.academy)
    Achievement.objects.filter(pk=achievement.pk).update(badge=badge)

    done = sweeper.award_everybody(at=NOW)

    assert (done.earned, done.issued) == (0, 1)
    assert list(badge.issued.values_list("student_id", "issued_at")) == [(world.student.pk, EARNED_AT)]


def test_drain_awards_whom_hints_name(world, achievement):
    for student in (world.student, colleague := StudentFactory.create(organization=world.academy)):
        complete(student, world.course)
    SweepHint.objects.create(student_id=colleague.pk)

    done = sweeper.drain(at=NOW)

    assert done is not None
    assert outcome(done) == {"achievements": 1, "skipped": 0, "earned": 1, "issued": 1, "failed": 0}
    assert (done.kind, done.started_at, done.worker) == (Sweep.Kind.DRAIN, NOW, underway.worker_name())
    assert not SweepHint.objects.exists()
    assert list(achievement.earned.values_list("user_id", flat=True)) == [colleague.pk]


@pytest.mark.parametrize("hint", ["achievement", "organization", "home"])
def test_drain_looks_where_wider_hints_point(world, achievement, hint):
    Organization.objects.filter(pk=world.partner.pk).update(parent=world.umbrella)
    Achievement.objects.filter(pk=achievement.pk).update(is_global=True)
    complete(world.guest, world.course)
    SweepHint.objects.create(
        **{
            "achievement": {"achievement_id": achievement.pk},
            "organization": {"organization_id": world.academy.pk},
            "home": {"organization_id": world.partner.pk},
        }[hint]
    )

    done = sweeper.drain(at=NOW)

    assert done is not None
    assert (done.earned, done.issued) == (1, 1)


def test_a_hint_of_an_achievement_is_about_no_other_and_one_of_an_organization_about_its_people(world, achievement):
    other, everywhere = (
        AchievementFactory.create(organization=world.umbrella, is_global=True, reaches_all_trees=True) for _ in range(2)
    )
    for student in (world.student, world.guest):
        complete(student, world.course)

    SweepHint.objects.create(achievement_id=other.pk)
    sweeper.drain(at=NOW)
    of_one = set(EarnedAchievement.objects.values_list("achievement_id", "user_id"))
    SweepHint.objects.create(organization_id=world.academy.pk)
    sweeper.drain(at=NOW)

    both = {(other.pk, world.student.pk), (other.pk, world.guest.pk)}
    of_people = {(achievement.pk, world.student.pk), (everywhere.pk, world.student.pk)}
    assert of_one == both
    assert set(EarnedAchievement.objects.values_list("achievement_id", "user_id")) == both | of_people


def test_drain_follows_points(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(points=10)
    first = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 40, "Points": 10}], points=10)
    second = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 40, "Points": 20}])
    complete(world.student, world.course)
    SweepHint.objects.create(student_id=world.student.pk)

    sweeper.drain(at=NOW)

    assert sorted(EarnedAchievement.objects.values_list("achievement_id", flat=True)) == sorted(
        [achievement.pk, first.pk, second.pk]
    )


@pytest.mark.parametrize("is_drain", [False, True])
@pytest.mark.parametrize(
    "frequency_type", [Achievement.FrequencyType.PER_DAY, Achievement.FrequencyType.PER_ACHIEVEMENT]
)
def test_what_follows_a_limited_follower_is_dated_by_it(world, is_drain, frequency_type):
    """A course brings the first points, its achievement a place and with it more, and these are enough before the other
    course is completed.
    """
    early, late = (
        complete(world.student, world.course, started_at=day, completed_at=day)
        for day in (NOW - dt.timedelta(days=2), NOW)
    )
    course = AchievementFactory.create(organization=world.academy, points=5, frequency=2)
    AchievementFactory.create(
        organization=world.academy,
        points=5,
        frequency_type=frequency_type,
        conditions=[{"Subject": 40, "AchievementIds": [course.pk], "Count": 1}],
    )
    followed = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 40, "Points": 10}])

    if is_drain:
        SweepHint.objects.create(student_id=world.student.pk)
        sweeper.drain(at=NOW)
    else:
        sweeper.award_everybody(at=NOW)

    assert [one.earned_at for one in followed.earned.all()] == [early.completed_at]
    assert course.earned.latest("nth").earned_at == late.completed_at


def test_achievements_that_feed_each_other_come_to_an_end(world, achievement, monkeypatch):
    monkeypatch.setattr(awarding, "ROUNDS", 5)
    Achievement.objects.filter(pk=achievement.pk).update(points=10)
    cycle = [
        AchievementFactory.create(
            organization=world.academy, conditions=[{"Subject": 40, "Points": 10}], points=10, frequency=10_000
        )
        for _ in range(2)
    ]
    complete(world.student, world.course)

    sweeper.award_everybody(at=NOW)

    assert [one.earned.exists() for one in cycle] == [True, True]


def test_queries_of_a_full_sweep_without_news(world, achievement, django_assert_num_queries):
    for student in StudentFactory.create_batch(20, organization=world.academy):
        complete(student, world.course)
    sweeper.award_everybody(at=NOW)

    # Of the sweep: that it is asked for (three, with a savepoint); the lock, its time-outs, what was stopped before; what was
    # asked for, the sweep before and what was written since; the log row twice; the achievements and whether there are
    # outside courses. Of the one achievement: whether it was changed; a savepoint, its limits, whether anybody has it, the
    # table of the found dropped and made, who lacks the badge, holds, its end; whether the lock is ours and anything waits in
    # the queue; the table dropped; that it came to its end. Last, the lock is given back, and the time-outs.
    with django_assert_num_queries(29):
        sweeper.award_everybody(at=NOW)


def test_number_of_queries_does_not_depend_on_the_number_of_earners(world, achievement):
    def queries_for(students: int) -> int:
        for student in StudentFactory.create_batch(students, organization=world.academy):
            complete(student, world.course)
        with CaptureQueriesContext(connection) as captured:
            sweeper.award_everybody(at=NOW)
        return len(captured)

    queries_for(1)  # only a full sweep behind another one asks what is new since

    assert queries_for(1) == queries_for(30)


def test_earned_by_somebody_who_left_is_issued_when_active_again(world, achievement):
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    type(world.student).objects.filter(pk=world.student.pk).update(is_active=False)
    gone = sweeper.award_everybody(at=NOW)
    type(world.student).objects.filter(pk=world.student.pk).update(is_active=True)

    back = sweeper.award_everybody(at=NOW)

    assert (gone.issued, back.issued) == (0, 1)
