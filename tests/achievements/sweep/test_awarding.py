"""Awarding, piece by piece; cycles: achievements whose points feed each other; what one that fails does to the others."""

import datetime as dt

import pytest

from achievements.conditions.events import People
from achievements.definitions.editing import save_achievement
from achievements.models import Achievement
from achievements.sweep import approving, awarding, sweeper
from achievements.sweep.awarding import by_badge
from achievements.sweep.runs import Run
from operation.models import SweepHint
from organizations.models import Organization
from tests.achievements.sweep.ruled import award, award_cycle, new_run, problems_of, ruled
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    EarnedAchievementFactory,
    OrganizationFactory,
    StudentFactory,
    TrainingRecordFactory,
)

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def make(world, **more) -> Achievement:
    return AchievementFactory.create(**{"organization": world.academy} | more)


def make_cycle(world, **more) -> list[Achievement]:
    """Two that each give what the other one waits for."""
    return [make(world, **{"conditions": [{"Subject": 40, "Points": 10}], "points": 10} | more) for _ in range(2)]


def times(achievements: list[Achievement]) -> list[int]:
    return [one.earned.count() for one in achievements]


def complete(student, course, *, days_ago: int = 0) -> None:
    TrainingRecordFactory.create(user=student, course=course, started_at=NOW - (days_ago + 1) * DAY)


@pytest.fixture
def student_with_news(world):
    """Completed a course, which a hint says."""
    complete(world.student, world.course)
    SweepHint.objects.create(student_id=world.student.pk)
    return world.student


def test_cycle_gives_all_moments_in_one_sweep(world):
    source = make(world, points=10, frequency=60)
    for day in range(60):
        complete(world.student, world.course, days_ago=day)
    cycle = make_cycle(world, points=1, frequency=60)

    sweeper.award_everybody(at=NOW)

    assert times([source, *cycle]) == [60, 60, 60]


@pytest.fixture
def rounds(monkeypatch) -> int:
    """So few that a cycle soon takes more."""
    monkeypatch.setattr(awarding, "ROUNDS", 5)
    return awarding.ROUNDS


def test_drains_go_on_at_once_with_a_cycle_that_takes_more_rounds(world, student_with_news, rounds):
    frequency = rounds + 2
    cycle = make_cycle(world, frequency=frequency)
    make(world, points=10)

    sweeper.drain(at=NOW)

    assert times(cycle) == [frequency, frequency]
    assert not SweepHint.objects.exists()


def test_a_cycle_that_takes_more_rounds_goes_on_in_the_steps_of_the_sweep(world, rounds):
    frequency = rounds + 2
    cycle = make_cycle(world, frequency=frequency)
    make(world, points=10)
    complete(world.student, world.course)

    done = sweeper.award_everybody(at=NOW)

    assert (done.earned, times(cycle)) == (1 + 2 * rounds, [frequency, frequency])
    assert not SweepHint.objects.exists()


def test_one_of_a_cycle_that_cannot_be_written_does_not_stop_the_others(world, student_with_news):
    badge = BadgeFactory.create(organization=world.academy, valid_days=2**31 - 1)  # no calendar reaches that far
    broken = make(world, conditions=[{"Subject": 40, "Points": 10}], points=10, badge=badge)
    sound = make(world, conditions=[{"Subject": 40, "Points": 20}], points=20)
    make(world, points=20)

    done = sweeper.drain(at=NOW)

    assert times([broken, sound]) == [0, 1]
    assert done is not None
    assert list(done.problems.values_list("achievement_id", "code")) == [(broken.pk, "evaluation")]


def test_members_of_a_cycle_are_counted_as_evaluated(world):
    make_cycle(world)

    done = sweeper.award_everybody(at=NOW)

    assert (done.achievements, done.evaluated) == (2, 2)


@pytest.mark.parametrize("is_enabled", [True, False])
def test_raised_points_reach_followers_in_a_drain(world, is_enabled):
    source = make(world, points=5, is_enabled=is_enabled)
    dependent = make(world, conditions=[{"Subject": 40, "Points": 100}])
    EarnedAchievementFactory.create(achievement=source, user=world.student)
    source.points = 100
    save_achievement(source, by=None, at=NOW)

    sweeper.drain(at=NOW)

    assert times([dependent]) == [1]


@pytest.fixture
def run(db) -> Run:
    return new_run()


@pytest.fixture
def students(world) -> list[int]:
    """Five who completed the course."""
    made = StudentFactory.create_batch(5, organization=world.academy)
    for student in made:
        complete(student, world.course)
    return [student.pk for student in made]


@pytest.fixture
def fed(world, run, students) -> list[Achievement]:
    """A cycle of two, whose first points all five have by now."""
    source, cycle = make(world, points=10), make_cycle(world)
    award(run, source)
    return cycle


every_frequency = pytest.mark.parametrize("frequency_type", Achievement.FrequencyType)


def test_each_chunk_is_a_piece_and_nobody_falls_between_two(achievement, students, run, monkeypatch):
    monkeypatch.setattr(awarding, "CHUNK", 2)

    earned = [achievement.earned.count() for _piece in awarding.award(run, ruled(achievement))]

    assert earned == [0, 2, 4, 5]
    assert (run.sweep.earned, run.sweep.issued) == (5, 5)


def test_a_batch_of_many_is_written_chunk_by_chunk(achievement, students, run, monkeypatch):
    monkeypatch.setattr(awarding, "CHUNK", 2)

    done = awarding.award_together(run, [ruled(achievement)], People(user_ids=students))

    assert [written.earned for written in done] == [2, 2, 1]


def test_of_more_achievements_than_one_statement_takes_all_are_awarded(world, students, run, monkeypatch):
    monkeypatch.setattr(awarding, "TOGETHER", 2)
    several = [make(world) for _ in range(5)]

    awarding.award_together(run, [ruled(one) for one in several], People(user_ids=students[:1]))

    assert times(several) == [1] * 5


def test_badges_come_in_their_order_after_what_has_none(world):
    badges = BadgeFactory.create_batch(2, organization=world.academy)
    last, first_of_two, without = (make(world, badge=badge) for badge in [badges[1], badges[0], None])
    second_of_two = make(world, badge=badges[0])

    ordered = by_badge([ruled(one) for one in [second_of_two, last, first_of_two, without]])

    assert [one.achievement for one in ordered] == [without, first_of_two, second_of_two, last]


def test_who_looks_at_some_people_notes_no_look_at_everybody(world, achievement, students, run):
    assert award(run, achievement, People(organization_ids=[world.academy.pk]))

    achievement.refresh_from_db()
    assert (achievement.earned.count(), achievement.evaluated_at) == (5, None)

    assert award(run, achievement)

    achievement.refresh_from_db()
    assert achievement.evaluated_at is not None


@every_frequency
def test_what_waits_for_approval_is_counted_and_not_awarded(achievement, students, run, frequency_type):
    Organization.objects.update(approval_limit=0)
    Achievement.objects.update(frequency_type=frequency_type)

    assert award(run, achievement)

    assert (achievement.earned.count(), run.sweep.held > 0, run.held[achievement.pk]) == (0, True, run.sweep.held)


@every_frequency
def test_an_approval_is_used_up_by_a_look_at_everybody(world, achievement, students, run, frequency_type):
    Organization.objects.update(approval_limit=0)
    Achievement.objects.update(frequency_type=frequency_type)
    award(run, achievement)
    approving.approve(achievement.holds.get(), by=world.administrator, at=NOW)

    assert award(run, achievement)

    assert achievement.earned.exists()
    assert achievement.holds.get().released_at is not None


@every_frequency
def test_who_had_earned_it_before_gets_its_badge(world, achievement, run, frequency_type):
    Achievement.objects.update(frequency_type=frequency_type)
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)

    assert award(run, achievement)

    assert (run.sweep.earned, run.sweep.issued) == (0, 1)


def test_who_had_earned_one_of_a_cycle_before_gets_its_badge(world, fed, run, caplog):
    badge = BadgeFactory.create(organization=world.academy)
    Achievement.objects.filter(pk=fed[1].pk).update(badge=badge)
    EarnedAchievementFactory.create(achievement=fed[1], user=world.student)

    assert award_cycle(run, fed)

    assert run.sweep.issued == 1 + 5
    assert caplog.messages == []  # together, and not each on its own


def test_an_approval_of_one_of_a_cycle_is_used_up_and_the_other_waits(world, fed, run):
    Organization.objects.update(approval_limit=0)
    assert award_cycle(run, fed)
    approving.approve(fed[0].holds.get(), by=world.administrator, at=NOW)

    assert award_cycle(run, fed)

    assert times(fed) == [5, 0]
    assert [one.holds.get().released_at is not None for one in fed] == [True, False]


def test_of_a_cycle_that_cannot_be_evaluated_the_one_that_fails_is_named(world, fed, run):
    """Each on its own, the others are awarded."""
    elsewhere = OrganizationFactory.create(time_zone="Mars/Olympus", parent=world.umbrella)
    conditions = [{"Subject": 40, "Points": 10}, {"Subject": 10, "Count": 2, "SingleDay": True}]
    broken = make(world, organization=elsewhere, is_global=True, points=10, conditions=conditions)

    assert award_cycle(run, [*fed, broken])

    assert times([*fed, broken]) == [5, 5, 0]
    assert problems_of(run) == [(broken.pk, None, "evaluation")]


def test_a_cycle_of_which_one_is_gone_is_left(fed, run):
    loaded = [ruled(one) for one in fed]
    Achievement.objects.filter(pk=fed[0].pk).delete()

    assert not award_cycle(run, loaded)

    assert times(fed[1:]) == [0]
