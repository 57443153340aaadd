"""What somebody disables or changes while a sweep runs is not awarded as it was when the sweep began."""

import datetime as dt

import pytest

from achievements.definitions.editing import save_achievement, switch
from achievements.models import Achievement, EarnedAchievement
from achievements.sweep import awarding, late_issuing, sweeper
from badges.models import IssuedBadge
from operation.models import SweepHint
from organizations.editing import change_organization
from organizations.models import Organization
from tests.factories import PAST, AchievementFactory, BadgeFactory, EarnedAchievementFactory, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
TIMES = Achievement.FrequencyType


def disable(achievement):
    switch(achievement, is_enabled=False, by=None, at=NOW)


def narrow(achievement):
    stored = Achievement.objects.get(pk=achievement.pk)
    stored.conditions = [{"Subject": 10, "Count": 99, "Complete": True}]
    save_achievement(stored, by=None, at=NOW)


def raise_frequency(achievement):
    stored = Achievement.objects.get(pk=achievement.pk)
    stored.frequency = 7
    save_achievement(stored, by=None, at=NOW)


def switch_off(achievement):
    owner = Organization.objects.get(pk=achievement.organization_id)
    owner.achievements_enabled = False
    change_organization(owner, changed=["achievements_enabled"])


@pytest.fixture(params=[TIMES.PER_USER, TIMES.PER_ACHIEVEMENT])
def achievement(world, request):
    TrainingRecordFactory.create(user=world.student, course=world.course)
    badge = BadgeFactory.create(organization=world.academy)
    return AchievementFactory.create(organization=world.academy, badge=badge, frequency_type=request.param)


@pytest.fixture
def cycle(world):
    """Two whose points feed each other; the first is earned by a course as well."""
    TrainingRecordFactory.create(user=world.student, course=world.course)
    course = {"Subject": 10, "Count": 1, "Complete": True}
    first = AchievementFactory.create(organization=world.academy, points=5, conditions=[course])
    one, other = AchievementFactory.create_batch(
        2, organization=world.academy, points=5, conditions=[{"Subject": 40, "Points": 5}]
    )
    return first, one, other


def before(monkeypatch, name, act, module=awarding):
    """Act just before the sweep calls a function of its module."""
    original = getattr(module, name)

    def act_first(*args, **options):
        monkeypatch.setattr(module, name, original)
        act()
        return original(*args, **options)

    monkeypatch.setattr(module, name, act_first)


def awards():
    return EarnedAchievement.objects.count(), IssuedBadge.objects.count()


@pytest.mark.parametrize("change", [disable, narrow, raise_frequency])
def test_what_is_changed_before_its_turn_is_left_to_its_own_look(achievement, change, monkeypatch):
    before(monkeypatch, "award", lambda: change(achievement))

    done = sweeper.award_everybody(at=NOW)

    achievement.refresh_from_db()
    assert (awards(), achievement.evaluated_at, done.failed, done.skipped) == ((0, 0), None, 0, 1)


@pytest.mark.parametrize("change", [disable, narrow])
def test_what_is_changed_in_its_turn_is_not_awarded(achievement, change, monkeypatch):
    before(monkeypatch, "write", lambda: change(achievement))

    sweeper.award_everybody(at=NOW)

    achievement.refresh_from_db()
    assert (awards(), achievement.evaluated_at) == ((0, 0), None)


@pytest.mark.parametrize("sweep", [sweeper.award_everybody, sweeper.drain])
def test_what_belongs_to_an_organization_that_is_switched_off_in_its_turn_is_not_awarded(
    world, achievement, sweep, monkeypatch
):
    SweepHint.objects.create(student_id=world.student.pk)
    before(monkeypatch, "write", lambda: switch_off(achievement))

    sweep(at=NOW)

    assert awards() == (0, 0)


@pytest.mark.parametrize("change", [disable, narrow])
def test_a_drain_does_not_award_what_is_changed_meanwhile(achievement, change, monkeypatch):
    before(monkeypatch, "write", lambda: change(achievement))

    sweeper.drain(at=NOW)

    assert awards() == (0, 0)


def test_a_changed_one_is_awarded_by_the_next_look(achievement, monkeypatch):
    before(monkeypatch, "award", lambda: raise_frequency(achievement))
    sweeper.award_everybody(at=NOW)

    sweeper.drain(at=NOW)

    assert awards() == (1, 1)


def test_no_late_badge_of_what_is_disabled_meanwhile(world, achievement, monkeypatch):
    EarnedAchievementFactory.create(achievement=achievement, user=world.student)
    before(monkeypatch, "issue_missing", lambda: disable(achievement), module=late_issuing)

    sweeper.award_everybody(at=NOW)

    assert awards() == (1, 0)


def test_of_a_cycle_the_disabled_one_is_left_out(cycle, monkeypatch):
    _first, one, other = cycle
    before(monkeypatch, "award_cycle", lambda: disable(one))

    done = sweeper.award_everybody(at=NOW)

    assert (one.earned.count(), other.earned.count(), done.skipped) == (0, 1, 0)


def test_a_cycle_that_is_disabled_as_a_whole_is_left(cycle, monkeypatch):
    before(monkeypatch, "award_cycle", lambda: [disable(one) for one in cycle[1:]])

    done = sweeper.award_everybody(at=NOW)

    assert (done.earned, done.failed, done.skipped) == (1, 0, 0)


@pytest.mark.parametrize("moment", ["award", "write"])
def test_what_it_feeds_waits_and_is_dated_by_it(world, moment, monkeypatch):
    """Awarded without it, the dependent would have the moment of a later course, and keep it."""
    early = TrainingRecordFactory.create(user=world.student)
    late = TrainingRecordFactory.create(user=world.student, started_at=PAST + dt.timedelta(days=9))
    sources = [
        AchievementFactory.create(
            organization=world.academy,
            points=5,
            conditions=[{"Subject": 10, "Count": 1, "CourseIds": [record.course_id], "Complete": True}],
        )
        for record in (early, late)
    ]
    dependent = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 40, "Points": 5}])
    before(monkeypatch, moment, lambda: raise_frequency(sources[0]))

    done = sweeper.award_everybody(at=NOW)

    assert dependent.earned.get().earned_at == early.completed_at
    assert (sources[0].earned.count(), done.skipped) == (1, 0)


@pytest.mark.parametrize("change", [disable, Achievement.delete])
def test_what_follows_something_that_is_gone_is_awarded_without_it(world, change, monkeypatch):
    TrainingRecordFactory.create(user=world.student, course=world.course)
    gone, source = AchievementFactory.create_batch(2, organization=world.academy, points=5)
    dependent = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 40, "Points": 5}])
    before(monkeypatch, "award", lambda: change(Achievement.objects.get(pk=gone.pk)))

    done = sweeper.award_everybody(at=NOW)

    assert (source.earned.count(), dependent.earned.count(), done.failed, done.skipped) == (1, 1, 0, 0)
