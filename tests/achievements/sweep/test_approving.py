import datetime as dt

import pytest

from achievements.definitions.editing import save_achievement, switch
from achievements.models import Achievement, EarnedAchievement, Hold, Sweep
from achievements.sweep import approving, sweeper
from courses.models import TrainingRecord
from operation.models import SweepHint
from organizations.editing import change_organization
from organizations.models import Organization
from organizations.roles import install_roles
from tests.achievements.over_the_limit import LATER, LIMIT, NOW, earn, holds, over_the_limit, written
from tests.factories import (
    AchievementFactory,
    CourseFactory,
    HoldFactory,
    StudentFactory,
    TrainingRecordFactory,
)
from tests.racing import at_once


@pytest.fixture
def achievement(world):
    """Complete any course; three students of an organization whose approval limit is 2 have."""
    return over_the_limit(world)


def test_too_many_awards_are_held_and_none_is_written(world, achievement):
    done = sweeper.award_everybody(at=NOW)

    assert written() == (0, 0)
    assert holds() == [(1, LIMIT + 1, "waiting")]
    assert Hold.objects.get().sweep == done
    assert (done.earned, done.issued, done.failed, done.held) == (0, 0, 0, LIMIT + 1)


def test_as_many_as_the_approval_limit_are_awarded(world, achievement):
    Organization.objects.filter(pk=world.academy.pk).update(approval_limit=LIMIT + 1)

    sweeper.award_everybody(at=NOW)

    assert (written(), holds()) == ((LIMIT + 1, LIMIT + 1), [])


def test_organization_without_an_approval_limit_holds_nothing(world, achievement):
    Organization.objects.filter(pk=world.academy.pk).update(approval_limit=None)

    sweeper.award_everybody(at=NOW)

    assert (written(), holds()) == ((LIMIT + 1, LIMIT + 1), [])


def test_everything_else_goes_on(world, achievement):
    other = AchievementFactory.create(organization=world.partner)
    TrainingRecordFactory.create(user=world.guest, course=world.course)

    sweeper.award_everybody(at=NOW)

    assert list(EarnedAchievement.objects.values_list("achievement_id", flat=True)) == [other.pk]


def test_later_sweep_says_how_many_it_is_by_now(world, achievement):
    sweeper.award_everybody(at=NOW)
    earn(world, 2)

    sweeper.award_everybody(at=LATER)

    assert holds() == [(1, LIMIT + 3, "waiting")]


def test_hold_goes_when_it_is_not_too_many_any_more(world, achievement):
    sweeper.award_everybody(at=NOW)
    Organization.objects.filter(pk=world.academy.pk).update(approval_limit=100)

    sweeper.award_everybody(at=LATER)

    assert (written(), holds()) == ((LIMIT + 1, LIMIT + 1), [])


@pytest.mark.parametrize("approval_limit", [100, None])
def test_what_a_raised_approval_limit_does_not_hold_any_more_is_awarded_by_a_drain(world, achievement, approval_limit):
    sweeper.award_everybody(at=NOW)
    world.academy.approval_limit = approval_limit
    change_organization(world.academy, changed=["approval_limit"])

    sweeper.drain(at=LATER)

    assert (written(), holds()) == ((LIMIT + 1, LIMIT + 1), [])


def test_drain_holds_what_is_too_many(world, achievement):
    SweepHint.objects.bulk_create(SweepHint(student_id=pk) for pk in earn(world, LIMIT + 1))

    done = sweeper.drain(at=NOW)

    assert done is not None
    assert (done.kind, done.earned, done.held) == (Sweep.Kind.DRAIN, 0, LIMIT + 1)
    assert (written(), holds()) == ((0, 0), [(1, LIMIT + 1, "waiting")])


def test_drain_lets_nobody_pass_while_a_hold_waits(world, achievement):
    sweeper.award_everybody(at=NOW)
    [student_id] = earn(world, 1)
    SweepHint.objects.create(student_id=student_id)

    done = sweeper.drain(at=LATER)

    assert done is None
    assert (written(), holds()) == ((0, 0), [(1, LIMIT + 1, "waiting")])


def test_what_is_approved_is_awarded_within_one_drain_however_many_it_is_by_then(world, achievement):
    sweeper.award_everybody(at=NOW)
    earn(world, 2)

    assert approving.approve(Hold.objects.get(), by=world.administrator, at=LATER)
    sweeper.drain(at=LATER)

    assert written() == (LIMIT + 3, LIMIT + 3)
    hold = Hold.objects.get()
    assert (hold.decision, hold.decided_by, hold.decided_at) == ("approved", world.administrator, LATER)
    assert hold.released_at is not None


def test_approval_lets_through_once(world, achievement):
    sweeper.award_everybody(at=NOW)
    approving.approve(Hold.objects.get(), by=world.administrator, at=NOW)
    sweeper.award_everybody(at=NOW)
    earn(world, LIMIT + 1)

    sweeper.award_everybody(at=LATER)

    assert written() == (LIMIT + 1, LIMIT + 1)
    assert holds() == [(1, LIMIT + 1, "approved"), (1, LIMIT + 1, "waiting")]


def test_a_look_at_the_people_of_one_organization_does_not_use_an_approval_up(world):
    """The rest of them is awarded on the same approval."""
    Organization.objects.filter(pk=world.umbrella.pk).update(approval_limit=LIMIT)
    AchievementFactory.create(organization=world.umbrella, is_global=True)
    for organization in [world.academy, world.umbrella]:
        for student in StudentFactory.create_batch(LIMIT + 1, organization=organization):
            TrainingRecordFactory.create(user=student, course=world.course)
    sweeper.award_everybody(at=NOW)
    approving.approve(Hold.objects.get(), by=world.administrator, at=NOW)
    SweepHint.objects.all().delete()
    SweepHint.objects.create(organization_id=world.academy.pk)

    sweeper.drain(at=LATER)
    of_some = EarnedAchievement.objects.count()
    sweeper.award_everybody(at=LATER)

    assert (of_some, EarnedAchievement.objects.count()) == (LIMIT + 1, 2 * (LIMIT + 1))
    assert holds() == [(1, 2 * (LIMIT + 1), "approved")]


@pytest.mark.parametrize("times", [1, 2])
def test_approved_awards_were_due_since_the_approval(world, achievement, times):
    for student_id in TrainingRecord.objects.values_list("user_id", flat=True) if times == 2 else ():
        TrainingRecordFactory.create(user_id=student_id, course=world.course)
    conditions = [{"Subject": 10, "Count": times, "Complete": True}]
    Achievement.objects.filter(pk=achievement.pk).update(modified_at=NOW, conditions=conditions)
    world.student.training_records.model.objects.update(recorded_at=NOW)
    sweeper.award_everybody(at=NOW)
    approving.approve(Hold.objects.get(), by=world.administrator, at=LATER)

    sweeper.award_everybody(at=LATER + dt.timedelta(minutes=5))

    assert {int((one.delay or dt.timedelta()).total_seconds() / 60) for one in EarnedAchievement.objects.all()} == {5}


def test_changed_conditions_are_asked_about_anew(world, achievement):
    sweeper.award_everybody(at=NOW)
    approving.approve(Hold.objects.get(), by=world.administrator, at=NOW)
    achievement.conditions = [{"Subject": 10, "Count": 1}]
    save_achievement(achievement, by=world.administrator, at=NOW)

    sweeper.award_everybody(at=LATER)

    assert (written(), holds()) == ((0, 0), [(1, LIMIT + 1, "lapsed"), (2, LIMIT + 1, "waiting")])


def test_hold_of_a_version_that_is_gone_cannot_be_approved(world, achievement):
    sweeper.award_everybody(at=NOW)
    seen = Hold.objects.get()
    achievement.conditions = [{"Subject": 10, "Count": 1}]
    save_achievement(achievement, by=world.administrator, at=NOW)
    sweeper.award_everybody(at=LATER)

    assert not approving.approve(seen, by=world.administrator, at=LATER)
    assert holds() == [(1, LIMIT + 1, "lapsed"), (2, LIMIT + 1, "waiting")]


def another_organization(achievement, world):
    achievement.organization = world.partner


def everywhere(achievement, _world):
    achievement.is_global = True


def more_often(achievement, _world):
    achievement.frequency = 2


def once_a_day(achievement, _world):
    achievement.frequency_type = Achievement.FrequencyType.PER_DAY


def no_badge(achievement, _world):
    achievement.badge = None


def switched_off(achievement, _world):
    achievement.is_enabled = False


CHANGES = [another_organization, everywhere, more_often, once_a_day, no_badge, switched_off]


@pytest.mark.parametrize("change", CHANGES)
def test_unused_approval_ends_with_a_change_of_who_earns_what(world, achievement, change):
    sweeper.award_everybody(at=NOW)
    approving.approve(Hold.objects.get(), by=world.administrator, at=NOW)
    change(achievement, world)

    save_achievement(achievement, by=None, at=LATER)

    hold = Hold.objects.get()
    assert (hold.decision, hold.decided_by, hold.decided_at) == ("lapsed", world.administrator, NOW)


@pytest.mark.parametrize("change", CHANGES)
def test_hold_lapses_with_a_change_of_who_earns_what(world, achievement, change):
    sweeper.award_everybody(at=NOW)
    seen = Hold.objects.get()
    change(achievement, world)

    save_achievement(achievement, by=world.administrator, at=LATER)

    hold = Hold.objects.get()
    assert (hold.decision, hold.decided_by, hold.decided_at) == ("lapsed", world.administrator, LATER)
    assert not approving.discard(seen, by=world.administrator, at=LATER)


def test_other_changes_leave_a_hold_as_it_is(world, achievement):
    sweeper.award_everybody(at=NOW)
    achievement.name, achievement.description, achievement.points = "Renamed", "Described", 7

    save_achievement(achievement, by=None, at=LATER)

    assert holds() == [(1, LIMIT + 1, "waiting")]


def test_approval_of_what_was_used_up_stays(world, achievement):
    sweeper.award_everybody(at=NOW)
    approving.approve(Hold.objects.get(), by=world.administrator, at=NOW)
    sweeper.drain(at=NOW)
    achievement.is_global = True

    save_achievement(achievement, by=None, at=LATER)

    assert holds() == [(1, LIMIT + 1, "approved")]


def test_hold_of_a_disabled_achievement_cannot_be_approved(world, achievement):
    sweeper.award_everybody(at=NOW)
    Achievement.objects.filter(pk=achievement.pk).update(is_enabled=False)

    with pytest.raises(approving.DisabledError):
        approving.approve(Hold.objects.get(), by=world.administrator, at=LATER)

    assert holds() == [(1, LIMIT + 1, "waiting")]


def test_enabled_elsewhere_later_is_asked_about_anew(world, achievement):
    sweeper.award_everybody(at=NOW)
    switch(achievement, is_enabled=False, by=None, at=NOW)
    Organization.objects.filter(pk=world.partner.pk).update(parent=world.umbrella)
    for student in StudentFactory.create_batch(20, organization=world.partner):
        TrainingRecordFactory.create(user=student, course=world.course)
    achievement.refresh_from_db()
    achievement.is_global, achievement.is_enabled = True, True
    save_achievement(achievement, by=None, at=NOW)

    sweeper.drain(at=NOW)

    assert (written(), holds()) == ((0, 0), [(1, LIMIT + 1, "lapsed"), (1, LIMIT + 1 + 20, "waiting")])


def test_hold_is_decided_once(world, achievement):
    sweeper.award_everybody(at=NOW)
    hold = Hold.objects.get()
    approving.approve(hold, by=world.administrator, at=NOW)

    assert not approving.discard(hold, by=world.administrator, at=LATER)
    assert [decision for _version, _count, decision in holds()] == ["approved"]


def test_discarding_disables_the_achievement_and_says_so_in_its_history(world, achievement):
    sweeper.award_everybody(at=NOW)

    assert approving.discard(Hold.objects.get(), by=world.administrator, at=LATER)
    sweeper.award_everybody(at=LATER)

    achievement.refresh_from_db()
    assert (written(), achievement.is_enabled) == ((0, 0), False)
    assert [decision for _version, _count, decision in holds()] == ["discarded"]
    change, hold = achievement.changes.get(), Hold.objects.get()
    assert (change.changed, change.changed_by, change.changed_at) == (
        {"is_enabled": ["Yes", "No"]},
        world.administrator,
        LATER,
    )
    assert (hold.decided_by, hold.decided_at) == (world.administrator, LATER)


def test_a_decision_is_of_one_hold(world, achievement):
    sweeper.award_everybody(at=NOW)
    other = HoldFactory.create(version=Hold.objects.get().version)

    approving.approve(Hold.objects.get(achievement=achievement), by=world.administrator, at=LATER)

    other.refresh_from_db()
    assert other.decision == "waiting"


def test_a_hold_that_a_look_has_counted_for_other_conditions_since_is_not_decided(world, achievement):
    sweeper.award_everybody(at=NOW)
    shown = Hold.objects.get()
    Hold.objects.update(version=shown.version + 1)

    assert not approving.approve(shown, by=world.administrator, at=LATER)
    assert Hold.objects.get().decision == "waiting"


def test_enabling_what_was_discarded_asks_again(world, achievement):
    sweeper.award_everybody(at=NOW)
    approving.discard(Hold.objects.get(), by=world.administrator, at=NOW)
    Achievement.objects.filter(pk=achievement.pk).update(is_enabled=True)

    sweeper.award_everybody(at=LATER)

    assert [decision for _version, _count, decision in holds()] == ["discarded", "waiting"]
    assert written() == (0, 0)


def test_cycle_of_points_is_held_as_well(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(points=10)
    Organization.objects.filter(pk=world.academy.pk).update(approval_limit=None)
    partner = {"organization": world.partner, "is_global": True}
    Organization.objects.filter(pk=world.partner.pk).update(approval_limit=LIMIT, parent=world.umbrella)
    cycle = [
        AchievementFactory.create(**partner, conditions=[{"Subject": 40, "Points": 10}], points=10) for _ in range(2)
    ]

    sweeper.award_everybody(at=NOW)

    assert written() == (LIMIT + 1, LIMIT + 1)
    assert sorted(Hold.objects.values_list("achievement_id", flat=True)) == sorted(one.pk for one in cycle)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_make_one_hold():
    course = CourseFactory.create()
    Organization.objects.filter(pk=course.organization_id).update(approval_limit=LIMIT)
    AchievementFactory.create(organization=course.organization)
    for student in StudentFactory.create_batch(LIMIT + 1, organization=course.organization):
        TrainingRecordFactory.create(user=student, course=course)

    at_once(lambda: sweeper.award_everybody(at=NOW), lambda: sweeper.award_everybody(at=NOW))

    assert (written(), holds()) == ((0, 0), [(1, LIMIT + 1, "waiting")])
    install_roles()
