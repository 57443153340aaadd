"""What "Why not yet?" says: what is met and missing, the badge, and what keeps it back."""

import datetime as dt

import pytest
from django.urls import reverse

from achievements.conditions.counting import ConditionTally
from achievements.explaining.why import explain
from achievements.models import Achievement
from achievements.sweep import sweeper
from courses.models import Course, Lab
from tests.achievements.explaining.explained import codes, conditions
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    CourseFactory,
    EarnedAchievementFactory,
    IssuedBadgeFactory,
    LabFactory,
    StudentFactory,
    TrainingRecordFactory,
)

NOW = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def badge_of(achievement, student):
    badge = explain(achievement, student).badge
    assert badge is not None
    return badge


def test_everything_met_is_due(achievement, student):
    why = explain(achievement, student)

    assert (why.nth, why.is_met, why.is_due, why.blocks) == (1, True, True, [])
    assert [(line.words, line.standing) for line in why.lines] == [("Complete a course.", "1 of 1 course")]


def test_what_is_missing_is_counted(world, student):
    achievement = AchievementFactory.create(
        organization=world.academy, conditions=conditions("[{Subject:10, Count:3, Complete:true}, {Subject:0}]")
    )

    why = explain(achievement, student)

    assert [line.tally for line in why.lines] == [ConditionTally(1, 3), ConditionTally(0, 1)]
    assert [line.tally.missing for line in why.lines] == [2, 1]
    assert (why.is_met, why.is_due, why.blocks) == (False, False, [])


def test_a_course_open_to_outsiders_counts(world, achievement):
    course = CourseFactory.create(organization=world.academy, achievements_for_outside_organizations=True)
    TrainingRecordFactory.create(user=world.guest, course=course)

    assert explain(achievement, world.guest).is_due


def test_the_next_time_needs_everything_anew(world, student):
    achievement = AchievementFactory.create(organization=world.academy, frequency=3)
    EarnedAchievementFactory.create(achievement=achievement, user=student)

    why = explain(achievement, student)

    assert (why.nth, [line.tally for line in why.lines], why.blocks) == (2, [ConditionTally(1, 2)], [])


def test_conditions_that_are_not_understood(world, student):
    achievement = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 7}])

    why = explain(achievement, student)

    assert ([block.code for block in why.blocks], why.lines, why.is_due) == (["unreadable"], [], False)


def test_a_badge_that_is_refused_is_told_before_it_is_earned(world, student):
    achievement = AchievementFactory.create(
        organization=world.academy, badge=BadgeFactory.create(organization=world.academy)
    )
    student.email = ""

    badge = badge_of(achievement, student)

    assert (badge.issued, badge.refusal) == (None, "The student's account has no e-mail address.")


def test_a_provider_that_is_off_refuses(world, student):
    badge = BadgeFactory.create(organization=world.academy, provider__name="Seals", provider__is_enabled=False)
    achievement = AchievementFactory.create(organization=world.academy, badge=badge)

    assert badge_of(achievement, student).refusal == "The badge provider Seals is switched off."


def test_a_badge_that_was_issued(world, student):
    achievement = AchievementFactory.create(
        organization=world.academy, badge=BadgeFactory.create(organization=world.academy)
    )
    issued = IssuedBadgeFactory.create(badge=achievement.badge, student=student)

    badge = badge_of(achievement, student)

    assert (badge.issued, badge.refusal) == (issued, "")


def test_explaining_takes_a_fixed_number_of_queries(world, student, django_assert_num_queries):
    badge = BadgeFactory.create(organization=world.academy)
    text = f"[{{Subject:10, CourseIds:[{world.course.pk}]}}, {{Subject:0, Count:2}}]"
    created = AchievementFactory.create(organization=world.academy, badge=badge, conditions=conditions(text))
    achievement = Achievement.objects.select_related("organization", "badge__provider").get(pk=created.pk)
    TrainingRecordFactory.create_batch(3, user=student)

    with django_assert_num_queries(7):
        explain(achievement, student)


def test_an_id_whose_row_is_gone_says_so(world):
    achievement = AchievementFactory.create(
        organization=world.academy, conditions=conditions(f"[{{Subject:10, CourseIds:[{10**9}]}}]")
    )

    [line] = explain(achievement, world.student).lines

    assert line.words == "Be enrolled in or assigned a course: one that is no longer there."


def test_a_limited_one_that_is_due_goes_to_whoever_was_first(world, student):
    achievement = AchievementFactory.create(
        organization=world.academy, frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT
    )
    earlier = StudentFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=earlier, course=Course(pk=world.course.pk), started_at=PAST - DAY)
    assert explain(achievement, student).is_due

    sweeper.award_everybody(at=NOW)

    assert explain(achievement, earlier).earned
    assert codes(achievement, student) == ["places_taken"]


def test_the_one_lab_of_a_single_day(world, student):
    """The best day counts."""
    lab = LabFactory.create(organization=world.academy)
    achievement = AchievementFactory.create(
        organization=world.academy, conditions=conditions("[{Subject:0, Count:3, SingleDay:true}]")
    )
    for started_at in (PAST, PAST + DAY, PAST + DAY + dt.timedelta(hours=1)):
        TrainingRecordFactory.create(user=student, lab=Lab(pk=lab.pk), course=None, started_at=started_at)

    [line] = explain(achievement, student).lines

    assert line.standing == "2 of 3 labs"


@pytest.fixture
def with_badge(world, student):
    """An achievement with a badge, earned by the student, who has no badge."""
    badge = BadgeFactory.create(organization=world.academy, provider__name="Seals")
    achievement = AchievementFactory.create(organization=world.academy, badge=badge)
    EarnedAchievementFactory.create(achievement=achievement, user=student)
    return achievement


FIXED = "The achievement counts. The badge will be issued once this is fixed."


def test_a_badge_that_was_not_issued_yet_comes_with_the_next_sweep(with_badge, student):
    assert explain(with_badge, student).held_back == "The badge is issued with the next sweep, within the hour."


def test_what_keeps_the_account_from_getting_it_is_said(with_badge, student):
    student.email = ""

    assert explain(with_badge, student).held_back == f"The student's account has no e-mail address. {FIXED}"


def test_a_switch_that_keeps_the_badge_back_is_said(with_badge, student):
    student.participates_in_achievements = False

    words = f"{student} does not take part in achievements. {FIXED}"
    assert explain(with_badge, student).held_back == words


def test_whoever_moved_to_another_tree_reads_that_its_badge_is_not_issued_there(with_badge, student, world):
    student.organization = world.outside
    student.save()

    words = f"{world.outside} is not connected with {world.academy}, so the badge is not issued there. {FIXED}"
    assert explain(with_badge, student).held_back == words


def test_within_the_tree_it_is_issued_wherever_the_student_moves(with_badge, student, world):
    student.organization = world.umbrella
    student.save()

    assert explain(with_badge, student).held_back == "The badge is issued with the next sweep, within the hour."


def test_what_was_earned_is_blocked_by_nothing(with_badge, student):
    why = explain(with_badge, student)

    assert ([block.code for block in why.blocks], why.obstacles) == (["used_up"], [])


def test_a_badge_that_is_there_is_held_back_by_nothing(with_badge, student):
    IssuedBadgeFactory.create(badge=with_badge.badge, student=student)

    assert explain(with_badge, student).held_back == ""


def test_the_student_reads_that_it_failed_and_the_administrator_why(with_badge, student, world, signed_in):
    refused = {"delivery": "failed", "failure_code": "refused", "failure_message": "Issuer says no."}
    IssuedBadgeFactory.create(badge=with_badge.badge, student=student, **refused)
    address = reverse("achievements:why", args=[with_badge.pk, student.pk])

    own, other = (signed_in(person).get(address).text for person in (student, world.administrator))

    assert ("Issuer says no" in own, "Issuer says no" in other) == (False, True)
    assert "Earned, but the badge is missing.</strong> The badge could not be issued. Ask an administrator." in own
