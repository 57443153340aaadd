"""The row that a sweep leaves for people, and its problems."""

import datetime as dt

import pytest

from achievements.models import Sweep, SweepPart, SweepProblem
from achievements.sweep import sweeper
from achievements.sweep.runs import PROBLEMS_KEPT, TOLD_EVERY, Problem, Run, Written
from operation.models import SweepHint
from tests.achievements.sweep.ruled import NOW, complete
from tests.factories import (
    AchievementFactory,
    StudentFactory,
)


def test_refused_badge_is_a_problem_once_a_sweep_until_it_can_be_issued(world, achievement):
    world.student.email = ""
    world.student.save()
    complete(world.student, world.course)

    counts = [(done.earned, done.issued, done.failed) for done in (sweeper.award_everybody(at=NOW) for _ in range(2))]
    world.student.email = "sam@example.test"
    world.student.save()
    healed = sweeper.award_everybody(at=NOW)

    assert counts == [(1, 0, 1), (0, 0, 1)]
    assert (healed.earned, healed.issued, healed.failed) == (0, 1, 0)
    assert set(SweepProblem.objects.values_list("achievement_id", "student_id", "code")) == {
        (achievement.pk, world.student.pk, "no_email")
    }


def test_hundred_problems_are_kept_and_all_are_counted(world, achievement):
    for student in StudentFactory.create_batch(103, organization=world.academy, email=""):
        complete(student, world.course)

    done = sweeper.award_everybody(at=NOW)

    assert (done.failed, done.problems.count()) == (103, 100)


def test_drain_without_news_leaves_no_row(world, achievement):
    SweepHint.objects.create(student_id=world.student.pk)
    SweepHint.objects.create(student_id=10**12)
    SweepHint.objects.create(achievement_id=achievement.pk)
    SweepHint.objects.create(achievement_id=10**12)
    SweepHint.objects.create(organization_id=world.academy.pk)
    SweepHint.objects.create(organization_id=10**12)

    assert sweeper.drain(at=NOW) is None
    assert (Sweep.objects.count(), SweepHint.objects.count()) == (0, 0)


@pytest.fixture
def run(db):
    """A drain that has a row."""
    run = Run(Sweep(kind=Sweep.Kind.DRAIN, started_at=NOW))
    run.save()
    return run


def test_what_is_written_is_counted(achievement, run):
    problems = [Problem("x", "Words.")]
    run.add_all([Written(achievement=achievement, earned=3, issued=2, held=5, problems=problems)] * 2)

    sweep = run.sweep
    assert (sweep.earned, sweep.issued, sweep.held, sweep.failed) == (6, 4, 10, 2)
    assert (run.held, run.reported) == ({achievement.pk: 10}, {achievement.pk: 2})


def test_problems_are_kept_in_their_order_with_those_they_are_about(world, achievement, run):
    """Who is gone by then is not named."""
    problems = [Problem("a", "First.", world.student.pk), Problem("b", "Second."), Problem("c", "Third.", 10**9)]

    run.add(Written(achievement=achievement, problems=problems))

    kept = run.sweep.problems.order_by("pk").values_list("code", "message", "student_id")
    assert list(kept) == [("a", "First.", world.student.pk), ("b", "Second.", None), ("c", "Third.", None)]


def test_a_hundred_problems_of_each_achievement_are_kept(world, achievement, run):
    other = AchievementFactory.create(organization=world.academy)

    for one, number in ((achievement, PROBLEMS_KEPT - 1), (achievement, 5), (achievement, 5), (other, 2)):
        run.add(Written(achievement=one, problems=[Problem("x", "Words.")] * number))

    kept = [SweepProblem.objects.filter(achievement=one).count() for one in (achievement, other)]
    assert (run.sweep.failed, kept) == (PROBLEMS_KEPT + 11, [PROBLEMS_KEPT, 2])


@pytest.mark.parametrize(
    ("problems", "is_broken"),
    [([], False), ([Problem("x", "Words.", 7)], False), ([Problem("x", "Words.", 7), Problem("x", "Words.")], True)],
)
def test_an_achievement_is_broken_where_a_problem_is_about_nobody(achievement, problems, is_broken):
    assert Written(achievement=achievement, problems=problems).is_broken is is_broken


def fail_after_a_step(run, achievement):
    with run.transaction():
        run.add(Written(achievement=achievement, earned=1, held=1, problems=[Problem("x", "Gone.")]))
        run.step(achievement)
        run.is_stuck = True
        run.patience, run.lock_patience, run.batch = 1.0, 2.0, 3
        raise RuntimeError


def test_what_was_counted_in_a_transaction_that_fails_is_forgotten_and_patience_is_not(achievement, run):
    run.add(Written(achievement=achievement, earned=1, held=1, problems=[Problem("x", "Kept.")]))

    with pytest.raises(RuntimeError):
        fail_after_a_step(run, achievement)

    assert (run.sweep.earned, run.held, run.reported, run.evaluated) == (
        1,
        {achievement.pk: 1},
        {achievement.pk: 1},
        set(),
    )
    assert [problem.message for problem in run.sweep.problems.all()] == ["Kept."]
    assert (run.is_stuck, run.patience, run.lock_patience, run.batch) == (False, 1.0, 2.0, 3)


def test_each_evaluated_achievement_counts_once_and_is_told_once_a_second(world, achievement, run):
    other = AchievementFactory.create(organization=world.academy)
    run.told = run.seconds - TOLD_EVERY
    run.step(achievement)
    assert 0 < run.told <= run.seconds
    run.told = run.seconds + 3600
    for _twice in range(2):
        run.step(other)

    told = Sweep.objects.get().evaluated
    assert (run.sweep.evaluated, told) == (2, 1)


@pytest.mark.parametrize(
    ("kind", "counts", "is_kept"),
    [
        ("full", {}, True),
        ("drain", {}, False),
        ("drain", {"earned": 1}, True),
        ("drain", {"issued": 1}, True),
        ("drain", {"held": 1}, True),
        ("drain", {"problems": [Problem("x", "Words.")]}, True),
    ],
)
def test_a_drain_without_news_takes_its_row_back(achievement, kind, counts, is_kept):
    run = Run(Sweep(kind=kind, started_at=NOW))
    run.save()
    run.add(Written(achievement=achievement, **counts))

    assert (run.finish(), Sweep.objects.count()) == (is_kept, int(is_kept))
    assert (run.sweep.finished_at is not None) is is_kept


def test_what_was_held_back_is_kept_by_achievement(world, achievement, run):
    other = AchievementFactory.create(organization=world.academy)
    run.add_all(
        [Written(achievement=achievement, held=3), Written(achievement=other), Written(achievement=achievement, held=4)]
    )

    run.finish()

    assert list(SweepPart.objects.values_list("achievement_id", "held", "late_badges")) == [(achievement.pk, 7, 0)]


def test_late_badges_add_up_beside_what_is_held(achievement, run):
    for issued in (2, 0, 3):
        run.keep_late_badges(Written(achievement=achievement, issued=issued))
    run.add(Written(achievement=achievement, held=1))

    run.finish()

    assert list(SweepPart.objects.values_list("achievement_id", "held", "late_badges")) == [(achievement.pk, 1, 5)]


def test_the_moment_goes_on_from_the_clock_that_was_passed_in(run):
    run.clock -= 3600

    assert NOW + dt.timedelta(hours=1) <= run.now < NOW + dt.timedelta(hours=2)
