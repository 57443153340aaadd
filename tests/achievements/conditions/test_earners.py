"""Who meets conditions, when, and how many times: each wording beside the oracle, and through a whole sweep."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection

from achievements.conditions.earners import earners
from achievements.conditions.parsing import parse
from achievements.conditions.terms import canonical
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import earning, sweeper
from achievements.sweep.rules import rule_of, trees_of
from courses.models import Course, Lab
from tests.achievements import oracle
from tests.achievements.conditions import compiled
from tests.achievements.random_worlds import NOW as WORLD_NOW
from tests.factories import (
    AchievementFactory,
    CourseFactory,
    CourseTagFactory,
    EarnedAchievementFactory,
    LabFactory,
    OrganizationFactory,
    StudentFactory,
    TrainingRecordFactory,
)

NOW = dt.datetime(2028, 1, 1, tzinfo=dt.UTC)
MONDAY = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
# The ids of the documented examples, so that their texts are ruled as they stand.
LABS = [98765, 54671]
COURSES = [2345, 1583, 1584, 1585, 1586]
TAG = 59


@pytest.fixture
def student(db):
    organization = OrganizationFactory.create()
    for pk in LABS:
        LabFactory.create(pk=pk, organization=organization)
    tag = CourseTagFactory.create(pk=TAG, organization=organization)
    for pk in COURSES:
        CourseFactory.create(pk=pk, organization=organization, tags=[tag] if pk != 2345 else [])
    return StudentFactory.create(organization=organization)


def lab(pk=98765, *, at=MONDAY, done=True, **more):
    """An attempt at a lab, an hour long."""
    return {"lab": Lab(pk=pk), "course": None, "started_at": at, "completed_at": at + HOUR if done else None, **more}


def course(pk=2345, *, at=MONDAY, done=True, **more):
    """An attempt at a course, an hour long."""
    return {"course": Course(pk=pk), "started_at": at, "completed_at": at + HOUR if done else None, **more}


# --- Each wording of a condition, compiled alone


def those_of(facts, achievement, given=()):
    """What the oracle says, as rows of the compiled statement."""
    mine = [(user, [one for one in given if one.user_id == user.pk]) for user in facts.users]
    times = [one for user, has in mine for one in oracle._times(facts, achievement, user, has)]
    return sorted((one.user_id, one.nth, one.earned_at) for one in times)


def compiled_rule(achievement, **fields):
    return replace(rule_of(achievement, trees_of([achievement]), at=WORLD_NOW), **fields)


def test_each_wording_finds_whom_the_oracle_finds(db):
    found = 0
    for facts in compiled.worlds():
        for achievement in compiled.of(facts):
            if not oracle.follows(achievement):
                rows = compiled.rows(earners(compiled_rule(achievement)))
                assert rows == those_of(facts, achievement), achievement.conditions
                found += len(rows)
    assert found > 120


def test_what_follows_others_finds_whom_the_oracle_finds(db):
    found = 0
    for facts in compiled.worlds():
        sources = compiled.of(facts)[:2]
        given = [
            oracle.Earned(at, source.pk, user, nth)
            for source in sources
            for user, nth, at in compiled.rows(earners(compiled_rule(source)))
        ]
        EarnedAchievement.objects.bulk_create(
            EarnedAchievement(
                achievement_id=one.achievement_id, user_id=one.user_id, nth=one.nth, earned_at=one.earned_at, version=1
            )
            for one in sorted(given)
        )
        for achievement in compiled.of(facts):
            if oracle.follows(achievement):
                rows = compiled.rows(earners(compiled_rule(achievement)))
                assert rows == those_of(facts, achievement, given), achievement.conditions
                found += len(rows)
    assert found > 10


# --- As people write them, through the parser and a whole sweep

PATH_WITH_EXAM = (
    "[{Subject:20, Count:4, CourseIds:[1583,1584,1585,1586], Complete:True},"
    "{Subject:0, LabProfileIds:[54671], Count:1, Passed:True}]"
)
PATH = [course(pk, at=MONDAY + i * DAY) for i, pk in enumerate([1583, 1584, 1585, 1586])]


@pytest.mark.parametrize(
    ("text", "facts", "moments"),
    [
        # Example 1: a lab completed.
        ("[{Subject:0, LabProfileIds:[98765], Count:1, Complete:True}]", [lab()], [MONDAY + HOUR]),
        ("[{Subject:0, LabProfileIds:[98765], Count:1, Complete:True}]", [lab(done=False)], []),
        ("[{Subject:0, LabProfileIds:[98765], Count:1, Complete:True}]", [lab(54671)], []),
        # Example 2: a course completed.
        ("[{Subject:10, Count:1, CourseIds:[2345], Complete:True}]", [course()], [MONDAY + HOUR]),
        ("[{Subject:10, Count:1, CourseIds:[2345], Complete:True}]", [course(1583)], []),
        ("[{Subject:10, Count:1, CourseIds:[2345], Complete:True}]", [lab(course=Course(pk=2345))], []),
        # Example 3: three courses with a tag; the same one three times will do.
        ("[{Subject:20, Count:3, CourseTagIds:[59], Complete:True}]", PATH[:3], [MONDAY + 2 * DAY + HOUR]),
        ("[{Subject:20, Count:3, CourseTagIds:[59], Complete:True}]", PATH[:2], []),
        ("[{Subject:20, Count:3, CourseTagIds:[59], Complete:True}]", [*PATH[:2], course(2345)], []),
        ("[{Subject:20, Count:3, CourseTagIds:[59], Complete:True}]", [PATH[0]] * 3, [MONDAY + HOUR]),
        # Example 4: a path with an exam; earned when the last of both is there.
        (PATH_WITH_EXAM, [*PATH, lab(54671, passed=True)], [MONDAY + 3 * DAY + HOUR]),
        (PATH_WITH_EXAM, [*PATH, lab(54671, at=MONDAY + 9 * DAY, passed=True)], [MONDAY + 9 * DAY + HOUR]),
        (PATH_WITH_EXAM, [*PATH, lab(54671, passed=False)], []),
        (PATH_WITH_EXAM, [*PATH, lab(54671, passed=True, done=False)], []),
        (PATH_WITH_EXAM, [*PATH[:3], lab(54671, passed=True)], []),
        (PATH_WITH_EXAM, PATH, []),
        # Having it is enough without Complete, at the moment it began (S71).
        ("[{Subject:10}]", [course(done=False)], [MONDAY]),
        ("[{Subject:0}]", [lab(done=False)], [MONDAY]),
        ("[{Subject:0}]", [course()], []),
        # Distinct (S68).
        ("[{Count:2}]", [lab(), lab(at=MONDAY + DAY)], [MONDAY + DAY]),
        ("[{Count:2, Distinct:true}]", [lab(), lab(at=MONDAY + DAY)], []),
        (
            "[{Count:2, Distinct:true}]",
            [lab(), lab(at=MONDAY + DAY), lab(54671, at=MONDAY + 2 * DAY)],
            [MONDAY + 2 * DAY],
        ),
        # Minutes (S69).
        ("[{MinMinutesSpent:30}]", [lab(minutes_spent=29)], []),
        ("[{MinMinutesSpent:30}]", [lab(minutes_spent=30)], [MONDAY]),
        ("[{MinMinutesSpent:30, Count:2}]", [lab(minutes_spent=30), lab(minutes_spent=5)], []),
        # A single day (S70).
        ("[{Count:2, SingleDay:true}]", [lab(), lab(at=MONDAY + DAY)], []),
        ("[{Count:2, SingleDay:true}]", [lab(), lab(at=MONDAY + HOUR)], [MONDAY + HOUR]),
        (
            "[{Count:2, SingleDay:true, Distinct:true}]",
            [lab(), lab(at=MONDAY + DAY), lab(54671, at=MONDAY + DAY + HOUR)],
            [MONDAY + DAY + HOUR],
        ),
        # Ids and tags together: a course must satisfy both.
        ("[{Subject:20, CourseTagIds:[59], CourseIds:[2345,1583]}]", [course(2345)], []),
        ("[{Subject:20, CourseTagIds:[59], CourseIds:[2345,1583]}]", [course(1583)], [MONDAY]),
        # Ids that no row has.
        ("[{LabProfileIds:[9223372036854775807]}]", [lab()], []),
        ("[{Count:2147483647}]", [lab()], []),
    ],
)
def test_who_earns(student, text, facts, moments):
    AchievementFactory.create(organization=student.organization, conditions=canonical(parse(text).conditions))
    for fact in facts:
        TrainingRecordFactory.create(user=student, **fact)

    done = sweeper.award_everybody(at=NOW)

    assert list(done.problems.all()) == []
    assert list(EarnedAchievement.objects.values_list("earned_at", flat=True)) == moments
    assert [one.earned_at for one in oracle.everything()] == moments


def test_five_hundred_points(student):
    """Example 5."""
    points = AchievementFactory.create(organization=student.organization, conditions=[{"Subject": 40, "Points": 500}])
    for i, worth in enumerate([200, 299, 1, 400]):
        other = AchievementFactory.create(organization=student.organization, points=worth, is_enabled=False)
        EarnedAchievementFactory.create(achievement=other, user=student, earned_at=MONDAY + i * DAY)

    sweeper.award_everybody(at=NOW)

    assert list(points.earned.values_list("user_id", "earned_at")) == [(student.pk, MONDAY + 2 * DAY)]


def test_points_of_the_achievement_itself_do_not_count(student):
    points = AchievementFactory.create(
        organization=student.organization, conditions=[{"Subject": 40, "Points": 10}], points=100, frequency=3
    )
    other = AchievementFactory.create(organization=student.organization, points=10, is_enabled=False)
    EarnedAchievementFactory.create(achievement=other, user=student)

    sweeper.award_everybody(at=NOW)

    assert points.earned.count() == 1


def test_each_time_of_points_is_found_once_at_its_own_moment(student):
    points = AchievementFactory.create(
        organization=student.organization, conditions=[{"Subject": 40, "Points": 10}], frequency=3
    )
    for day, worth in enumerate([5, 20, 5, 100]):
        other = AchievementFactory.create(organization=student.organization, points=worth, is_enabled=False)
        EarnedAchievementFactory.create(achievement=other, user=student, earned_at=MONDAY + day * DAY)

    new = earning.new_earners(rule_of(points, trees_of([points]), at=NOW))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT nth, earned_at FROM ({new.text}) new ORDER BY nth", new.parameters)
        found = cursor.fetchall()

    assert found == [(1, MONDAY + DAY), (2, MONDAY + DAY), (3, MONDAY + 2 * DAY)]


def test_listed_achievements_must_all_be_earned(student):
    listed = AchievementFactory.create_batch(2, organization=student.organization, is_enabled=False)
    both = AchievementFactory.create(
        organization=student.organization,
        conditions=[{"Subject": 40, "Count": 1, "AchievementIds": [one.pk for one in listed]}],
    )
    EarnedAchievementFactory.create(achievement=listed[0], user=student, earned_at=MONDAY)
    sweeper.award_everybody(at=NOW)
    assert both.earned.count() == 0
    EarnedAchievementFactory.create(achievement=listed[1], user=student, earned_at=MONDAY + DAY)

    sweeper.award_everybody(at=NOW)

    assert list(both.earned.values_list("earned_at", flat=True)) == [MONDAY + DAY]


def test_each_time_needs_its_own_events(student):
    achievement = AchievementFactory.create(
        organization=student.organization, conditions=[{"Subject": 0, "Count": 2}], frequency=2
    )
    for i in range(7):
        TrainingRecordFactory.create(user=student, **lab(at=MONDAY + i * DAY))

    sweeper.award_everybody(at=NOW)

    assert list(achievement.earned.order_by("nth").values_list("nth", "earned_at")) == [
        (1, MONDAY + DAY),
        (2, MONDAY + 3 * DAY),
    ]


@pytest.mark.parametrize(
    ("zone", "earned"),
    # 22:30 and 23:30 UTC of one night: midnight of Paris lies between them, except where clocks moved it away.
    [("UTC", 1), ("Europe/Paris", 0), ("America/Denver", 1)],
)
def test_single_day_is_a_day_of_the_achievements_organization(student, zone, earned):
    student.organization.time_zone = zone
    student.organization.save()
    AchievementFactory.create(
        organization=student.organization, conditions=[{"Subject": 0, "Count": 2, "SingleDay": True}]
    )
    for minutes in (22 * 60 + 30, 23 * 60 + 30):
        midnight = dt.datetime(2027, 1, 10, tzinfo=dt.UTC)
        TrainingRecordFactory.create(user=student, **lab(at=midnight + dt.timedelta(minutes=minutes)))

    done = sweeper.award_everybody(at=NOW)

    assert done.earned == earned


@pytest.mark.parametrize(
    ("day", "hours"),
    # In Paris clocks go forward on 28 March 2027 and back on 31 October 2027.
    [(dt.datetime(2027, 3, 27, 23, tzinfo=dt.UTC), 23), (dt.datetime(2027, 10, 30, 22, tzinfo=dt.UTC), 25)],
)
@pytest.mark.parametrize(("beyond", "earned"), [(-1, 1), (0, 0)])
def test_days_on_which_clocks_change_have_their_own_length(student, day, hours, beyond, earned):
    student.organization.time_zone = "Europe/Paris"
    student.organization.save()
    AchievementFactory.create(
        organization=student.organization, conditions=[{"Subject": 0, "Count": 2, "SingleDay": True}]
    )
    TrainingRecordFactory.create(user=student, **lab(at=day))
    TrainingRecordFactory.create(user=student, **lab(at=day + dt.timedelta(hours=hours, seconds=beyond)))

    done = sweeper.award_everybody(at=NOW)

    assert done.earned == earned


def test_per_achievement_goes_to_the_first(student):
    achievement = AchievementFactory.create(
        organization=student.organization,
        conditions=[{"Subject": 0, "Count": 1}],
        frequency=2,
        frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT,
    )
    rivals = StudentFactory.create_batch(3, organization=student.organization)
    for hour, rival in enumerate(reversed(rivals)):
        TrainingRecordFactory.create(user=rival, **lab(at=MONDAY + hour * HOUR))

    sweeper.award_everybody(at=NOW)
    TrainingRecordFactory.create(user=student, **lab(at=MONDAY - DAY))
    sweeper.award_everybody(at=NOW)

    winners = achievement.earned.order_by("earned_at").values_list("user_id", flat=True)
    assert list(winners) == [rivals[2].pk, rivals[1].pk]


def test_per_day_goes_to_one_student_within_so_many_days(student):
    achievement = AchievementFactory.create(
        organization=student.organization,
        conditions=[{"Subject": 0, "Count": 1}],
        frequency=3,
        frequency_type=Achievement.FrequencyType.PER_DAY,
    )
    days = [0, 0, 1, 2, 3, 5, 6]
    rivals = StudentFactory.create_batch(len(days), organization=student.organization)
    for hour, (day, rival) in enumerate(zip(days, rivals, strict=True)):
        TrainingRecordFactory.create(user=rival, **lab(at=MONDAY + day * DAY + hour * HOUR))

    sweeper.award_everybody(at=NOW)

    assert [(earned.user, (earned.earned_at - MONDAY).days) for earned in achievement.earned.order_by("earned_at")] == [
        (rivals[0], 0),
        (rivals[4], 3),
        (rivals[6], 6),
    ]
