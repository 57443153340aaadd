"""Nothing is earned before its moment: in a full sweep, in a drain, and on the pages that tell how far somebody is."""

import datetime as dt

import pytest
from django.utils import timezone

from achievements.explaining.previewing import preview
from achievements.explaining.why import explain
from achievements.log import freshness
from achievements.models import EarnedAchievement
from achievements.sweep import sweeper
from operation.models import SweepHint
from tests.factories import AchievementFactory, LabFactory, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
BEGUN, COMPLETED = [{"Subject": 10, "Count": 1}], [{"Subject": 10, "Count": 1, "Complete": True}]
LAB_PASSED = [{"Subject": 0, "Count": 1, "Passed": True}]


@pytest.fixture(params=["full", "drain"])
def look(request, world):
    """A look at the student at a moment: a full sweep, or what the queue leads to."""

    def look(at):
        if request.param == "full":
            sweeper.award_everybody(at=at)
        else:
            sweeper.drain(at=at)
        return list(EarnedAchievement.objects.values_list("earned_at", flat=True))

    return look


def record(world, **moments):
    TrainingRecordFactory.create(user=world.student, course=world.course, **moments)
    SweepHint.objects.create(student_id=world.student.pk)


@pytest.mark.parametrize("conditions", [BEGUN, COMPLETED])
def test_what_is_ahead_by_hours_is_earned_when_its_moment_has_come(world, look, conditions):
    AchievementFactory.create(organization=world.academy, conditions=conditions)
    record(world, started_at=NOW + 5 * HOUR, completed_at=NOW + 5 * HOUR)

    found = [look(NOW), look(NOW + 4 * HOUR), look(NOW + 6 * HOUR)]

    assert found == [[], [], [NOW + 5 * HOUR]]


def test_it_is_begun_before_it_is_completed(world, look):
    begun = AchievementFactory.create(organization=world.academy, conditions=BEGUN)
    AchievementFactory.create(organization=world.academy, conditions=COMPLETED)
    record(world, started_at=NOW - HOUR, completed_at=NOW + HOUR)

    look(NOW)
    first = list(EarnedAchievement.objects.values_list("achievement_id", flat=True))

    assert (first, look(NOW + 2 * HOUR)) == ([begun.pk], [NOW - HOUR, NOW + HOUR])


def test_an_exam_is_not_passed_before_it_ends(world, look):
    AchievementFactory.create(organization=world.academy, conditions=LAB_PASSED)
    lab = LabFactory.create(organization=world.academy)
    moments = {"started_at": NOW - HOUR, "completed_at": NOW + HOUR}
    TrainingRecordFactory.create(user=world.student, course=None, lab=lab, passed=True, **moments)
    SweepHint.objects.create(student_id=world.student.pk)

    assert [look(NOW), look(NOW + 2 * HOUR)] == [[], [NOW + HOUR]]


def test_the_queue_comes_back_to_each_moment(world):
    record(world, started_at=NOW + HOUR, completed_at=NOW + 3 * HOUR)

    waits = []
    for hours in (0, 2, 4):
        sweeper.drain(at=NOW + hours * HOUR)
        waits.append(list(SweepHint.objects.values_list("student_id", "due_at")))

    pk = world.student.pk
    assert waits == [[(pk, NOW + HOUR)], [(pk, NOW + 3 * HOUR)], []]


def test_what_waits_for_its_moment_is_not_late(world):
    SweepHint.objects.create(student_id=world.student.pk, due_at=NOW + HOUR)
    SweepHint.objects.update(created_at=NOW - 9 * HOUR)

    waited = [freshness.measure(at=NOW + hours * HOUR).waited for hours in (0, 3)]

    assert waited == [None, 2 * HOUR]


def test_no_award_was_due_before_it_was_earned(world):
    AchievementFactory.create(organization=world.academy)
    record(world, started_at=NOW - HOUR, completed_at=timezone.now() + 5 * HOUR)

    sweeper.award_everybody(at=timezone.now() + 6 * HOUR)

    delay = EarnedAchievement.objects.get().delay
    assert delay is not None
    assert HOUR / 2 < delay <= 2 * HOUR


def test_pages_count_as_the_sweep_does(world):
    achievement = AchievementFactory.create(organization=world.academy)
    record(world, started_at=timezone.now(), completed_at=timezone.now() + 5 * HOUR)

    why, seen = explain(achievement, world.student), preview(achievement, user=world.administrator)

    assert ([line.tally.have for line in why.lines], seen.would_award) == ([0], 0)
