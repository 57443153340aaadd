"""What goes through the broker: names of tasks and nothing else, so that nothing can be read there or lost with it."""

import inspect

import pytest

from tms.celery import app

app.loader.import_default_modules()
OURS = sorted(name for name in app.tasks if not name.startswith("celery."))


def test_the_tasks_are_known():
    assert OURS == [
        "achievements.tasks.award_everybody",
        "achievements.tasks.award_if_due",
        "achievements.tasks.drain",
        "badges.tasks.apply_events",
        "badges.tasks.check_providers",
        "badges.tasks.deliver",
        "badges.tasks.poll_providers",
        "badges.tasks.show_life",
        "badges.tasks.write_letters",
        "classes.tasks.clear_selections",
        "tms.tasks.clear_away",
        "tms.tasks.seal_audit",
        "tms.tasks.show_life",
    ]


@pytest.mark.parametrize("name", OURS)
def test_a_task_takes_nothing(name):
    assert list(inspect.signature(app.tasks[name].run).parameters) == []
