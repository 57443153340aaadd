"""Looks at everybody beside a queue: whoever is in it gets nothing before what leads to it is known."""

import datetime as dt

import pytest
from django.db import connection

from achievements.models import Achievement
from achievements.sweep import hints, sweeper
from operation.models import SweepHint
from tests.factories import PAST, AchievementFactory, CourseFactory, StudentFactory, TrainingRecordFactory

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def sources(world, monkeypatch) -> list[Achievement]:
    """Two that give points; the student has met both, the first one earlier. In the queue others come before."""
    monkeypatch.setattr(hints, "BATCH", 1)
    made = []
    for number in range(2):
        course = CourseFactory.create(organization=world.academy)
        TrainingRecordFactory.create(user=world.student, course=course, started_at=PAST + number * DAY)
        condition = {"Subject": 10, "Count": 1, "CourseIds": [course.pk]}
        made.append(AchievementFactory.create(organization=world.academy, points=5, conditions=[condition]))
    others = StudentFactory.create_batch(5, organization=world.academy)
    for student in [*others, world.student]:
        SweepHint.objects.create(student_id=student.pk)
    return made


def dependent(world, **more) -> Achievement:
    return AchievementFactory.create(
        organization=world.academy, **{"conditions": [{"Subject": 40, "Points": 5}]} | more
    )


def test_a_look_leaves_whoever_is_queued_to_the_step(world, sources):
    dependents = [dependent(world)]
    SweepHint.objects.create(achievement_id=sources[1].pk)

    sweeper.drain(at=NOW)

    assert [one.earned.get().earned_at for one in dependents] == [PAST]
    assert not SweepHint.objects.exists()


def test_so_it_does_of_a_cycle(world, sources):
    cycle = [dependent(world, points=1) for _ in range(2)]
    SweepHint.objects.create(achievement_id=sources[1].pk)

    sweeper.drain(at=NOW)

    assert [one.earned.get().earned_at for one in cycle] == [PAST, PAST]


def test_a_sweep_whose_steps_fail_leaves_nobody(world, sources):
    last = dependent(world)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;"
            "CREATE TRIGGER refuse BEFORE DELETE ON operation_sweephint FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse()"
        )

    sweeper.award_everybody(at=NOW)

    assert last.earned.get().earned_at == PAST
