"""Sweeps by real Celery workers and beats that end, double or lose their database: in the end there is what the oracle
says, and one issued badge for each badge and student.
"""

import contextlib
import os
import signal
from collections.abc import Iterator

import psycopg
import pytest

from tests.delivering import System, running

pytestmark = pytest.mark.xdist_group("processes")

SEED = 7
FULL_SWEEP, IF_DUE = "achievements.tasks.award_everybody", "achievements.tasks.award_if_due"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory) -> Iterator[System]:
    with running(tmp_path_factory.mktemp("deployment"), workers=0) as system:
        yield system


@pytest.fixture
def system(deployment) -> Iterator[System]:
    """PostgreSQL and a broker, the world, and neither worker nor beat."""
    deployment.manage("-m", "tests.achievements.worlds", "build", str(SEED))
    yield deployment
    deployment.end()


def assert_is_as_the_oracle_says(system: System) -> None:
    system.manage("-m", "tests.achievements.worlds", "judge")


def finished_passes(system: System) -> int:
    statement = "SELECT count(*) FROM achievements_sweep WHERE kind = 'full' AND finished_at IS NOT NULL"
    return int(system.query(statement)[0][0])


@contextlib.contextmanager
def held_in_the_middle(system: System) -> Iterator[None]:
    """A worker begins a full sweep, and inside it is held up by the awards of all achievements but the first."""
    with system.session() as session:
        session.execute("DELETE FROM operation_sweephint")
        session.commit()
        session.execute(
            "INSERT INTO achievements_earnedachievement (achievement_id, user_id, nth, earned_at, version, created_at)"
            " SELECT achievement.id, person.id, 1, now(), 1, now()"
            " FROM achievements_achievement achievement CROSS JOIN organizations_user person WHERE achievement.id <>"
            " (SELECT min(id) FROM achievements_achievement WHERE conditions->0->>'Subject' <> '40')"
        )
        system.start_worker(queue="celery")
        system.send(FULL_SWEEP)
        system.wait_until(lambda: has_written(system) and is_waiting_for_a_lock(system))
        yield
        session.rollback()


def has_written(system: System) -> bool:
    return system.query("SELECT count(*) FROM achievements_earnedachievement") != [(0,)]


def is_waiting_for_a_lock(system: System) -> bool:
    """For the lock on a row: others, such as the one on a growing table, are waited for as well, and soon over."""
    statement = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    return system.query(statement) != [(0,)]


def test_worker_that_is_told_to_end_finishes_its_sweep(system):
    with held_in_the_middle(system):
        [worker] = system.workers
        os.kill(worker.pid, signal.SIGTERM)

    assert worker.wait(timeout=120) == 0

    assert finished_passes(system) == 1
    system.manage("manage.py", "sweep")  # who was put off
    assert_is_as_the_oracle_says(system)


def test_sweep_goes_on_when_postgresql_is_stopped_at_once_and_started_again(system):
    with contextlib.suppress(psycopg.OperationalError), held_in_the_middle(system):
        system.postgres.kill()
    system.postgres.start()

    system.send(IF_DUE)  # as beat does every ten seconds
    system.wait_until(lambda: finished_passes(system) == 1)

    assert_is_as_the_oracle_says(system)


def test_two_beats_and_two_workers_at_once(system):
    for _ in range(2):
        system.start_beat()
        system.start_worker(queue="celery")

    system.wait_until(lambda: finished_passes(system) > 0 and is_drained(system))

    assert_is_as_the_oracle_says(system)


def is_drained(system: System) -> bool:
    waiting = system.query("SELECT count(*) FROM operation_sweephint")
    at_work = system.query("SELECT count(*) FROM achievements_sweep WHERE finished_at IS NULL")
    return waiting == at_work == [(0,)]
