"""Sweeps as real processes over every kind of achievement: whatever disturbs them, in the end there is what the oracle
says, and one issued badge for each badge and student.

SWEEP_ROUNDS sets how many sweeps are killed.
"""

import os
from dataclasses import asdict
from random import Random

import pytest
from django.db import transaction

from achievements.models import Achievement, EarnedAchievement, Sweep
from badges.models import IssuedBadge
from courses.models import Course, Lab
from courses.records import record_many
from operation.models import SweepHint
from organizations.models import Organization, User
from tests.achievements import oracle, worlds
from tests.achievements.processes import another_session, blocking_the_award, finish, kill, somebody_waits, wait_until
from tests.achievements.sweeping import (
    OFF,
    award_everybody,
    award_everybody_with_a_fast_clock,
    award_everybody_with_a_slow_clock,
    award_if_due,
    drain,
    drain_with_a_slow_clock,
)
from tests.achievements.worlds import assert_is

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("roles_come_back"),
    pytest.mark.xdist_group("processes"),
]

ROUNDS = int(os.environ.get("SWEEP_ROUNDS", "3"))
SEED = 20260308
INSERT = (
    "INSERT INTO courses_trainingrecord"
    " (user_id, lab_id, course_id, started_at, completed_at, passed, minutes_spent, source, source_id)"
    " VALUES (%(user_id)s, %(lab_id)s, %(course_id)s, %(started_at)s, %(completed_at)s, %(passed)s, %(minutes_spent)s,"
    " %(source)s, %(source_id)s)"
)


@pytest.fixture
def expected() -> list[oracle.Earned]:
    """The world is there; this is what its students have earned."""
    worlds.build(SEED)
    return oracle.everything()


def ids_of(earned: list[oracle.Earned]) -> set[int]:
    return {one.achievement_id for one in earned}


def test_world_has_every_kind_of_achievement_earned(expected):
    frequent = {one.achievement_id for one in expected if one.nth == 2}

    assert ids_of(expected) == set(Achievement.objects.values_list("pk", flat=True))
    assert {kind for pk, kind in Achievement.objects.values_list("pk", "conditions__0__Subject") if pk in frequent} == {
        0,
        40,
    }


def test_full_sweep_and_drain_of_an_undisturbed_world(expected, start):
    finish(start(drain))
    assert_is(expected)

    finish(start(award_everybody))

    assert_is(expected)


def test_two_sweeps_and_two_drains_at_once(expected, start):
    finish(start(award_everybody), start(drain), start(award_everybody), start(drain))
    finish(start(award_if_due))  # as beat does: who found another sweeper at work has asked for it

    assert_is(expected)


def test_killed_sweeps_are_made_good_by_the_next(expected, start):
    random, hits = Random(SEED), 0
    for number in range(ROUNDS):
        EarnedAchievement.objects.all().delete()
        IssuedBadge.objects.all().delete()
        SweepHint.objects.all().delete()
        if number % 3 == 2:
            SweepHint.objects.bulk_create(SweepHint(student_id=pk) for pk in User.objects.values_list("pk", flat=True))
        one = random.choice(expected)
        blocker = blocking_the_award(one.achievement_id, one.user_id)
        process = start(drain if number % 3 == 2 else award_everybody)
        wait_until(somebody_waits)
        kill(process, blocked_by=blocker)
        left = oracle.written()
        hits += 0 < len(left) < len(expected)
        # What was written before the kill is right, and has its badges.
        assert set(left) <= set(expected)
        assert worlds.issued() == worlds.badges_for(left)

        finish(start(award_everybody))

        assert_is(expected)
    assert hits, "no kill hit a sweep in the middle"


def test_records_committed_late_are_found_by_the_next_full_sweep(start):
    """Three sessions that began in one order commit in the other, each after a full sweep that could not see it."""
    organization = worlds.build(SEED)
    courses, labs = list(Course.objects.order_by("pk")), list(Lab.objects.order_by("pk"))
    students = list(User.objects.filter(organization=organization).order_by("pk")[:30])
    sessions = [another_session() for _ in range(3)]
    for number, session in enumerate(sessions):
        random = Random(number)
        for student in students:
            session.execute(INSERT, asdict(worlds.attempt(random, student.pk, courses, labs)))
    finish(start(award_everybody))
    there = oracle.written()

    for session in reversed(sessions):
        session.commit()
        session.close()
        expected = oracle.everything(there)
        finish(start(award_everybody))

        assert len(expected) > len(there)
        assert_is(expected)
        there = expected


def test_worker_whose_clock_is_hours_off_awards_the_same(expected, start):
    finish(start(award_everybody_with_a_fast_clock))
    finish(start(drain_with_a_slow_clock))
    finish(start(award_everybody_with_a_slow_clock))
    finish(start(award_everybody))

    assert_is(expected)
    fast, slow, right = Sweep.objects.filter(kind=Sweep.Kind.FULL).order_by("pk")
    assert fast.started_at - slow.started_at > OFF
    assert slow.started_at < right.started_at < fast.started_at


def test_record_after_a_sweep_with_a_fast_clock_is_no_less_found(start):
    """No watermark: what is recorded in what that worker took for the past is new all the same."""
    organization = worlds.build(SEED)
    finish(start(award_everybody_with_a_fast_clock))
    there = oracle.written()
    add_records(organization, students=20)
    SweepHint.objects.all().delete()
    expected = oracle.everything(there)

    finish(start(award_everybody_with_a_slow_clock))

    assert len(expected) > len(there)
    assert_is(expected)


def test_lost_hints_only_delay_to_the_next_full_sweep(expected, start):
    lost = SweepHint.objects.filter(
        pk__in=Random(SEED).sample(list(SweepHint.objects.values_list("pk", flat=True)), 60)
    )
    missed = set(lost.values_list("student_id", flat=True))
    lost.delete()
    limited = {one.pk for one in Achievement.objects.all() if oracle.is_limited(one)}

    finish(start(drain))

    # What students compete for is decided among all of them, hinted or not; and whoever wins is looked at.
    missed -= {one.user_id for one in oracle.written() if one.achievement_id in limited}
    drained = [one for one in oracle.written() if one.achievement_id not in limited]
    alone = [one for one in expected if one.achievement_id not in limited]
    assert drained == [one for one in alone if one.user_id not in missed]
    assert [one for one in alone if one.user_id in missed] != []

    finish(start(award_everybody))

    assert_is(expected)


def add_records(organization: Organization, *, students: int) -> None:
    random = Random(SEED + 1)
    courses, labs = list(Course.objects.order_by("pk")), list(Lab.objects.order_by("pk"))
    with transaction.atomic():
        record_many(
            worlds.attempt(random, student.pk, courses, labs)
            for student in User.objects.filter(organization=organization).order_by("pk")[:students]
            for _ in range(worlds.RECORDS)
        )
