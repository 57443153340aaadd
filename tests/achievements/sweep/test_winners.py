"""Winners of limited achievements whom no hint names: students of a step compete with everybody."""

import datetime as dt

import pytest

from achievements.models import Achievement
from achievements.sweep import hints, sweeper
from operation.models import SweepHint
from tests.factories import PAST, AchievementFactory, BadgeFactory, StudentFactory, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
LIMITED = [Achievement.FrequencyType.PER_DAY, Achievement.FrequencyType.PER_ACHIEVEMENT]


def earners(achievement) -> list[int]:
    return list(achievement.earned.order_by("user_id").values_list("user_id", flat=True))


def followed_by(source, **more) -> Achievement:
    badge = BadgeFactory.create(organization=source.organization)
    conditions = [{"Subject": 40, "AchievementIds": [source.pk], "Count": 1}]
    return AchievementFactory.create(organization=source.organization, conditions=conditions, badge=badge, **more)


@pytest.fixture
def students(world):
    """Three of them complete the course, a day apart; a hint names the last one."""
    made = StudentFactory.create_batch(3, organization=world.academy)
    for number, student in enumerate(made):
        TrainingRecordFactory.create(user=student, course=world.course, started_at=PAST + number * DAY)
    SweepHint.objects.create(student_id=made[-1].pk)
    return [student.pk for student in made]


@pytest.fixture(params=LIMITED)
def limited(world, students, request):
    frequency = 1 if request.param == Achievement.FrequencyType.PER_DAY else 2
    return AchievementFactory.create(organization=world.academy, frequency=frequency, frequency_type=request.param)


def test_a_winner_whom_no_hint_names_gets_what_the_place_leads_to(limited):
    dependent = followed_by(limited)
    next_one = followed_by(dependent)

    sweeper.drain(at=NOW)

    assert len(earners(limited)) >= 2
    assert earners(dependent) == earners(next_one) == earners(limited)
    assert not SweepHint.objects.exists()


def test_of_winners_the_earliest_win_what_follows(world, students):
    """Whoever is named by a hint must not take a place of what follows before the others are looked at."""
    per_achievement = Achievement.FrequencyType.PER_ACHIEVEMENT
    limited = AchievementFactory.create(organization=world.academy, frequency=3, frequency_type=per_achievement)
    between = followed_by(limited)
    last = followed_by(between, frequency=1, frequency_type=per_achievement)

    sweeper.drain(at=NOW)

    assert earners(last) == students[:1]


def test_a_winner_of_a_follower_gets_what_that_leads_to(world, students):
    """Nobody's hint is left of those who have the source already."""
    per_achievement = Achievement.FrequencyType.PER_ACHIEVEMENT
    source = AchievementFactory.create(organization=world.academy)
    SweepHint.objects.all().delete()
    sweeper.award_everybody(at=NOW)
    limited = followed_by(source, frequency=2, frequency_type=per_achievement)
    last = followed_by(limited)
    SweepHint.objects.all().delete()
    SweepHint.objects.create(student_id=students[-1])

    sweeper.drain(at=NOW)

    assert (earners(limited), earners(last)) == (students[:2], students[:2])


def test_a_winner_whom_no_hint_names_is_looked_at_as_a_whole(world, students, limited, monkeypatch):
    """What only counts together with what the queue has not come to yet is dated by both."""
    monkeypatch.setattr(hints, "BATCH", 1)
    other = AchievementFactory.create(
        organization=world.academy, points=5, conditions=[{"Subject": 10, "Count": 1, "Complete": True}]
    )
    Achievement.objects.filter(pk=limited.pk).update(points=5)
    dependent = AchievementFactory.create(organization=world.academy, conditions=[{"Subject": 40, "Points": 5}])
    TrainingRecordFactory.create(user_id=students[0], course=world.course, started_at=PAST - DAY)
    SweepHint.objects.create(student_id=students[0])

    sweeper.drain(at=NOW)

    assert other.earned.get(user_id=students[0]).earned_at == dependent.earned.get(user_id=students[0]).earned_at
