import pytest
from django.core.exceptions import ImproperlyConfigured

from achievements import tasks
from achievements.models import EarnedAchievement, Sweep
from operation.models import SweepHint


@pytest.mark.parametrize(("task", "kinds"), [(tasks.award_everybody, {"full", "drain"}), (tasks.drain, {"drain"})])
def test_tasks(completion, task, kinds):
    """The full sweep sees to the queue as well, between its pieces."""
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
