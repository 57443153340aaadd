import datetime as dt

import pytest

from achievements import braking, hints, sweep
from achievements.editing import save_achievement
from achievements.models import Achievement, EarnedAchievement, Hold, Sweep
from badges.models import IssuedBadge
from courses.models import TrainingRecord
from tests.factories import (
    AchievementFactory,
    BadgeFactory,
    CourseFactory,
    HoldFactory,
    StudentFactory,
    TrainingRecordFactory,
)
from tests.racing import at_once
from tms.models import Organization, SweepHint
from tms.roles import install_roles

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
BRAKE = 2


@pytest.fixture
def achievement(world):
    """Complete any course; three students of an organization whose brake is 2 have."""
    Organization.objects.filter(pk=world.academy.pk).update(brake=BRAKE)
    badge = BadgeFactory.create(organization=world.academy)
    made = AchievementFactory.create(organization=world.academy, badge=badge)
    earn(world, BRAKE + 1)
    return made


def earn(world, students: int) -> list[int]:
    made = StudentFactory.create_batch(students, organization=world.academy)
    for student in made:
        TrainingRecordFactory.create(user=student, course=world.course)
    return [student.pk for student in made]


def written() -> tuple[int, int]:
    return EarnedAchievement.objects.count(), IssuedBadge.objects.count()


def holds() -> list[tuple[int, int, str]]:
    return list(Hold.objects.order_by("pk").values_list("version", "count", "decision"))


def test_too_many_awards_are_held_and_none_is_written(world, achievement):
    done = sweep.award_everybody(at=NOW)

    assert written() == (0, 0)
    assert holds() == [(1, BRAKE + 1, "waiting")]
    assert Hold.objects.get().sweep == done
    assert (done.earned, done.issued, done.failed, done.held) == (0, 0, 0, BRAKE + 1)


def test_as_many_as_the_brake_are_awarded(world, achievement):
    Organization.objects.filter(pk=world.academy.pk).update(brake=BRAKE + 1)

    sweep.award_everybody(at=NOW)

    assert (written(), holds()) == ((BRAKE + 1, BRAKE + 1), [])


def test_organization_without_a_brake_holds_nothing(world, achievement):
    Organization.objects.filter(pk=world.academy.pk).update(brake=None)

    sweep.award_everybody(at=NOW)

    assert (written(), holds()) == ((BRAKE + 1, BRAKE + 1), [])


def test_everything_else_goes_on(world, achievement):
    other = AchievementFactory.create(organization=world.partner)
    TrainingRecordFactory.create(user=world.guest, course=world.course)

    sweep.award_everybody(at=NOW)

    assert list(EarnedAchievement.objects.values_list("achievement_id", flat=True)) == [other.pk]


def test_later_pass_says_how_many_it_is_by_now(world, achievement):
    sweep.award_everybody(at=NOW)
    earn(world, 2)

    sweep.award_everybody(at=LATER)

    assert holds() == [(1, BRAKE + 3, "waiting")]


def test_hold_goes_when_it_is_not_too_many_any_more(world, achievement):
    sweep.award_everybody(at=NOW)
    Organization.objects.filter(pk=world.academy.pk).update(brake=100)

    sweep.award_everybody(at=LATER)

    assert (written(), holds()) == ((BRAKE + 1, BRAKE + 1), [])


def test_drain_holds_what_is_too_many(world, achievement):
    SweepHint.objects.bulk_create(SweepHint(student_id=pk) for pk in earn(world, BRAKE + 1))

    done = sweep.drain(at=NOW)

    assert done is not None
    assert (done.kind, done.earned, done.held) == (Sweep.Kind.DRAIN, 0, BRAKE + 1)
    assert (written(), holds()) == ((0, 0), [(1, BRAKE + 1, "waiting")])


def test_drain_lets_nobody_pass_while_a_hold_waits(world, achievement):
    sweep.award_everybody(at=NOW)
    [student_id] = earn(world, 1)
    SweepHint.objects.create(student_id=student_id)

    done = sweep.drain(at=LATER)

    assert done is None
    assert (written(), holds()) == ((0, 0), [(1, BRAKE + 1, "waiting")])


def test_what_is_approved_is_awarded_within_one_drain_however_many_it_is_by_then(world, achievement):
    sweep.award_everybody(at=NOW)
    earn(world, 2)

    assert braking.approve(Hold.objects.get(), by=world.administrator, at=LATER)
    sweep.drain(at=LATER)

    assert written() == (BRAKE + 3, BRAKE + 3)
    hold = Hold.objects.get()
    assert (hold.decision, hold.decided_by, hold.decided_at) == ("approved", world.administrator, LATER)
    assert hold.released_at is not None


def test_approval_lets_through_once(world, achievement):
    sweep.award_everybody(at=NOW)
    braking.approve(Hold.objects.get(), by=world.administrator, at=NOW)
    sweep.award_everybody(at=NOW)
    earn(world, BRAKE + 1)

    sweep.award_everybody(at=LATER)

    assert written() == (BRAKE + 1, BRAKE + 1)
    assert holds() == [(1, BRAKE + 1, "approved"), (1, BRAKE + 1, "waiting")]


def test_approved_awards_were_due_since_the_approval(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(modified_at=NOW)
    world.student.training_records.model.objects.update(recorded_at=NOW)
    sweep.award_everybody(at=NOW)
    braking.approve(Hold.objects.get(), by=world.administrator, at=LATER)

    sweep.award_everybody(at=LATER + dt.timedelta(minutes=5))

    assert {int((one.lag or dt.timedelta()).total_seconds() / 60) for one in EarnedAchievement.objects.all()} == {5}


def test_changed_conditions_are_asked_about_anew(world, achievement):
    sweep.award_everybody(at=NOW)
    braking.approve(Hold.objects.get(), by=world.administrator, at=NOW)
    achievement.conditions = [{"Subject": 10, "Count": 1}]
    save_achievement(achievement, by=world.administrator, at=NOW)

    sweep.award_everybody(at=LATER)

    assert (written(), holds()) == ((0, 0), [(1, BRAKE + 1, "approved"), (2, BRAKE + 1, "waiting")])


def test_hold_of_a_version_that_is_gone_cannot_be_approved(world, achievement):
    sweep.award_everybody(at=NOW)
    seen = Hold.objects.get()
    achievement.conditions = [{"Subject": 10, "Count": 1}]
    save_achievement(achievement, by=world.administrator, at=NOW)
    sweep.award_everybody(at=LATER)

    assert not braking.approve(seen, by=world.administrator, at=LATER)
    assert holds() == [(2, BRAKE + 1, "waiting")]


def test_hold_is_decided_once(world, achievement):
    sweep.award_everybody(at=NOW)
    hold = Hold.objects.get()
    braking.approve(hold, by=world.administrator, at=NOW)

    assert not braking.discard(hold, by=world.administrator, at=LATER)
    assert [decision for _version, _count, decision in holds()] == ["approved"]


def test_discarding_disables_the_achievement_and_says_so_in_its_history(world, achievement):
    sweep.award_everybody(at=NOW)

    assert braking.discard(Hold.objects.get(), by=world.administrator, at=LATER)
    sweep.award_everybody(at=LATER)

    achievement.refresh_from_db()
    assert (written(), achievement.is_enabled) == ((0, 0), False)
    assert [decision for _version, _count, decision in holds()] == ["discarded"]
    change = achievement.changes.get()
    assert (change.changed, change.changed_by) == ({"is_enabled": ["Yes", "No"]}, world.administrator)


def test_enabling_what_was_discarded_asks_again(world, achievement):
    sweep.award_everybody(at=NOW)
    braking.discard(Hold.objects.get(), by=world.administrator, at=NOW)
    Achievement.objects.filter(pk=achievement.pk).update(is_enabled=True)

    sweep.award_everybody(at=LATER)

    assert [decision for _version, _count, decision in holds()] == ["discarded", "waiting"]
    assert written() == (0, 0)


def test_ring_of_points_is_held_as_well(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(points=10)
    Organization.objects.filter(pk=world.academy.pk).update(brake=None)
    partner = {"organization": world.partner, "is_global": True}
    Organization.objects.filter(pk=world.partner.pk).update(brake=BRAKE)
    ring = [
        AchievementFactory.create(**partner, conditions=[{"Subject": 40, "Points": 10}], points=10) for _ in range(2)
    ]

    sweep.award_everybody(at=NOW)

    assert written() == (BRAKE + 1, BRAKE + 1)
    assert sorted(Hold.objects.values_list("achievement_id", flat=True)) == sorted(one.pk for one in ring)


def ring(world, **more) -> list[Achievement]:
    """Two achievements each of which gives the point that the other one waits for, twenty times; and a first point."""
    Organization.objects.filter(pk=world.academy.pk).update(brake=3)
    AchievementFactory.create(organization=world.umbrella, points=1, is_global=True)
    fed = {"organization": world.academy, "conditions": [{"Subject": 40, "Points": 1}], "points": 1, "frequency": 20}
    return [AchievementFactory.create(**fed | more) for _ in range(2)]


def times(achievements: list[Achievement]) -> list[int]:
    return [one.earned.count() for one in achievements]


def test_rounds_of_a_ring_count_together(world):
    fed = ring(world)
    earn(world, 2)

    done = sweep.award_everybody(at=NOW)

    assert times(fed) == [2, 2]
    assert holds() == [(1, 2, "waiting"), (1, 2, "waiting")]
    assert (done.earned, done.held) == (2 + 2 + 2, 2 + 2)


def test_rounds_of_a_ring_count_together_in_a_drain(world):
    fed = ring(world)
    [student_id] = earn(world, 1)
    SweepHint.objects.create(student_id=student_id)

    sweep.drain(at=NOW)

    assert times(fed) == [3, 3]
    assert holds() == [(1, 1, "waiting"), (1, 1, "waiting")]


def test_hold_of_a_ring_waits_although_the_next_pass_sees_few(world):
    fed = ring(world)
    earn(world, 2)
    sweep.award_everybody(at=NOW)

    sweep.award_everybody(at=LATER)

    assert times(fed) == [2, 2]
    assert holds() == [(1, 2, "waiting"), (1, 2, "waiting")]


def test_approved_ring_is_awarded_to_its_end(world):
    fed = ring(world)
    earn(world, 2)
    sweep.award_everybody(at=NOW)
    for hold in Hold.objects.all():
        braking.approve(hold, by=world.administrator, at=LATER)

    sweep.drain(at=LATER)

    assert times(fed) == [40, 40]
    assert holds() == [(1, 2, "approved"), (1, 2, "approved")]


def test_held_one_of_a_ring_does_not_stop_the_others(world, achievement):
    Achievement.objects.filter(pk=achievement.pk).update(points=30)
    held, free = (
        AchievementFactory.create(
            organization=world.academy, conditions=[{"Subject": 40, "Points": points}], points=points
        )
        for points in (10, 20)
    )
    HoldFactory.create(achievement=held)
    [student_id] = earn(world, 1)
    SweepHint.objects.create(student_id=student_id)

    sweep.drain(at=NOW)

    assert times([held, free]) == [0, 1]


def test_batches_of_a_drain_count_together(world, achievement):
    first, last = earn(world, BRAKE), earn(world, 1)
    nobody = range(10**12, 10**12 + hints.BATCH)
    SweepHint.objects.bulk_create(SweepHint(student_id=pk) for pk in [*first, *nobody, *last])

    done = sweep.drain(at=NOW)

    assert done is not None
    assert (done.earned, done.held) == (BRAKE, 1)
    assert (written(), holds()) == ((BRAKE, BRAKE), [(1, 1, "waiting")])


def drain_one_more(world, *, at: dt.datetime) -> None:
    [student_id] = earn(world, 1)
    SweepHint.objects.create(student_id=student_id)
    sweep.drain(at=at)


def test_drains_of_one_hour_count_together(world, achievement):
    for minute in range(BRAKE + 1):
        drain_one_more(world, at=NOW + minute * dt.timedelta(minutes=1))

    assert (written(), holds()) == ((BRAKE, BRAKE), [(1, 1, "waiting")])


def test_drains_do_not_count_what_is_longer_ago(world, achievement):
    for hour in range(BRAKE + 1):
        drain_one_more(world, at=NOW + hour * dt.timedelta(minutes=61))

    assert (written(), holds()) == ((BRAKE + 1, BRAKE + 1), [])


def test_drains_do_not_count_what_was_approved(world, achievement):
    sweep.award_everybody(at=NOW)
    braking.approve(Hold.objects.get(), by=world.administrator, at=NOW)
    sweep.drain(at=NOW)

    drain_one_more(world, at=NOW + dt.timedelta(minutes=1))

    assert (written(), holds()) == ((BRAKE + 2, BRAKE + 2), [(1, BRAKE + 1, "approved")])


@pytest.mark.parametrize("frequency_type", ["per_day", "per_achievement"])
def test_winners_of_places_are_held_in_a_drain(world, achievement, frequency_type):
    frequency = 1 if frequency_type == "per_day" else 100
    Achievement.objects.filter(pk=achievement.pk).update(frequency_type=frequency_type, frequency=frequency)
    for day, record in enumerate(TrainingRecord.objects.order_by("pk")):
        moment = NOW - day * dt.timedelta(days=1)
        TrainingRecord.objects.filter(pk=record.pk).update(started_at=moment, completed_at=moment)
    SweepHint.objects.create(student_id=TrainingRecord.objects.order_by("pk")[0].user_id)

    sweep.drain(at=NOW)

    assert (written(), holds()) == ((0, 0), [(1, BRAKE + 1, "waiting")])


@pytest.mark.django_db(transaction=True)
def test_two_passes_at_once_make_one_hold():
    course = CourseFactory.create()
    Organization.objects.filter(pk=course.organization_id).update(brake=BRAKE)
    AchievementFactory.create(organization=course.organization)
    for student in StudentFactory.create_batch(BRAKE + 1, organization=course.organization):
        TrainingRecordFactory.create(user=student, course=course)

    at_once(lambda: sweep.award_everybody(at=NOW), lambda: sweep.award_everybody(at=NOW))

    assert (written(), holds()) == ((0, 0), [(1, BRAKE + 1, "waiting")])
    install_roles()
