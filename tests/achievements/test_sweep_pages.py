import datetime as dt

import pytest
from django.urls import reverse

from achievements.models import EarnedAchievement, Sweep
from tests.factories import (
    PAST,
    AchievementFactory,
    EarnedAchievementFactory,
    StudentFactory,
    SweepFactory,
    SweepProblemFactory,
    TrainingRecordFactory,
)
from tms.celery import app

SWEEPS = reverse("achievements:sweeps")
RUN = reverse("achievements:run_sweep")


@pytest.fixture
def achievement(world):
    return AchievementFactory.create(name="Three Courses", organization=world.academy, points=10)


@pytest.fixture
def administrator(world, signed_in):
    return signed_in(world.administrator)


@pytest.fixture
def a_worker_is_there():
    """Tasks run where they are sent from."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def page(name, pk):
    return reverse(f"achievements:{name}", args=[pk])


def messages_of(response):
    return [str(message) for message in response.context["messages"]]


def test_the_log_shows_the_newest_sweep_first(administrator):
    earlier = SweepFactory.create(started_at=PAST, finished_at=PAST + dt.timedelta(seconds=4))
    later = SweepFactory.create(started_at=PAST + dt.timedelta(hours=1), kind=Sweep.Kind.DRAIN, failed=2)

    everything = administrator.get(SWEEPS)
    failed = administrator.get(SWEEPS, {"failed": "true"})
    passes = administrator.get(SWEEPS, {"kind": "full"})

    lists = [list(response.context["listing"].page) for response in (everything, failed, passes)]
    assert lists == [[later, earlier], [later], [earlier]]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_log_takes_seven_queries(administrator, django_assert_num_queries, rows):
    SweepFactory.create_batch(rows)

    with django_assert_num_queries(7):
        administrator.get(SWEEPS)


def test_the_log_exports_how_long_each_sweep_took(administrator):
    SweepFactory.create(started_at=PAST, finished_at=PAST + dt.timedelta(seconds=4))

    response = administrator.get(SWEEPS, {"export": "csv", "columns": ["kind", "took"]})

    assert response.getvalue().decode() == "\ufeffKind,Took (s)\r\nFull pass,4.0\r\n"


@pytest.mark.parametrize(
    ("persona", "status"),
    [("administrator", 200), ("instructor", 404), ("contractor", 404), ("student", 404), ("stranger", 404)],
)
def test_a_sweep_is_for_administrators(world, signed_in, persona, status):
    sweep = SweepFactory.create()

    response = signed_in(getattr(world, persona)).get(page("sweep", sweep.pk))

    assert response.status_code == status


def test_a_sweep_names_what_is_in_reach_alone(world, achievement, administrator):
    sweep = SweepFactory.create(failed=2, earned=2)
    ours = SweepProblemFactory.create(sweep=sweep, achievement=achievement, student=world.student)
    SweepProblemFactory.create(sweep=sweep)
    earned = EarnedAchievementFactory.create(sweep=sweep, achievement=achievement)
    EarnedAchievementFactory.create(sweep=sweep)

    context = administrator.get(page("sweep", sweep.pk)).context

    assert (list(context["problems"]), context["newest"]) == ([ours], [earned])


@pytest.mark.parametrize("rows", [1, 3])
def test_a_sweep_takes_nine_queries(achievement, administrator, django_assert_num_queries, rows):
    sweep = SweepFactory.create()
    SweepProblemFactory.create_batch(rows, sweep=sweep, achievement=achievement, student=StudentFactory.create())
    EarnedAchievementFactory.create_batch(rows, sweep=sweep, achievement=achievement)

    with django_assert_num_queries(9):
        administrator.get(page("sweep", sweep.pk))


@pytest.mark.parametrize("persona", ["instructor", "contractor", "student", "stranger"])
def test_only_administrators_run_a_sweep(world, signed_in, persona):
    response = signed_in(getattr(world, persona)).post(RUN)

    assert response.status_code == 403


def test_running_a_sweep_is_no_link(administrator):
    response = administrator.get(RUN)

    assert response.status_code == 405


def test_run_now_says_when_the_broker_does_not_answer(administrator):
    response = administrator.post(RUN, follow=True)

    assert messages_of(response) == [
        (
            "The full pass could not be started: the message broker does not answer. "
            "Nothing is lost: the pass runs by itself at the next full hour at which the broker is back."
        )
    ]


def test_run_now_awards_everybody(world, achievement, administrator, a_worker_is_there):
    TrainingRecordFactory.create(user=world.student, course=world.course)

    response = administrator.post(RUN, follow=True)

    assert [row.user for row in EarnedAchievement.objects.all()] == [world.student]
    assert messages_of(response) == ["A full pass was asked for. It appears here as soon as a worker has begun it."]
