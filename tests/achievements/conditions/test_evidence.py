import datetime as dt

import pytest

from achievements.conditions.evidence import KEPT
from achievements.models import Achievement, EarnedAchievement, SweepProblem
from achievements.sweep import sweeper
from badges.models import IssuedBadge
from courses.models import TrainingRecord
from operation.models import SweepHint
from tests.achievements import oracle
from tests.achievements.conditions import compiled
from tests.achievements.random_worlds import NOW as WORLD_NOW
from tests.factories import (
    PAST,
    AchievementFactory,
    BadgeFactory,
    EarnedAchievementFactory,
    StudentFactory,
    TrainingRecordFactory,
)

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def achievement(world):
    """Complete two courses; with a badge, and not changed for long."""
    badge = BadgeFactory.create(organization=world.academy)
    made = AchievementFactory.create(
        organization=world.academy, badge=badge, conditions=[{"Subject": 10, "Count": 2, "Complete": True}]
    )
    Achievement.objects.filter(pk=made.pk).update(modified_at=PAST)
    return made


def complete(world, days=0, *, student=None, recorded_at=NOW - HOUR) -> TrainingRecord:
    return TrainingRecordFactory.create(
        user=student or world.student, course=world.course, started_at=PAST + days * DAY, recorded_at=recorded_at
    )


def full_sweep(world):
    sweeper.award_everybody(at=NOW)


def drain(world):
    SweepHint.objects.create(student_id=world.student.pk)
    sweeper.drain(at=NOW)


def at_once(users):
    sweeper.award_everybody(at=WORLD_NOW)


def in_steps(users):
    SweepHint.objects.bulk_create(SweepHint(student_id=user.pk) for user in users)
    sweeper.drain(at=WORLD_NOW)


@pytest.mark.parametrize("run", [at_once, in_steps])
def test_each_wording_is_proven_as_the_oracle_proves_it(db, run):
    users = [user for facts in compiled.worlds() for user in facts.users]

    run(users)

    assert not SweepProblem.objects.exists()  # what cannot be proven is not awarded, and so not shown
    shown = oracle.shown()
    assert len(shown) > 150
    assert shown == oracle.evidence()


@pytest.mark.parametrize("run", [full_sweep, drain])
def test_evidence_names_the_records_that_counted(world, achievement, run):
    counted = [complete(world, days) for days in range(3)][:2]

    run(world)

    evidence = {"version": 1, "records": [record.pk for record in counted], "earned": [], "counted": 2}
    assert EarnedAchievement.objects.get().evidence == evidence
    assert IssuedBadge.objects.get().evidence == evidence


def test_evidence_of_the_second_time_names_what_the_first_did_not(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(frequency=2, version=7)
    records = [complete(world, days) for days in range(4)]

    sweeper.award_everybody(at=NOW)

    assert list(EarnedAchievement.objects.order_by("nth").values_list("evidence", flat=True)) == [
        {"version": 7, "records": [one.pk for one in pair], "earned": [], "counted": 2}
        for pair in (records[:2], records[2:])
    ]


def test_evidence_of_points_names_the_achievements_that_gave_them(world):
    points = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 40, "Points": 10}])
    sources = AchievementFactory.create_batch(3, organization=world.academy, points=5, is_enabled=False)
    earned = [
        EarnedAchievementFactory.create(achievement=source, user=world.student, earned_at=PAST + day * DAY)
        for day, source in enumerate(sources)
    ]

    sweeper.award_everybody(at=NOW)

    assert points.earned.get().evidence == {
        "version": 1,
        "records": [],
        "earned": [earned[0].pk, earned[1].pk],
        "counted": 2,
    }


def test_evidence_keeps_some_ids_and_the_number_of_all(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(conditions=[{"Subject": 10, "Count": KEPT + 1}])
    records = [complete(world, n / 2) for n in range(KEPT + 1)]

    sweeper.award_everybody(at=NOW)

    evidence = EarnedAchievement.objects.get().evidence
    assert (evidence["records"], evidence["counted"]) == ([record.pk for record in records[:KEPT]], KEPT + 1)


def test_badge_that_came_later_has_the_evidence_of_its_award(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(badge=None)
    complete(world)
    complete(world, 1)
    sweeper.award_everybody(at=NOW)
    Achievement.objects.filter(pk=achievement.pk).update(badge=achievement.badge)

    sweeper.award_everybody(at=NOW)

    assert IssuedBadge.objects.get().evidence == EarnedAchievement.objects.get().evidence


def test_delay_counts_from_the_record_that_was_written_last(world, achievement):
    complete(world, recorded_at=NOW - 3 * HOUR)
    complete(world, 1, recorded_at=NOW - 5 * HOUR)

    sweeper.award_everybody(at=NOW)

    assert delay() == 3 * HOUR


def test_delay_does_not_count_what_was_before_the_achievement_was_changed(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(modified_at=NOW - HOUR)
    complete(world, recorded_at=NOW - 3 * HOUR)
    complete(world, 1, recorded_at=NOW - 3 * HOUR)

    sweeper.award_everybody(at=NOW)

    assert delay() == HOUR


def test_delay_counts_from_the_finding_of_earned_achievements(world):
    points = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 40, "Points": 5}])
    Achievement.objects.filter(pk=points.pk).update(modified_at=PAST)
    source = AchievementFactory.create(organization=world.academy, points=5, is_enabled=False)
    earned = EarnedAchievementFactory.create(achievement=source, user=world.student)
    EarnedAchievement.objects.filter(pk=earned.pk).update(created_at=NOW - 2 * HOUR)

    sweeper.award_everybody(at=NOW)

    assert delay(points) == 2 * HOUR


def test_delay_is_never_less_than_nothing(world, achievement):
    """The clocks of two machines differ."""
    complete(world, recorded_at=NOW + HOUR)
    complete(world, 1, recorded_at=NOW + HOUR)

    sweeper.award_everybody(at=NOW)

    assert delay() == dt.timedelta(0)


def test_evidence_of_many_takes_as_many_queries_as_of_one(world, achievement, django_assert_max_num_queries):
    for student in StudentFactory.create_batch(20, organization=world.academy):
        complete(world, student=student)
        complete(world, 1, student=student)

    with django_assert_max_num_queries(35):
        sweeper.award_everybody(at=NOW)

    assert [len(one.evidence["records"]) for one in EarnedAchievement.objects.all()] == [2] * 20


def delay(achievement: Achievement | None = None) -> dt.timedelta:
    """Of the only award; to the second, since the sweep itself takes a moment."""
    rows = EarnedAchievement.objects.all() if achievement is None else achievement.earned.all()
    measured = rows.get().delay
    assert measured is not None
    return dt.timedelta(seconds=int(measured.total_seconds()))
