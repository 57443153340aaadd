import datetime as dt
import os
import socket
from functools import partial

import pytest
from django.conf import settings
from django.db import connection

from achievements.models import EarnedAchievement, Sweep
from achievements.sweep import lock, sweeper, underway
from achievements.sweep.starting import ask_for_full_sweep
from achievements.tasks import award_if_due
from operation.models import SweepHint
from tests.achievements.processes import a_sweeper_elsewhere, wait_until
from tests.factories import AchievementFactory, AdministratorFactory, SweepFactory, TrainingRecordFactory
from tests.racing import at_once

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
SECOND = dt.timedelta(seconds=1)


def sweeps():
    return list(Sweep.objects.order_by("pk").values_list("started_at", "started_by", "is_waiting"))


def test_the_hourly_sweep_takes_what_somebody_asked_for(world):
    asked = ask_for_full_sweep(by=world.administrator, at=NOW)

    sweeper.award_everybody(at=NOW + SECOND)

    assert sweeps() == [(NOW + SECOND, world.administrator.pk, False)]
    assert asked.sweep.pk == Sweep.objects.get().pk


def test_who_asks_second_is_led_to_what_waits(world):
    first = ask_for_full_sweep(by=world.administrator, at=NOW)

    second = ask_for_full_sweep(by=AdministratorFactory.create(), at=NOW + SECOND)

    assert (second.sweep, second.is_new, sweeps()) == (first.sweep, False, [(NOW, world.administrator.pk, True)])


def test_a_sweep_that_was_stopped_does_not_run(world):
    SweepFactory.create(started_at=NOW)
    with lock.holding():
        pass

    assert underway.running() is None
    assert ask_for_full_sweep(by=world.administrator, at=NOW + SECOND).is_new


def test_a_sweep_whose_process_is_gone_does_not_run(world, transactional_db):
    lost = SweepFactory.create(started_at=NOW)
    work = lock.holding()
    work.__enter__()
    assert underway.running() == lost

    connection.close()

    wait_until(lambda: underway.running() is None)  # the server learns of it by and by
    work.__exit__(None, None, None)


def test_a_sweep_that_was_stopped_does_not_run_while_the_next_sweeper_is_at_work(world):
    stopped = SweepFactory.create(started_at=NOW)
    SweepHint.objects.create(student_id=world.student.pk)

    sweeper.drain(at=NOW + SECOND)

    stopped.refresh_from_db()
    assert stopped.is_stopped
    with lock.holding():
        assert underway.running() is None


def asked_for():
    underway.ask(by=None, at=NOW)


def missed():
    SweepFactory.create(started_at=NOW - 2 * HOUR, finished_at=NOW - 2 * HOUR)


def left():
    SweepFactory.create(started_at=NOW - HOUR / 2)


@pytest.mark.parametrize("is_due", [asked_for, missed, left])
def test_of_many_workers_one_begins_it(transactional_db, is_due):
    is_due()

    begun = at_once(*[partial(sweeper.award_if_due, at=NOW)] * 8)

    assert sorted(one is None for one in begun) == [False] + [True] * 7


def test_what_is_asked_for_while_another_sweeper_is_at_work_waits(world):
    AchievementFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=world.student, course=world.course)
    with a_sweeper_elsewhere():
        asked = sweeper.award_everybody(at=NOW)
        due = sweeper.award_if_due(at=NOW)
    assert (asked.is_waiting, due, EarnedAchievement.objects.count()) == (True, None, 0)

    done = sweeper.award_if_due(at=NOW + SECOND)

    assert done is not None
    assert (done.pk, done.earned) == (asked.pk, 1)


def test_a_drain_leaves_the_queue_to_the_sweeper_that_is_at_work(world):
    SweepHint.objects.create(student_id=world.student.pk)

    with a_sweeper_elsewhere():
        assert sweeper.drain(at=NOW) is None

    assert SweepHint.objects.count() == 1


@pytest.mark.parametrize(("minutes", "is_due"), [(0, False), (60, False), (61, False), (62, True), (24 * 60, True)])
def test_a_missed_hour_is_caught_up_on(db, minutes, is_due):
    SweepFactory.create(started_at=NOW, finished_at=NOW + SECOND)

    done = sweeper.award_if_due(at=NOW + minutes * 60 * SECOND)

    assert (done is not None) is is_due


def test_a_sweep_that_nobody_works_at_is_caught_up_on(db):
    SweepFactory.create(started_at=NOW - HOUR / 2, finished_at=NOW - HOUR / 2)
    SweepFactory.create(started_at=NOW, finished_at=None)

    assert sweeper.award_if_due(at=NOW + SECOND) is not None


def test_a_sweep_that_somebody_works_at_is_waited_for(db):
    SweepFactory.create(started_at=NOW, finished_at=None)

    with a_sweeper_elsewhere():
        done = sweeper.award_if_due(at=NOW + HOUR)

    assert done is None


def test_after_a_day_without_beat_there_is_one_sweep_and_not_24(world):
    AchievementFactory.create(organization=world.academy)
    sweeper.award_everybody(at=NOW)
    TrainingRecordFactory.create(user=world.student, course=world.course)

    for second in range(0, 60, 10):
        sweeper.award_if_due(at=NOW + 24 * HOUR + second * SECOND)

    assert [started for started, _by, _waits in sweeps()] == [NOW, NOW + 24 * HOUR]
    assert EarnedAchievement.objects.count() == 1


def test_the_first_sweep_does_not_wait_for_its_hour(db):
    done = sweeper.award_if_due(at=NOW)

    assert done is not None
    assert (done.started_at, done.finished_at is not None, done.news) == (NOW, True, None)


def test_a_sweep_counts_the_records_since_the_one_before_it_began(world):
    sweeper.award_everybody(at=NOW)
    for minutes in (-5, 5, 10):
        TrainingRecordFactory.create(
            user=world.student, course=world.course, recorded_at=NOW + dt.timedelta(minutes=minutes)
        )

    assert sweeper.award_everybody(at=NOW + HOUR).news == 2


def test_a_sweep_says_how_far_it_came_and_where_it_ran(world):
    AchievementFactory.create_batch(3, organization=world.academy)
    AchievementFactory.create(organization=world.academy, conditions=[])

    done = sweeper.award_everybody(at=NOW)

    assert (done.achievements, done.evaluated) == (4, 4)
    assert done.worker.endswith(f", {os.getpid()}")


def test_a_process_is_named_by_its_command_and_machine(monkeypatch):
    here = f"@{socket.gethostname()}, {os.getpid()}"

    monkeypatch.setattr("sys.argv", ["/srv/manage.py", "sweep", "--verbosity=2"])
    assert underway.worker_name() == f"manage.py sweep{here}"
    monkeypatch.setattr("sys.argv", ["x" * 300])
    assert underway.worker_name() == "x" * 255


def test_a_worker_is_named_by_its_own_name(db):
    award_if_due.apply()

    assert Sweep.objects.get().worker == f"{socket.gethostname()}, {os.getpid()}"


def test_of_those_that_did_not_end_the_last_full_sweep_runs(world):
    asked = {"is_waiting": True, "started_at": NOW}
    first, last = SweepFactory.create_batch(2, started_at=NOW, started_by=world.administrator)
    ended = SweepFactory.create(started_at=NOW, finished_at=NOW)
    stopped = SweepFactory.create(started_at=NOW, is_stopped=True)
    drain = SweepFactory.create(started_at=NOW, kind=Sweep.Kind.DRAIN)
    every = [first, last, ended, stopped, drain, SweepFactory.create(**asked)]

    assert (underway.running(), underway.at_work_among(every)) == (None, set())
    with lock.holding():
        assert underway.running() == last
        assert underway.at_work_among(every) == {first.pk, last.pk, drain.pk}
        assert [one for one in every if underway.is_at_work(one)] == [first, last, drain]
        assert underway.at_work_among([first, ended]) == {first.pk}


def test_who_started_what_runs_takes_no_query_of_its_own(world, django_assert_num_queries):
    SweepFactory.create(started_at=NOW, finished_at=None, started_by=world.administrator)

    with lock.holding(), django_assert_num_queries(1):
        running = underway.running()
        assert running is not None
        assert running.started_by == world.administrator
    with django_assert_num_queries(1):
        last = underway.last_full_sweep(is_finished=False)
        assert last is not None
        assert last.started_by == world.administrator
    with django_assert_num_queries(0):
        assert underway.at_work_among([SweepFactory.build(finished_at=NOW)]) == set()


def test_the_last_full_sweep_is_the_one_that_was_begun_last(db):
    _first, second = SweepFactory.create_batch(2, started_at=NOW, finished_at=NOW)
    open_one = SweepFactory.create(started_at=NOW - HOUR, finished_at=None)
    SweepFactory.create(started_at=NOW, finished_at=NOW, kind=Sweep.Kind.DRAIN)
    underway.ask(by=None, at=NOW)

    found = [underway.last_full_sweep(is_finished=is_finished) for is_finished in (True, False)]

    assert found == [second, open_one]


def test_what_begins_is_the_row_that_waits_or_a_new_one(world):
    asked, is_new = underway.ask(by=world.administrator, at=NOW)
    again = underway.ask(by=None, at=NOW + SECOND)
    first, second = (underway.begin(at=NOW + minutes * 60 * SECOND) for minutes in (1, 2))

    assert (is_new, again) == (True, (asked, False))
    assert (first.pk, second.pk > first.pk) == (asked.pk, True)
    assert [(one.kind, one.is_waiting, one.worker, one.news) for one in (first, second)] == [
        (Sweep.Kind.FULL, False, underway.worker_name(), None)
    ] * 2
    assert sweeps() == [
        (NOW + 60 * SECOND, world.administrator.pk, False),
        (NOW + 120 * SECOND, None, False),
    ]


def test_a_tick_with_nothing_due_takes_two_queries(db, django_assert_num_queries):
    SweepFactory.create(started_at=NOW, finished_at=NOW)

    with django_assert_num_queries(2):  # what was asked for, the last full sweep
        sweeper.award_if_due(at=NOW + SECOND)


def test_beat_looks_for_what_is_due_every_ten_seconds():
    entry = settings.CELERY_BEAT_SCHEDULE["award-if-due"]

    assert (entry["schedule"], entry["options"]) == (10.0, {"expires": 300})
