"""What is taken from the queue of hints, and what stays in it."""

import datetime as dt

import pytest

from achievements.sweep import awarding, hints, sweeper
from achievements.sweep.hints import Taken, Wider
from operation.models import SweepHint
from tests.achievements.sweep.ruled import NOW, complete

LATER = NOW + dt.timedelta(minutes=5)


def test_drain_of_an_empty_queue_takes_one_query(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert sweeper.drain(at=NOW) is None


def test_an_achievement_is_queued_until_everybody_was_looked_at(db, achievement):
    SweepHint.objects.all().delete()
    first, *_others = [SweepHint.objects.create(achievement_id=achievement.pk) for _hint in range(2)]

    before, other = hints.queued_since(achievement.pk), hints.queued_since(achievement.pk + 1)
    sweeper.drain(at=NOW)

    assert (before, other, hints.queued_since(achievement.pk)) == (first.created_at, None, None)


def test_a_drain_that_fails_keeps_the_hint_of_an_achievement(world, achievement, monkeypatch):
    complete(world.student, world.course)
    SweepHint.objects.all().delete()
    SweepHint.objects.create(achievement_id=achievement.pk)
    with monkeypatch.context() as patched:
        patched.setattr(awarding, "write", interrupt)
        with pytest.raises(KeyboardInterrupt):
            sweeper.drain(at=NOW)

    assert SweepHint.objects.count() == 1
    assert sweeper.drain(at=NOW) is not None
    assert (achievement.earned.count(), SweepHint.objects.count()) == (1, 0)


def interrupt(*_args, **_options):
    raise KeyboardInterrupt


def waiting():
    """Of each hint of a student whose it is, and when it is due."""
    return list(SweepHint.objects.order_by("pk").values_list("student_id", "due_at"))


def test_the_oldest_hints_are_taken_each_student_once(db):
    for student_id in (9, 3, 9, 1):
        SweepHint.objects.create(student_id=student_id)

    taken = [hints.take(at=NOW, size=size).student_ids for size in (3, 3, 3)]

    assert (taken, waiting()) == ([[3, 9], [1], []], [])


def test_whose_account_was_changed_is_known_of_any_of_the_hints(db):
    for student_id, is_of_account in [(1, False), (2, True), (2, False), (3, False), (3, True)]:
        SweepHint.objects.create(student_id=student_id, is_of_account=is_of_account)

    assert hints.take(at=NOW, size=9) == Taken([1, 2, 3], [2, 3])


def test_what_is_due_later_stays(db):
    SweepHint.objects.create(student_id=1, due_at=LATER)
    assert (hints.are_due(at=NOW), hints.take(at=NOW, size=9).student_ids) == (False, [])

    assert (hints.are_due(at=LATER), hints.take(at=LATER, size=9).student_ids) == (True, [1])


@pytest.mark.parametrize("fields", [{"student_id": 1}, {"achievement_id": 1}, {"organization_id": 1}])
def test_a_hint_of_any_kind_is_due_at_once(db, fields):
    SweepHint.objects.create(**fields)

    assert hints.are_due(at=NOW)


def test_wider_hints_stay_until_they_are_settled_and_what_came_meanwhile_longer(db):
    assert hints.wider() is None
    SweepHint.objects.create(student_id=1)
    first, second, again, third = (
        SweepHint.objects.create(**fields)
        for fields in ({"achievement_id": 7}, {"organization_id": 5}, {"achievement_id": 7}, {"achievement_id": 2})
    )

    asked = hints.wider()

    assert asked == Wider([first.pk, second.pk, again.pk, third.pk], [2, 7], [5])
    assert hints.wider() == asked
    new = SweepHint.objects.create(achievement_id=7)
    hints.settle(asked)
    assert hints.wider() == Wider([new.pk], [7], [])
    assert hints.take(at=NOW, size=9).student_ids == [1]


def test_wider_hints_are_looked_at_in_batches_the_oldest_first(db, monkeypatch):
    monkeypatch.setattr(hints, "BATCH", 2)
    for pk, achievement_id in ((903, 3), (901, 1), (902, 2)):
        SweepHint.objects.create(pk=pk, achievement_id=achievement_id)

    assert hints.wider() == Wider([901, 902], [1, 2], [])


def test_putting_off_leaves_one_hint_and_what_is_due_later_still(db):
    for due_at in (None, NOW, LATER, LATER + dt.timedelta(hours=1)):
        SweepHint.objects.create(student_id=1, due_at=due_at)
    SweepHint.objects.create(student_id=2)

    hints.put_off(1, until=LATER)

    assert waiting() == [(1, LATER + dt.timedelta(hours=1)), (2, None), (1, LATER)]


def test_students_are_queued_again_for_now_or_for_a_moment(db):
    hints.look_again([3, 1])
    hints.look_again([2], at=LATER)

    assert waiting() == [(3, None), (1, None), (2, LATER)]


def test_many_students_are_queued_again_in_batches(db, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(hints, "BATCH", 2)

    with django_assert_num_queries(2):
        hints.look_again([3, 1, 2])
