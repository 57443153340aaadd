"""Which switches and limits are in the way."""

import datetime as dt
from dataclasses import replace

import pytest

from achievements.conditions.counting import ConditionTally
from achievements.conditions.events import Audience
from achievements.explaining.blocking import Case, blocks_of
from achievements.explaining.why import explain
from achievements.models import Achievement, Hold
from achievements.sweep.rules import rule_of, trees_of
from organizations.models import Organization
from tests.achievements.explaining.explained import codes, conditions
from tests.factories import (
    PAST,
    AchievementFactory,
    CourseFactory,
    EarnedAchievementFactory,
    LabFactory,
    TrainingRecordFactory,
)

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("whose", "field", "value", "code"),
    [
        ("achievement", "is_enabled", False, "achievement_off"),
        ("student", "is_active", False, "inactive"),
        ("student", "participates_in_achievements", False, "opted_out"),
        ("organization", "achievements_enabled", False, "owner_off"),
    ],
)
def test_a_switch_stands_in_the_way_and_what_is_there_still_counts(achievement, student, whose, field, value, code):
    rows = {"achievement": achievement, "student": student, "organization": achievement.organization}
    setattr(rows[whose], field, value)
    rows[whose].save()
    student.organization.refresh_from_db()

    why = explain(achievement, student)

    assert [block.code for block in why.blocks] == [code]
    assert (why.is_met, why.is_due) == (True, False)


def test_an_achievement_of_another_organization_says_so(world, achievement):
    CourseFactory.create(organization=world.academy, achievements_for_outside_organizations=True)
    TrainingRecordFactory.create(user=world.guest, course__achievements_for_outside_organizations=True)

    why = explain(achievement, world.guest)

    [block] = why.blocks
    assert block.code == "course_not_outside"
    assert block.words.startswith("The achievement is of Academy.")
    assert [(line.tally, line.ignored) for line in why.lines] == [(ConditionTally(0, 1), 1)]


@pytest.mark.parametrize(("reaches_all_trees", "codes"), [(False, ["other_tree"]), (True, [])])
def test_a_global_achievement_of_another_tree_says_so(world, achievement, reaches_all_trees, codes):
    Achievement.objects.update(is_global=True, reaches_all_trees=reaches_all_trees)
    achievement.refresh_from_db()
    TrainingRecordFactory.create(user=world.guest, course=world.course)

    why = explain(achievement, world.guest)

    assert ([block.code for block in why.blocks], why.is_due) == (codes, not codes)


@pytest.mark.parametrize(("is_global", "code"), [(True, "not_global"), (False, "other_organization")])
def test_points_never_count_for_outsiders(world, is_global, code):
    world.partner.in_global_achievements = False
    world.partner.save()
    points = AchievementFactory.create(
        organization=world.academy, conditions=conditions("[{Subject:40, Points:1}]"), is_global=is_global
    )
    world.guest.refresh_from_db()

    assert codes(points, world.guest) == [code]


def test_the_students_organization_does_not_use_achievements(world):
    achievement = AchievementFactory.create(organization=world.umbrella, is_global=True)
    world.partner.achievements_enabled = False
    world.partner.parent = world.umbrella
    world.partner.save()
    world.guest.refresh_from_db()

    assert codes(achievement, world.guest) == ["organization_off"]


def test_what_was_earned_as_often_as_allowed_is_used_up(achievement, student):
    EarnedAchievementFactory.create(achievement=achievement, user=student)

    why = explain(achievement, student)

    assert (why.nth, why.lines, [block.code for block in why.blocks]) == (None, [], ["used_up"])


def test_places_that_others_took(world, student):
    achievement = AchievementFactory.create(
        organization=world.academy, frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT
    )
    assert explain(achievement, student).is_due

    EarnedAchievementFactory.create(achievement=achievement)

    assert codes(achievement, student) == ["places_taken"]


@pytest.mark.parametrize(("days", "taken"), [(0, ["day_taken"]), (1, ["day_taken"]), (2, [])])
def test_a_day_that_somebody_else_won(world, student, days, taken):
    achievement = AchievementFactory.create(
        organization=world.academy, frequency=2, frequency_type=Achievement.FrequencyType.PER_DAY
    )
    EarnedAchievementFactory.create(achievement=achievement, earned_at=PAST + days * DAY)

    assert codes(achievement, student) == taken


def test_what_the_approval_limit_holds_without_the_number_of_others(achievement, student):
    Hold.objects.create(achievement=achievement, version=1, count=1200, held_at=NOW)

    [block] = explain(achievement, student).blocks

    assert (block.code, block.words) == (
        "held",
        "Awards of this achievement wait for an administrator's approval.",
    )


def test_what_nobody_can_meet(world, student):
    lab = LabFactory.create(organization=world.academy)
    text = f"[{{Count:2, Distinct:true, LabProfileIds:[{lab.pk}]}}]"
    achievement = AchievementFactory.create(organization=world.academy, conditions=conditions(text))

    assert codes(achievement, student) == ["impossible"]


def case_of(achievement, student, **fields):
    """Of a member who has met everything, but for what is said."""
    rule = rule_of(achievement, trees_of([achievement]), at=NOW)
    case = Case(
        achievement=achievement,
        student=student,
        rule=rule,
        audience=Audience.MEMBERS,
        nth=1,
        is_met=True,
        ignored=0,
    )
    return replace(case, **fields)


def said(case):
    return {block.code: block.words for block in blocks_of(case)}


def test_everything_in_the_way_is_told_the_widest_first(world):
    Organization.objects.update(achievements_enabled=False)
    owner = Organization.objects.get(pk=world.umbrella.pk)
    achievement = AchievementFactory.create(name="Finisher", organization=owner, is_enabled=False)
    Hold.objects.create(achievement=achievement, version=1, count=3, held_at=NOW)
    student = type(world.student).objects.get(pk=world.student.pk)
    student.is_active = student.participates_in_achievements = False

    found = said(case_of(achievement, student, audience=Audience.OUTSIDERS, nth=None))

    assert list(found.items()) == [
        ("achievement_off", "Finisher is not enabled, so no one is awarded."),
        ("owner_off", "The achievement belongs to Umbrella, which does not use achievements."),
        ("held", "Awards of this achievement wait for an administrator's approval."),
        ("inactive", f"The account of {student} is not active."),
        ("opted_out", f"{student} does not take part in achievements."),
        ("organization_off", f"{student} belongs to Academy, which does not use achievements."),
        (
            "other_organization",
            "The achievement is of Umbrella and not global, and Academy is another organization.",
        ),
        ("used_up", f"{student} has already earned it (Frequency 1)."),
    ]


@pytest.mark.parametrize("decision", [Hold.Decision.APPROVED, Hold.Decision.DISCARDED, Hold.Decision.LAPSED])
def test_a_hold_that_was_decided_is_in_nobodys_way(achievement, student, decision):
    Hold.objects.create(achievement=achievement, version=1, count=3, held_at=NOW, decision=decision)

    assert said(case_of(achievement, student)) == {}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"frequency": 1}, "{} has already earned it (Frequency 1)."),
        ({"frequency": 3}, "{} has earned it as often as its Frequency allows: 3 times."),
        (
            {"frequency": 3, "frequency_type": "per_day"},
            "{} has already earned it. It can be earned once per student.",
        ),
    ],
)
def test_what_is_used_up_says_how_often_it_may_be_earned(world, student, fields, words):
    achievement = AchievementFactory.create(organization=world.academy, **fields)

    assert said(case_of(achievement, student, nth=None)) == {"used_up": words.format(student)}


def test_a_second_time_that_needs_more_than_are_listed_says_so(world, student):
    text = f"[{{Subject:10, CourseIds:[{world.course.pk}], Distinct:true}}]"
    achievement = AchievementFactory.create(organization=world.academy, frequency=2, conditions=conditions(text))

    found = [said(case_of(achievement, student, nth=nth)) for nth in (1, 2)]

    words = "It cannot be earned again: a condition would then need more different ones than it lists."
    assert found == [{}, {"impossible": words}]


@pytest.mark.parametrize(("taken", "is_full"), [(1, False), (2, True)])
def test_places_are_taken_when_all_are(world, student, taken, is_full):
    achievement = AchievementFactory.create(
        organization=world.academy, frequency=2, frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT
    )
    EarnedAchievementFactory.create_batch(taken, achievement=achievement)

    words = "It can be earned 2 times in total, and other students were first."
    assert said(case_of(achievement, student)) == ({"places_taken": words} if is_full else {})


def test_whose_conditions_are_not_met_has_no_day_that_could_be_taken(world, student):
    achievement = AchievementFactory.create(
        organization=world.academy, frequency_type=Achievement.FrequencyType.PER_DAY
    )
    EarnedAchievementFactory.create(achievement=achievement, earned_at=PAST + dt.timedelta(hours=1))

    found = [list(said(case_of(achievement, student, is_met=is_met))) for is_met in (True, False)]

    assert found == [["day_taken"], []]


def test_a_day_is_one_of_the_achievements_organization(world, student):
    """An hour before midnight there is the same day in Greenwich, and another one there."""
    Organization.objects.filter(pk=world.academy.pk).update(time_zone="America/St_Johns")
    achievement = AchievementFactory.create(
        organization=Organization.objects.get(pk=world.academy.pk), frequency_type=Achievement.FrequencyType.PER_DAY
    )
    midnight = dt.datetime(2026, 4, 11, 2, 30, tzinfo=dt.UTC)
    student.training_records.update(completed_at=midnight)

    EarnedAchievementFactory.create(achievement=achievement, earned_at=midnight - dt.timedelta(hours=1))

    assert said(case_of(achievement, student)) == {}
