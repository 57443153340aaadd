"""What one that fails, or is slow, does to the others that are looked at with it."""

import datetime as dt

import pytest
from django.db import OperationalError, ProgrammingError, connection

from achievements.conditions.events import EVERYBODY, People
from achievements.models import Achievement, Sweep
from achievements.sweep import found, sweeper
from achievements.sweep.earning import Earner
from achievements.sweep.finding import find_together, in_time, let_compete, limit_statements
from achievements.sweep.runs import PATIENCE, Run
from operation.models import SweepHint
from organizations.models import Organization
from tests.achievements.sweep.ruled import EARNED_AT, NOW, complete, outcome, ruled
from tests.factories import (
    PAST,
    AchievementFactory,
    EarnedAchievementFactory,
    OrganizationFactory,
    StudentFactory,
)


@pytest.fixture
def unknown_zone(world):
    """An achievement that PostgreSQL refuses to evaluate."""
    broken = OrganizationFactory.create(time_zone="Mars/Olympus", parent=world.umbrella)
    return AchievementFactory.create(
        organization=broken, is_global=True, conditions=[{"Subject": 10, "Count": 2, "SingleDay": True}]
    )


def test_statement_that_fails_stops_no_other(world, unknown_zone, achievement):
    for _ in range(2):
        complete(world.student, world.course)

    done = sweeper.award_everybody(at=NOW)

    assert outcome(done) == {"achievements": 2, "skipped": 0, "earned": 1, "issued": 1, "failed": 1}
    problem = done.problems.get()
    assert (problem.achievement, problem.code) == (unknown_zone, "evaluation")
    assert 'time zone "Mars/Olympus" not recognized' in problem.message


def test_statement_that_fails_stops_no_other_in_a_drain(world, unknown_zone, achievement):
    for _ in range(2):
        complete(world.student, world.course)
    SweepHint.objects.create(student_id=world.student.pk)

    done = sweeper.drain(at=NOW)

    assert done is not None
    assert (done.earned, done.issued, done.failed) == (1, 1, 0)


def test_slow_achievement_is_left_to_the_full_sweep(world, settings):
    slow = AchievementFactory.create(
        organization=world.academy, conditions=[{"Subject": 40, "Points": 1}], frequency=10_000
    )
    quick = AchievementFactory.create(organization=world.academy)
    rich = AchievementFactory.create(organization=world.academy, is_enabled=False, points=2**31 - 1)
    students = [*StudentFactory.create_batch(100, organization=world.academy), world.student]
    complete(world.student, world.course)
    for student in students[:-1]:
        EarnedAchievementFactory.create(achievement=rich, user=student)

    # A machine that is so slow that the quick one takes as long as that is given longer.
    for seconds in (2.0, 10.0, 50.0):
        settings.DRAIN_STATEMENT_SECONDS = seconds
        SweepHint.objects.bulk_create(SweepHint(student_id=student.pk) for student in students)
        sweeper.drain(at=NOW)
        if quick.earned.exists():
            break

    assert [one.earned.count() for one in (slow, quick)] == [0, 1]
    assert not SweepHint.objects.exists()


@pytest.fixture
def run(db):
    return Run(Sweep(kind=Sweep.Kind.DRAIN, started_at=NOW))


def setting(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(("few", "cost"), [(True, "1.1"), (False, "4")])
def test_no_statement_runs_or_waits_for_ever(db, few, cost):
    names = ("statement_timeout", "lock_timeout", "work_mem", "jit", "random_page_cost")
    limit_statements(few=few)

    assert [setting(name) for name in names] == ["10min", "500ms", "64MB", "off", cost]


@pytest.mark.parametrize(
    ("kind", "seconds", "patience", "limit"),
    [
        ("full", 5.0, 1.0, "10min"),
        ("drain", 5.0, 60.0, "5s"),
        ("drain", 5.0, 2.0, "2s"),
        ("drain", 5.0, -3.0, "10ms"),
    ],
)
def test_a_statement_has_as_long_as_is_left_to_its_run(db, settings, kind, seconds, patience, limit):
    settings.DRAIN_STATEMENT_SECONDS = seconds
    run = Run(Sweep(kind=kind, started_at=NOW), patience=patience)

    with in_time(run):
        inside = setting("statement_timeout")

    assert (inside, setting("statement_timeout")) == (limit, "10min")


def ask(run, statement):
    with in_time(run), connection.cursor() as cursor:
        cursor.execute(statement)


def test_patience_ends_with_what_takes_too_long_and_with_nothing_else(run, settings):
    settings.DRAIN_STATEMENT_SECONDS = 0.05
    with pytest.raises(ProgrammingError):
        ask(run, "SELECT nonsense")
    before = run.patience

    with pytest.raises(OperationalError):
        ask(run, "SELECT pg_sleep(600)")

    assert (before, run.patience <= PATIENCE - 0.05) == (PATIENCE, True)
    assert setting("statement_timeout") != "50ms"


def test_the_poisoned_one_of_several_is_left_out_and_all_others_are_found(world, achievement, unknown_zone, run):
    for _twice in range(2):
        complete(world.student, world.course)
    others = AchievementFactory.create_batch(3, organization=world.academy)
    several = [ruled(one) for one in (others[0], achievement, unknown_zone, *others[1:])]

    found.begin()
    find_together(run, several, People(user_ids=[world.student.pk]))

    assert found.counts() == {one.pk: 1 for one in (achievement, *others)}


@pytest.mark.parametrize(
    ("statement", "sizes"), [("SELECT pg_sleep(9)", [4, 1, 1, 1, 1]), ("SELECT 1 / 0", [4, 2, 1, 1, 2, 1, 1])]
)
def test_what_took_too_long_is_tried_one_by_one_and_what_failed_in_halves(
    world, run, settings, monkeypatch, statement, sizes
):
    settings.DRAIN_STATEMENT_SECONDS = 0.01
    tried = []

    def fail(rules):
        tried.append(len(rules))
        with connection.cursor() as cursor:
            cursor.execute(statement)

    monkeypatch.setattr(found, "add_new_of_few", fail)

    find_together(
        run, [ruled(one) for one in AchievementFactory.create_batch(4, organization=world.academy)], EVERYBODY
    )

    assert tried == sizes


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("roles_come_back")
@pytest.mark.xdist_group("processes")
@pytest.mark.parametrize("find", [lambda run, one: find_together(run, [one], EVERYBODY), let_compete])
def test_a_connection_that_is_lost_is_the_fault_of_no_achievement(achievement, run, find):
    Achievement.objects.update(frequency_type=Achievement.FrequencyType.PER_DAY)
    one = ruled(achievement)
    found.begin()
    assert connection.connection is not None
    connection.connection.close()

    with pytest.raises(OperationalError):
        find(run, one)

    connection.close()


def test_those_whom_a_drain_looks_at_compete_with_everybody(world, run):
    achievement = AchievementFactory.create(
        organization=world.academy, frequency_type=Achievement.FrequencyType.PER_ACHIEVEMENT
    )
    late, early = StudentFactory.create_batch(2, organization=world.academy)
    complete(late, world.course, started_at=PAST + dt.timedelta(days=1))
    complete(early, world.course)
    one = ruled(achievement)
    found.begin()
    found.add(one.rule, [Earner(late.pk, 1, EARNED_AT + dt.timedelta(days=1))])

    let_compete(run, one)

    assert found.people() == [early.pk]


def test_where_nobody_can_compete_nobody_is_left(world, run):
    Organization.objects.filter(pk=world.academy.pk).update(time_zone="Mars/Olympus")
    achievement = AchievementFactory.create(
        organization=Organization.objects.get(pk=world.academy.pk), frequency_type=Achievement.FrequencyType.PER_DAY
    )
    complete(world.student, world.course)
    one = ruled(achievement)
    found.begin()
    found.add(one.rule, [Earner(world.student.pk, 1, EARNED_AT)])

    let_compete(run, one)

    assert found.people() == []
