"""Rows that another session holds for longer than the sweeper waits: a student's, an achievement's, a winner's award."""

import datetime as dt
from collections.abc import Callable

import pytest

from achievements.models import Achievement, EarnedAchievement, SweepProblem
from achievements.sweep import hints, sweeper
from operation.models import SweepHint
from organizations.models import User
from tests.achievements.processes import blocking_the_award, holding_the_row_of
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
