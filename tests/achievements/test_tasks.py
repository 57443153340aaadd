from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from achievements import tasks
from achievements.models import EarnedAchievement, Sweep
from operation.models import SweepHint
from tests.achievements.processes import a_sweeper_elsewhere
from tests.factories import AchievementFactory, TrainingRecordFactory


@pytest.fixture
def completion(world):
    """Something to award, and its hint."""
    AchievementFactory.create(organization=world.academy)
    TrainingRecordFactory.create(user=world.student, course=world.course)
    return SweepHint.objects.create(student_id=world.student.pk)


@pytest.mark.parametrize(("task", "kinds"), [(tasks.award_everybody, {"full", "drain"}), (tasks.drain, {"drain"})])
def test_tasks(completion, task, kinds):
    """The full pass sees to the queue as well, between its pieces."""
    task()

    assert EarnedAchievement.objects.count() == 1
    assert set(Sweep.objects.values_list("kind", flat=True)) == kinds
    assert not SweepHint.objects.exists()


@pytest.mark.parametrize("task", [tasks.award_everybody, tasks.award_if_due, tasks.drain])
def test_a_task_that_comes_to_a_worker_behind_a_pooler_sweeps_nothing_there(completion, settings, task):
    settings.DATABASE_POOLER = "transaction"

    with pytest.raises(ImproperlyConfigured, match="without DATABASE_POOLER"):
        task()

    assert (EarnedAchievement.objects.count(), SweepHint.objects.count()) == (0, 1)


def test_command_awards_everybody(completion):
    completion.delete()
    output = StringIO()

    call_command("sweep", stdout=output)

    assert "Full pass: 1 achievements, 1 earned, 0 badges issued, 0 failed, 0 skipped, " in output.getvalue()


def test_command_says_when_another_sweeper_is_at_work(completion):
    output = StringIO()

    with a_sweeper_elsewhere():
        call_command("sweep", stdout=output)

    assert output.getvalue().startswith("Another sweeper is at work.")


def test_command_drains(completion):
    output = StringIO()

    call_command("sweep", "--drain", stdout=output)
    call_command("sweep", "--drain", stdout=output)

    first, second = output.getvalue().splitlines()
    assert first.startswith("After changes: 1 achievements, 1 earned")
    assert second == "Nothing to do."


def test_command_names_problems(world):
    AchievementFactory.create(organization=world.academy, conditions=[])
    output = StringIO()

    call_command("sweep", stdout=output)

    assert output.getvalue().splitlines()[1].startswith("  conditions: Line 1, column 1: The list is empty")
