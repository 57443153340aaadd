"""What "Why not yet?" says: every switch and limit, the words of conditions, the badge and the evidence."""

import datetime as dt

import pytest
from django.urls import reverse

from achievements.conditions.counting import ConditionTally
from achievements.conditions.parsing import parse
from achievements.conditions.terms import canonical
from achievements.definitions.naming import Named
from achievements.definitions.sentences import sentence
from achievements.explaining.provenance import evidence_of
from achievements.explaining.why import explain
from achievements.models import Achievement, Hold
from achievements.sweep import sweeper
from courses.models import Course, Lab
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


def conditions(text):
    return canonical(parse(text).conditions)


@pytest.fixture
def student(world):
    """Has completed a course."""
    TrainingRecordFactory.create(user=world.student, course=world.course)
    return world.student


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(name="Finisher", organization=world.academy)


def badge_of(achievement, student):
    badge = explain(achievement, student).badge
    assert badge is not None
    return badge


def codes(achievement, student):
    return [block.code for block in explain(achievement, student).blocks]


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


def test_a_course_open_to_outsiders_counts(world, achievement):
    course = CourseFactory.create(organization=world.academy, achievements_for_outside_organizations=True)
    TrainingRecordFactory.create(user=world.guest, course=course)

    assert explain(achievement, world.guest).is_due


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


def test_the_next_time_needs_everything_anew(world, student):
    achievement = AchievementFactory.create(organization=world.academy, frequency=3)
    EarnedAchievementFactory.create(achievement=achievement, user=student)

    why = explain(achievement, student)

    assert (why.nth, [line.tally for line in why.lines], why.blocks) == (2, [ConditionTally(1, 2)], [])


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


def test_what_the_brake_holds_without_the_number_of_others(achievement, student):
    Hold.objects.create(achievement=achievement, version=1, count=1200, held_at=NOW)

    [block] = explain(achievement, student).blocks

    assert (block.code, block.words) == (
        "held",
        "The brake holds the awards of this achievement until an administrator decides.",
    )


def test_what_nobody_can_meet(world, student):
    lab = LabFactory.create(organization=world.academy)
    text = f"[{{Count:2, Distinct:true, LabProfileIds:[{lab.pk}]}}]"
    achievement = AchievementFactory.create(organization=world.academy, conditions=conditions(text))

    assert codes(achievement, student) == ["impossible"]


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


def test_what_was_earned_shows_what_was_counted(world, student):
    record = student.training_records.get()
    other = EarnedAchievementFactory.create(user=student)
    earned = EarnedAchievementFactory.create(
        user=student, evidence={"version": 1, "records": [record.pk, 10**9], "earned": [other.pk]}
    )

    [counted] = evidence_of([earned])

    assert (counted.records, counted.awards, counted.unlisted) == ([record], [other], 1)


def test_what_has_no_evidence_shows_none(student):
    [counted] = evidence_of([EarnedAchievementFactory.create(user=student)])

    assert (counted.records, counted.awards, counted.unlisted) == ([], [], 0)


def test_explaining_takes_a_fixed_number_of_queries(world, student, django_assert_num_queries):
    badge = BadgeFactory.create(organization=world.academy)
    text = f"[{{Subject:10, CourseIds:[{world.course.pk}]}}, {{Subject:0, Count:2}}]"
    created = AchievementFactory.create(organization=world.academy, badge=badge, conditions=conditions(text))
    achievement = Achievement.objects.select_related("organization", "badge__provider").get(pk=created.pk)
    TrainingRecordFactory.create_batch(3, user=student)

    with django_assert_num_queries(7):
        explain(achievement, student)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[{Subject:0}]", "Launch a lab."),
        ("[{Subject:0, Complete:true, Count:3}]", "Complete 3 labs, the same one may count again."),
        ("[{Subject:0, Passed:true, LabProfileIds:[7]}]", "Pass a lab: Firewalls (7)."),
        (
            "[{Subject:0, Complete:true, Count:2, Distinct:true, SingleDay:true, MinMinutesSpent:30}]",
            "Complete 2 labs, each a different one, all on one day, with at least 30 minutes spent.",
        ),
        ("[{Subject:10}]", "Be enrolled in or assigned a course."),
        (
            "[{Subject:10, Complete:true, Count:2, Distinct:true, CourseIds:[5,6]}]",
            "Complete 2 courses, each a different one, out of these: Networks (5), Routing (6).",
        ),
        ("[{Subject:20, CourseTagIds:[59], Complete:true}]", "Complete a course, tagged Security (59)."),
        (
            "[{Subject:20, CourseTagIds:[59], CourseIds:[5], MinMinutesSpent:1}]",
            "Be enrolled in or assigned a course, with at least 1 minute spent, tagged Security (59): Networks (5).",
        ),
        ("[{Subject:40, Points:1}]", "Earn 1 point from other achievements."),
        ("[{Subject:40, Points:500}]", "Earn 500 points from other achievements."),
        ("[{Subject:40, AchievementIds:[8]}]", "Earn this achievement: Starter (8)."),
        ("[{Subject:40, AchievementIds:[8], Count:2}]", "Earn this achievement, 2 times: Starter (8)."),
        (
            "[{Subject:40, AchievementIds:[8,9], Count:2}]",
            "Earn all of these achievements, 2 times each: Starter (8), Finisher (9).",
        ),
    ],
)
def test_conditions_in_words(text, words):
    names = {7: "Firewalls", 59: "Security", 5: "Networks", 6: "Routing", 8: "Starter", 9: "Finisher"}
    parsed = parse(text)
    [condition] = parsed.conditions

    ids = [Named(place.field, place.id, names[place.id]) for place in parsed.ids]

    assert sentence(condition, ids) == words


def test_an_id_whose_row_is_gone_says_so(world):
    achievement = AchievementFactory.create(
        organization=world.academy, conditions=conditions(f"[{{Subject:10, CourseIds:[{10**9}]}}]")
    )

    [line] = explain(achievement, world.student).lines

    assert line.words == f"Be enrolled in or assigned a course: not there any more ({10**9})."


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


# Earned, and the badge is not there


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

    words = f"{world.outside} has nothing to do with {world.academy}, so the badge is not issued there. {FIXED}"
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
    assert "Earned, but the badge is not there.</strong> The badge could not be issued. Ask an administrator." in own
