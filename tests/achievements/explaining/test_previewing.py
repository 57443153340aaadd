import datetime as dt

import pytest
import time_machine
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from achievements.conditions.parsing import ConditionError, parse
from achievements.conditions.terms import canonical
from achievements.explaining.previewing import TookTooLongError, estimate, preview
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import sweeper
from courses.models import Course
from tests.achievements.random_worlds import NOW, achievements, build, conditions_on_records, quick, seeds
from tests.factories import (
    PAST,
    AchievementFactory,
    AdministratorFactory,
    BadgeFactory,
    CourseFactory,
    EarnedAchievementFactory,
    StudentFactory,
    TrainingRecordFactory,
)

DAY = dt.timedelta(days=1)


def conditions(text):
    return canonical(parse(text).conditions)


@pytest.fixture
def finished(world):
    """Three of the academy and the guest have completed a course; a fourth of the academy has only begun one."""
    people = StudentFactory.create_batch(3, organization=world.academy)
    for day, person in enumerate([*people, world.guest]):
        TrainingRecordFactory.create(user=person, course=world.course, started_at=PAST + day * DAY)
    begun = StudentFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=begun, course=world.course, completed_at=None)
    return people


def draft(world, text="[{Subject:10, Complete:true}]", **fields):
    return Achievement(name="Draft", organization=world.academy, conditions=conditions(text), **fields)


@quick
@given(seed=seeds, drawn=st.lists(achievements(conditions_on_records), min_size=3, max_size=5), guessed=st.booleans())
def test_preview_foresees_the_sweep(db, seed, drawn, guessed):
    look = estimate if guessed else preview
    with transaction.atomic():
        build(seed, drawn)
        reader = AdministratorFactory.create(is_superuser=True)
        all_of_them = list(Achievement.objects.select_related("organization"))
        EarnedAchievement.objects.bulk_create(
            EarnedAchievement(achievement=all_of_them[0], user=user, nth=1, earned_at=NOW, version=1)
            for user in all_of_them[0].organization.users.all()[:1]
        )

        with time_machine.travel(NOW, tick=False):
            foreseen = [look(one, user=reader) for one in all_of_them]

        done = sweeper.award_everybody(at=NOW)
        new = [list(done.earnings.filter(achievement=one).values_list("user_id", flat=True)) for one in all_of_them]
        assert [one.would_award for one in foreseen] == [len(found) for found in new]
        assert [sorted(p.pk for p in one.awarded.people) for one in foreseen] == [sorted(set(found)) for found in new]
        transaction.set_rollback(True)


def test_a_draft_counts_everybody_and_names_those_in_reach(world, finished):
    Course.objects.filter(pk=world.course.pk).update(achievements_for_outside_organizations=True)

    found = preview(draft(world), user=world.administrator)

    assert found.would_award == 4
    assert (found.awarded.count, found.awarded.unnamed) == (4, 0)
    assert list(found.awarded.people) == [world.guest, *reversed(finished)]
    assert [person.pk in found.awarded.in_reach for person in found.awarded.people] == [False, True, True, True]
    assert not found.is_estimate


def test_an_outsider_is_named_by_the_preview_where_the_award_names_him(world, finished):
    elsewhere = TrainingRecordFactory.create(user=StudentFactory.create(organization=world.partner)).user
    Course.objects.filter(pk=world.course.pk).update(achievements_for_outside_organizations=True)
    achievement = draft(world)
    foreseen = preview(achievement, user=world.administrator).awarded.people

    achievement.save()
    awarded = [EarnedAchievementFactory.create(achievement=achievement, user=one) for one in (world.guest, elsewhere)]

    shown = EarnedAchievement.objects.visible_to(world.administrator).filter(pk__in=[one.pk for one in awarded])
    assert [one.user for one in shown] == [world.guest]
    assert (world.guest in foreseen, elsewhere in foreseen) == (True, False)


def test_only_a_sample_is_named(world, finished):
    found = preview(draft(world), user=world.administrator, sample=1)

    assert (found.awarded.count, list(found.awarded.people), found.awarded.unnamed) == (3, [finished[2]], 2)


def test_what_was_earned_is_not_awarded_again(world, finished):
    achievement = AchievementFactory.create(organization=world.academy, is_enabled=False)
    EarnedAchievementFactory.create(achievement=achievement, user=finished[0])

    found = preview(achievement, user=world.administrator)

    assert (found.would_award, list(found.awarded.people)) == (2, [finished[2], finished[1]])


def test_one_step_away(world, finished):
    more = CourseFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=finished[0], course=more)

    found = preview(draft(world, "[{Subject:10, Count:2, Complete:true}]"), user=world.administrator)

    assert list(found.awarded.people) == [finished[0]]
    assert (found.one_step_away.count, list(found.one_step_away.people)) == (2, finished[1:])


def test_nobody_is_one_step_from_a_place_that_others_have_won(world, finished):
    achievement = AchievementFactory.create(
        organization=world.academy,
        conditions=conditions("[{Subject:10, Count:2, Complete:true}]"),
        frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT,
    )
    before = preview(achievement, user=world.administrator)
    EarnedAchievementFactory.create(achievement=achievement)

    after = preview(achievement, user=world.administrator)

    assert (before.one_step_away.count, after.one_step_away.count) == (len(finished), 0)


@pytest.mark.parametrize(("valid_days", "ended"), [(None, 0), (30, 3), (36_500, 0)])
def test_badges_that_have_ended_already_are_counted_apart(world, finished, valid_days, ended):
    badge = BadgeFactory.create(organization=world.academy, valid_days=valid_days)

    found = [look(draft(world, badge=badge), user=world.administrator) for look in (preview, estimate)]

    assert [(one.awarded.count, one.late_badges, one.ended_badges) for one in found] == [(3, 0, ended)] * 2


def test_late_badges_that_have_ended_already_are_counted_apart(world, finished):
    badge = BadgeFactory.create(organization=world.academy, valid_days=30)
    achievement = AchievementFactory.create(
        organization=world.academy, badge=badge, conditions=conditions("[{Subject:10, Complete:true}]")
    )
    for person, earned_at in zip(finished, [PAST, PAST, timezone.now()], strict=True):
        EarnedAchievementFactory.create(achievement=achievement, user=person, earned_at=earned_at)

    found = preview(achievement, user=world.administrator)

    assert (found.awarded.count, found.late_badges, found.ended_badges) == (0, 3, 2)


def test_an_unsaved_draft_of_points_counts_every_achievement(world):
    other = AchievementFactory.create(organization=world.academy, points=10)
    EarnedAchievementFactory.create(achievement=other, user=world.student)

    found = preview(draft(world, "[{Subject:40, Points:10}]"), user=world.administrator)

    assert list(found.awarded.people) == [world.student]


def test_an_edit_shows_who_is_found_newly_and_who_no_longer(world, finished):
    begun = Course.objects.create(name="Another", organization=world.academy)
    TrainingRecordFactory.create(user=world.student, course=begun)
    achievement = AchievementFactory.create(
        organization=world.academy, conditions=conditions(f"[{{Subject:10, CourseIds:[{world.course.pk}]}}]")
    )
    EarnedAchievementFactory.create(achievement=achievement, user=finished[0])
    achievement.conditions = conditions("[{Subject:10, Complete:true}]")

    difference = preview(achievement, user=world.administrator).difference

    assert difference is not None
    assert list(difference.gained.people) == [world.student]
    assert (difference.lost.count, [p.training_records.get().completed_at for p in difference.lost.people]) == (
        1,
        [None],
    )


def test_there_is_no_difference_to_what_is_in_force(world, finished):
    achievement = AchievementFactory.create(organization=world.academy)
    achievement.name = "Another name"

    assert preview(achievement, user=world.administrator).difference is None


def test_what_is_stored_and_not_understood_makes_no_difference(world, finished):
    achievement = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 7}])
    achievement.conditions = conditions("[{Subject:10}]")

    assert preview(achievement, user=world.administrator).difference is None


def test_conditions_that_are_not_understood_are_refused(world):
    achievement = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 7}])

    with pytest.raises(ConditionError):
        preview(achievement, user=world.administrator)


@pytest.mark.parametrize(("frequency", "taken", "count"), [(2, 0, 2), (2, 1, 1), (2, 2, 0), (9, 1, 2)])
def test_places_that_are_left_are_awarded(world, finished, frequency, taken, count):
    achievement = AchievementFactory.create(
        organization=world.academy,
        frequency=frequency,
        frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT,
    )
    for user in finished[:taken]:
        EarnedAchievementFactory.create(achievement=achievement, user=user)

    assert preview(achievement, user=world.administrator).would_award == count
    assert estimate(achievement, user=world.administrator).would_award == count


@pytest.mark.parametrize(("frequency", "count"), [(1, 3), (2, 2), (3, 1)])
def test_each_day_has_one_winner(world, finished, frequency, count):
    per_day = draft(world, frequency=frequency, frequency_type=Achievement.FrequencyType.PER_DAY)

    assert preview(per_day, user=world.administrator).would_award == count


def test_winners_of_days_cannot_be_estimated(world):
    with pytest.raises(TookTooLongError):
        estimate(draft(world, frequency_type=Achievement.FrequencyType.PER_DAY), user=world.administrator)


@pytest.mark.parametrize(("approval_limit", "is_held"), [(2, True), (3, False), (None, False)])
def test_more_than_the_approval_limit_allows_is_held(world, finished, approval_limit, is_held):
    world.academy.approval_limit = approval_limit

    assert preview(draft(world), user=world.administrator).is_held is is_held


def test_estimate_says_so(world, finished):
    found = estimate(draft(world), user=world.administrator)

    assert (found.is_estimate, found.would_award) == (True, 3)


def test_who_waits_too_long_is_told(transactional_db, world):
    """Another session locks the records: neither the count nor the estimate comes to its end."""
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE courses_trainingrecord IN ACCESS EXCLUSIVE MODE")

        with pytest.raises(TookTooLongError):
            preview(draft(world), user=world.administrator, seconds=0.2)
    finally:
        other.close()


def test_limits_end_with_the_preview(world):
    preview(draft(world), user=world.administrator)

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("off", "0")


def test_preview_takes_no_more_queries_for_more_people(world, finished, django_assert_num_queries):
    achievement = AchievementFactory.create(organization=world.academy, is_enabled=False)
    achievement.conditions = conditions("[{Subject:10}]")

    with django_assert_num_queries(15):
        preview(achievement, user=world.administrator)
