"""A full sweep, or a look, that somebody asks for."""

import datetime as dt
from functools import partial

from achievements.models import Sweep
from achievements.sweep import lock, sweeper
from achievements.sweep.starting import ask_for_full_sweep, look_at_organizations
from operation.models import SweepHint
from organizations.models import Organization
from tests.achievements.sweep.ruled import NOW
from tests.factories import AchievementFactory, AdministratorFactory, SweepFactory, TrainingRecordFactory
from tests.racing import at_once

SECOND = dt.timedelta(seconds=1)


def test_the_worker_begins_what_somebody_asked_for(world):
    SweepFactory.create(started_at=NOW, finished_at=NOW)
    asked = ask_for_full_sweep(by=world.administrator, at=NOW + SECOND)

    done = sweeper.award_if_due(at=NOW + 3 * SECOND)

    assert (asked.is_new, asked.is_woken) == (True, False)
    assert done is not None
    assert (done.pk, done.started_by, done.started_at, done.is_waiting) == (
        asked.sweep.pk,
        world.administrator,
        NOW + 3 * SECOND,
        False,
    )


def test_a_worker_that_is_woken_begins_at_once(world, a_worker_is_there):
    AchievementFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=world.student, course=world.course)

    asked = ask_for_full_sweep(by=world.administrator, at=NOW)

    asked.sweep.refresh_from_db()
    assert (asked.is_woken, asked.sweep.is_waiting, asked.sweep.earned) == (True, False, 1)


def test_asked_at_the_same_moment_there_is_one(transactional_db):
    people = AdministratorFactory.create_batch(4)

    asked = at_once(*(partial(ask_for_full_sweep, by=person, at=NOW) for person in people))

    assert sorted(one.is_new for one in asked) == [False, False, False, True]
    assert {one.sweep.pk for one in asked} == {Sweep.objects.get().pk}


def test_who_asks_while_one_runs_is_led_to_it(world):
    running = SweepFactory.create(started_at=NOW)

    with lock.holding():
        asked = ask_for_full_sweep(by=world.administrator, at=NOW + SECOND)

    assert (asked.sweep, asked.is_new, Sweep.objects.count()) == (running, False, 1)


def test_organizations_that_wait_already_are_not_asked_for_again(world):
    SweepHint.objects.create(student_id=world.student.pk)
    SweepHint.objects.create(organization_id=world.academy.pk)
    ours = Organization.objects.filter(pk__in=[world.umbrella.pk, world.academy.pk])

    for _twice in range(2):
        look_at_organizations(ours)

    waiting = SweepHint.objects.exclude(organization_id=None).order_by("pk").values_list("organization_id", flat=True)
    assert list(waiting) == [world.academy.pk, world.umbrella.pk]
