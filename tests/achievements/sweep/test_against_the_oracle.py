"""Random organizations, people, records and conditions: the sweep and the naive oracle must agree on every row."""

from unittest.mock import patch

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from achievements.models import EarnedAchievement
from achievements.sweep import awarding, sweeper
from operation.models import SweepHint
from tests.achievements import oracle
from tests.achievements.random_worlds import (
    NOW,
    World,
    add_records,
    build,
    competitions,
    dependents,
    on_records,
    quick,
    seeds,
)

pytestmark = pytest.mark.long

some_on_records = st.lists(on_records, min_size=3, max_size=5)
some_dependents = st.lists(dependents | competitions, min_size=2, max_size=4)


def hint_all(world: World) -> None:
    SweepHint.objects.bulk_create(SweepHint(student_id=user.pk) for user in world.users)


@quick
@given(seed=seeds, drawn=some_on_records)
def test_full_sweep_awards_what_the_oracle_awards(db, seed, drawn):
    with transaction.atomic():
        build(seed, drawn)

        done = sweeper.award_everybody(at=NOW)

        assert list(done.problems.values_list("message", flat=True)) == []
        assert oracle.written() == oracle.everything(at=NOW)
        assert oracle.shown() == oracle.evidence()
        transaction.set_rollback(True)


@quick
@given(seed=seeds, drawn=some_on_records)
def test_drain_awards_what_the_oracle_awards(db, seed, drawn):
    with transaction.atomic():
        hint_all(build(seed, drawn))

        sweeper.drain(at=NOW)

        assert oracle.written() == oracle.everything(at=NOW)
        assert oracle.shown() == oracle.evidence()
        transaction.set_rollback(True)


@quick
@given(seed=seeds, drawn=some_on_records, dependents=some_dependents)
def test_points_cascade_in_the_order_of_time(db, seed, drawn, dependents):
    with transaction.atomic():
        build(seed, [*drawn, *dependents])

        sweeper.award_everybody(at=NOW)

        assert oracle.written() == oracle.everything(at=NOW)
        assert evidence_of(oracle.shown()) == evidence_of(oracle.evidence())
        transaction.set_rollback(True)


@quick
@given(seed=seeds, drawn=some_on_records, dependents=some_dependents)
def test_points_cascade_in_a_drain_as_in_a_full_sweep(db, seed, drawn, dependents):
    with transaction.atomic():
        hint_all(build(seed, [*drawn, *dependents]))

        sweeper.drain(at=NOW)

        assert oracle.written() == oracle.everything(at=NOW)
        assert evidence_of(oracle.shown()) == evidence_of(oracle.evidence())
        transaction.set_rollback(True)


def evidence_of(rows: dict[oracle.Earned, oracle.Json]) -> dict[oracle.Earned, oracle.Json]:
    """Of the rows that the oracle can tell the evidence of."""
    dated_once = oracle.dated_once()
    return {one: evidence for one, evidence in rows.items() if one.achievement_id in dated_once}


def rows() -> list[tuple[object, ...]]:
    """What is awarded, with what it was earned by, and since when it was due."""
    awards = EarnedAchievement.objects.annotate(due_at=F("created_at") - F("delay"))
    return sorted(awards.values_list("achievement", "user", "nth", "earned_at", "due_at", "evidence__records"))


@quick
@given(seed=seeds, drawn=some_on_records)
def test_found_and_proven_at_once_as_in_two_steps(db, seed, drawn):
    with transaction.atomic():
        build(seed, drawn)
        sweeper.award_everybody(at=NOW)
        at_once = rows()
        EarnedAchievement.objects.all().delete()

        with patch.object(awarding, "prove_at_once", return_value=None):
            sweeper.award_everybody(at=NOW)

        assert rows() == at_once
        transaction.set_rollback(True)


@quick
@given(seed=seeds, drawn=some_on_records)
def test_second_sweep_adds_what_arrived_later(db, seed, drawn):
    with transaction.atomic():
        world = build(seed, drawn)
        sweeper.award_everybody(at=NOW)
        add_records(world, 20)
        expected = oracle.everything(oracle.written(), at=NOW)

        sweeper.award_everybody(at=NOW)

        assert oracle.written() == expected
        transaction.set_rollback(True)
