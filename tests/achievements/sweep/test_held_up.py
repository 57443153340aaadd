"""Rows that another session holds for longer than the sweeper waits: a student's, an achievement's, a winner's award."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection

from achievements.models import Achievement, EarnedAchievement, SweepProblem
from achievements.sweep import awarding, hints, sweeper
from achievements.sweep.faults import PUT_OFF
from achievements.sweep.finding import LOCK_SECONDS
from achievements.sweep.runs import PATIENCE
from operation.models import SweepHint
from organizations.models import User
from tests.achievements.processes import blocking_the_award, holding_the_row_of
from tests.achievements.sweep.ruled import award, award_cycle, new_run, problems_of, ruled
from tests.factories import PAST, AchievementFactory, BadgeFactory, StudentFactory, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(minutes=6)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("roles_come_back"),
    pytest.mark.xdist_group("processes"),
]


@pytest.fixture
def achievement(world):
    """Complete any course; with a badge."""
    badge = BadgeFactory.create(organization=world.academy)
    return AchievementFactory.create(organization=world.academy, badge=badge)


@pytest.fixture
def students(world, achievement):
    """The ids of three who completed the course, and whom hints name."""
    made = StudentFactory.create_batch(3, organization=world.academy)
    for student in made:
        TrainingRecordFactory.create(user=student, course=world.course)
    SweepHint.objects.bulk_create(SweepHint(student_id=student.pk) for student in made)
    return [student.pk for student in made]


def earners(achievement) -> list[int]:
    return list(achievement.earned.order_by("user_id").values_list("user_id", flat=True))


def drain() -> None:
    sweeper.drain(at=NOW)


def look() -> None:
    SweepHint.objects.all().delete()
    sweeper.award_everybody(at=NOW)


both = pytest.mark.parametrize("sweep", [drain, look])


def problems() -> set[tuple[int, int | None, str]]:
    return set(SweepProblem.objects.values_list("achievement", "student", "code"))


@both
def test_a_student_whose_row_is_held_is_awarded_later(achievement, students, sweep: Callable[[], None]):
    first, *others = students
    with holding_the_row_of(User.objects.get(pk=first)):
        sweep()

        assert (earners(achievement), problems()) == (others, {(achievement.pk, None, "blocked")})

    sweeper.drain(at=LATER)

    assert earners(achievement) == students


@both
def test_an_achievement_whose_row_is_held_holds_up_no_other(world, achievement, students, sweep):
    other = AchievementFactory.create(organization=world.academy)
    with holding_the_row_of(achievement):
        sweep()

        assert (earners(achievement), earners(other)) == ([], students)

    sweeper.drain(at=LATER)
    sweeper.award_everybody(at=LATER)

    assert earners(achievement) == students


@both
def test_a_winner_who_is_held_up_holds_up_no_other_achievement(world, achievement, students, sweep):
    limited = AchievementFactory.create(
        organization=world.academy, frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT
    )
    winner = StudentFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=winner, course=world.course, started_at=PAST - dt.timedelta(days=1))
    with blocking_the_award(limited.pk, winner.pk) as session:
        sweep()

        assert (earners(limited), set(earners(achievement)) >= set(students)) == ([], True)
        session.rollback()

    sweeper.drain(at=LATER)
    sweeper.award_everybody(at=LATER)

    assert earners(limited) == [winner.pk]


def test_the_student_who_is_put_off_is_the_one_who_is_held_up(world, achievement, students, monkeypatch):
    """A hint that is older, by its number, is committed just when the batch of one has failed."""
    _first, second, third = students
    SweepHint.objects.all().delete()
    hint = SweepHint.objects.create(student_id=second)
    put_off = sweeper._put_off

    def commit_an_older_one(run, error):
        SweepHint.objects.create(pk=hint.pk - 1, student_id=third)
        put_off(run, error)

    monkeypatch.setattr(sweeper, "_put_off", commit_an_older_one)
    with blocking_the_award(achievement.pk, second) as session:
        drain()
        session.rollback()

    assert (earners(achievement), problems()) == ([third], {(achievement.pk, second, "blocked")})


def test_whoever_is_put_off_once_more_waits_once_more(achievement, students):
    first, *others = students
    with blocking_the_award(achievement.pk, first) as session:
        drain()
        sweeper.drain(at=LATER)
        session.rollback()

    assert earners(achievement) == others
    assert SweepHint.objects.filter(due_at__gt=LATER).count() == SweepHint.objects.count() == 1


def test_putting_off_loses_no_hint_when_it_is_killed(db, monkeypatch):
    hint = SweepHint.objects.create(student_id=1)

    def die(*_args, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SweepHint.objects, "create", die)
        with pytest.raises(KeyboardInterrupt):
            hints.put_off(1, until=LATER)

    assert SweepHint.objects.get() == hint
    assert not EarnedAchievement.objects.exists()


@pytest.fixture
def cycle(world, achievement, students) -> list[Achievement]:
    """Two that each give the points that the other one waits for; the three have the first points, and no hint says so."""
    SweepHint.objects.all().delete()
    Achievement.objects.filter(pk=achievement.pk).update(points=5)
    award(new_run(), achievement)
    return AchievementFactory.create_batch(
        2, organization=world.academy, points=5, conditions=[{"Subject": 40, "Points": 5}]
    )


def test_each_time_in_vain_takes_patience_and_the_rest_are_awarded(achievement, students):
    run, last = new_run(), students.pop()
    with blocking_the_award(achievement.pk, last) as session:
        assert award(run, achievement)
        session.rollback()

    assert (earners(achievement), problems_of(run)) == (students, [(achievement.pk, last, "blocked")])
    assert run.lock_patience == PATIENCE - 3 * LOCK_SECONDS  # of all three, of two of them, of the one


def test_without_patience_the_achievement_waits_for_the_next_look(achievement, students):
    run = new_run()
    run.lock_patience = 0
    with blocking_the_award(achievement.pk, students[0]) as session:
        assert award(run, achievement)
        session.rollback()

    assert (earners(achievement), problems_of(run)) == ([], [(achievement.pk, None, "evaluation")])


def test_an_achievement_whose_row_is_held_takes_no_patience(achievement, students):
    run = new_run()
    with holding_the_row_of(achievement):
        assert award(run, achievement)

    assert (earners(achievement), run.lock_patience) == ([], PATIENCE)


def test_so_it_is_of_a_step_and_who_is_put_off_waits_for_minutes(achievement, students):
    run = new_run()
    first, *others = students
    with blocking_the_award(achievement.pk, first) as session:
        while sweeper._step(run):
            pass
        session.rollback()

    assert (earners(achievement), problems_of(run)) == (others, [(achievement.pk, first, "blocked")])
    assert run.lock_patience == PATIENCE - 2 * LOCK_SECONDS  # of all three, of the one
    assert SweepHint.objects.get() == SweepHint.objects.get(student_id=first, due_at__gte=NOW + PUT_OFF)


def test_without_patience_a_step_leaves_the_queue_as_it_is(achievement, students):
    run = new_run()
    run.lock_patience = 0
    with blocking_the_award(achievement.pk, students[0]) as session:
        assert not sweeper._step(run)
        session.rollback()

    assert (earners(achievement), problems_of(run)) == ([], [])
    assert SweepHint.objects.filter(due_at=None).count() == 3


def test_of_a_cycle_the_rest_are_awarded(cycle, students):
    run, last = new_run(), students.pop()
    with blocking_the_award(cycle[0].pk, last) as session:
        assert award_cycle(run, cycle)
        session.rollback()

    assert [earners(one) for one in cycle] == [students, students]
    assert problems_of(run) == [(cycle[0].pk, last, "blocked")]
    assert run.lock_patience == PATIENCE - 3 * LOCK_SECONDS


def test_without_patience_a_cycle_waits_for_the_next_look(cycle, students):
    run = new_run()
    run.lock_patience = 0
    with blocking_the_award(cycle[0].pk, students[0]) as session:
        assert not award_cycle(run, cycle)
        session.rollback()

    assert ([earners(one) for one in cycle], problems_of(run)) == ([[], []], [])


@pytest.mark.parametrize("is_cycle", [False, True])
def test_a_connection_that_is_lost_is_the_fault_of_no_achievement(achievement, is_cycle):
    run, one = new_run(), ruled(achievement)
    pieces = awarding.award_cycle(run, [one, one]) if is_cycle else awarding.award(run, one)
    assert connection.connection is not None
    connection.connection.close()

    with pytest.raises(OperationalError):
        next(pieces)

    connection.close()
    assert run.sweep.failed == 0
