"""Fixtures of tests of pages, of those that start processes, or need a worker."""

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.context import ForkServerProcess as Process

import pytest

from operation.models import SweepHint
from organizations.roles import install_roles
from tests.achievements.processes import Start, environment
from tests.achievements.rewarded_paths import network_defender
from tests.factories import AchievementFactory, AdministratorFactory, BadgeFactory, TrainingRecordFactory
from tms.celery import app


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


@pytest.fixture
def superuser(world, signed_in):
    """Sees what every organization's sweeps did."""
    return signed_in(AdministratorFactory.create(organization=world.outside, is_superuser=True))


@pytest.fixture
def path(world):
    return network_defender(world.academy)


@pytest.fixture
def badge(world):
    return BadgeFactory.create(organization=world.academy)


@pytest.fixture
def roles_come_back() -> Iterator[None]:
    """The flush after a test with real transactions takes the roles, which the other tests expect, with it."""
    yield
    install_roles()


@pytest.fixture
def start(monkeypatch) -> Iterator[Start]:
    """Starts processes, and leaves none behind."""
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.achievements.sweeping"])
    started: list[Process] = []

    def start_one(act: Callable[[], None]) -> Process:
        process = context.Process(target=act)
        process.start()
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.join()
        process.close()


@pytest.fixture
def a_worker_is_there(monkeypatch):
    """Tasks run where they are sent from. Celery's own switch for it does not hold for tasks that go by their names."""
    app.loader.import_default_modules()
    monkeypatch.setattr(app, "send_task", lambda name, **_options: app.tasks[name].apply(throw=True))


@pytest.fixture
def completion(world):
    """Something to award, and its hint."""
    AchievementFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=world.student, course=world.course)
    return SweepHint.objects.create(student_id=world.student.pk)
