"""The command that awards and drains without a worker."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from achievements.models import Sweep
from tests.achievements.processes import a_sweeper_elsewhere
from tests.factories import AchievementFactory


def test_command_awards_everybody(completion):
    completion.delete()
    output = StringIO()

    call_command("sweep", stdout=output)

    assert "Full sweep: 1 achievements, 1 earned, 0 badges issued, 0 failed, 0 skipped, " in output.getvalue()


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
    assert first.startswith("After a change: 1 achievements, 1 earned")
    assert second == "Nothing to do."


def test_command_names_problems(world):
    AchievementFactory.create(organization=world.academy, conditions=[])
    output = StringIO()

    call_command("sweep", stdout=output)

    assert output.getvalue().splitlines()[1].startswith("  conditions: Line 1, column 1: The list is empty")


def test_command_refuses_behind_a_pooler_and_sweeps_nothing(completion, settings):
    settings.DATABASE_POOLER = "transaction"

    with pytest.raises(CommandError, match="without DATABASE_POOLER"):
        call_command("sweep")

    assert not Sweep.objects.exists()


def test_command_names_twenty_problems_at_most(world):
    AchievementFactory.create_batch(21, organization=world.academy, conditions=[])
    output = StringIO()

    call_command("sweep", stdout=output)

    assert "21 achievements, 0 earned, 0 badges issued, 21 failed" in output.getvalue()
    assert len(output.getvalue().splitlines()) == 1 + 20
