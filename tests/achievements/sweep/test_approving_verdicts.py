"""What the approval limit makes of one question of a sweep."""

import datetime as dt

import pytest

from achievements.models import Achievement, EarnedAchievement, Hold, Sweep, SweepPart
from achievements.sweep import approving
from achievements.sweep.runs import Run
from organizations.models import Organization
from tests.achievements.over_the_limit import LATER, LIMIT, NOW, holds, over_the_limit
from tests.factories import EarnedAchievementFactory, HoldFactory


@pytest.fixture
def achievement(world):
    """Complete any course; three students of an organization whose approval limit is 2 have."""
    return over_the_limit(world)


@pytest.fixture
def run(db):
    run = Run(Sweep(kind=Sweep.Kind.FULL, started_at=NOW))
    run.save()
    return run


def test_what_is_held_is_written_down_whole_and_again_by_each_look_at_everybody(achievement, run):
    one = Achievement.objects.select_related("organization").get(pk=achievement.pk)

    def found(count, *, of_everybody=True):
        return approving.hold_if_too_many(run, [one], {one.pk: count}, of_everybody=of_everybody)

    assert found(LIMIT) == approving.Verdict()
    assert found(LIMIT + 1) == approving.Verdict(held={one.pk: LIMIT + 1}, news={one.pk: LIMIT + 1})
    hold = Hold.objects.get()
    assert (hold.achievement, hold.version, hold.count, hold.sweep, hold.decision) == (
        one,
        one.version,
        LIMIT + 1,
        run.sweep,
        "waiting",
    )
    assert NOW <= hold.held_at <= run.now
    assert found(1, of_everybody=False) == approving.Verdict(held={one.pk: 1})
    assert found(0, of_everybody=False) == approving.Verdict()
    assert found(LIMIT + 5) == approving.Verdict(held={one.pk: LIMIT + 5}, news={one.pk: LIMIT + 5})
    assert holds() == [(1, LIMIT + 5, "waiting")]
    assert found(LIMIT) == approving.Verdict()
    assert holds() == []


def test_an_approval_is_of_one_achievement_and_one_version_and_used_up_alone(achievement, run):
    version = Achievement.objects.get(pk=achievement.pk).version
    approved = {"decision": Hold.Decision.APPROVED, "decided_at": LATER}
    HoldFactory.create(achievement=achievement, version=version + 1, **approved)
    one = Achievement.objects.select_related("organization").get(pk=achievement.pk)
    before = approving.hold_if_too_many(run, [one], {one.pk: LIMIT + 1}, of_everybody=True)
    Hold.objects.filter(decision=Hold.Decision.WAITING).delete()
    ours = HoldFactory.create(achievement=achievement, version=version, **approved)
    HoldFactory.create(version=version, **approved)

    after = approving.hold_if_too_many(run, [one], {one.pk: LIMIT + 1}, of_everybody=True)
    approving.use_up_approval(run, one)

    assert (before.held, before.approved) == ({one.pk: LIMIT + 1}, {})
    assert (after.held, after.approved) == ({}, {one.pk: LATER})
    assert list(Hold.objects.exclude(released_at=None)) == [ours]
    ours.refresh_from_db()
    assert ours.released_at is not None
    assert NOW <= ours.released_at <= run.now


def test_what_waits_or_was_discarded_is_not_let_through(achievement, run):
    one = Achievement.objects.select_related("organization").get(pk=achievement.pk)
    HoldFactory.create(achievement=one, version=one.version, decision=Hold.Decision.DISCARDED)
    HoldFactory.create(achievement=one, version=one.version)

    approving.use_up_approval(run, one)

    assert not Hold.objects.exclude(released_at=None).exists()


def test_of_what_nobody_is_found_nothing_is_held(achievement, run):
    Organization.objects.update(approval_limit=0)
    one = Achievement.objects.select_related("organization").get(pk=achievement.pk)

    assert approving.hold_if_too_many(run, [one], {}, of_everybody=False) == approving.Verdict()


def test_of_a_cycle_without_an_approval_limit_a_look_lifts_a_hold(achievement, run):
    Organization.objects.update(approval_limit=None)
    one = Achievement.objects.select_related("organization").get(pk=achievement.pk)
    HoldFactory.create(achievement=one, version=one.version)

    verdict = approving.hold_if_too_many(run, [one], {one.pk: 5}, of_everybody=True, of_cycle=True)

    assert (verdict, holds()) == (approving.Verdict(), [])


def test_awards_and_late_badges_of_the_hour_count_together(world, achievement, run):
    EarnedAchievementFactory.create(achievement=achievement, user=world.student, delay=dt.timedelta())
    SweepPart.objects.create(sweep=run.sweep, achievement=achievement, late_badges=1)
    EarnedAchievement.objects.update(created_at=NOW)
    one = Achievement.objects.select_related("organization").get(pk=achievement.pk)

    verdict = approving.hold_if_too_many(run, [one], {one.pk: LIMIT - 1}, of_everybody=True)

    assert verdict.held == {one.pk: LIMIT - 1}
