"""Delivery with real processes that are killed and restarted: nothing is lost and nothing is there twice.

DELIVERY_ROUNDS sets how often workers are killed.
"""

import os
import time
from functools import partial

import pytest

from tests.delivering import System, running

pytestmark = pytest.mark.xdist_group("processes")

KILLS = int(os.environ.get("DELIVERY_ROUNDS", "4"))
REFUSED = "s7@example.test"
KEPT = "s30@example.test"


def has(system: System, badges: int) -> bool:
    return len(system.credly.badges()) > badges


def is_settled_or_has(system: System, badges: int) -> bool:
    return system.is_settled() or has(system, badges)


def test_workers_are_killed_while_the_provider_misbehaves(tmp_path):
    with running(tmp_path, workers=3) as system:
        # First of all: a request takes the first fault that fits, and this student is refused whatever else goes wrong.
        system.credly.fault("refusal", recipient=REFUSED, every=1, message="Validation failed: Recipient is blocked")
        system.misbehave()
        system.fill(students=100, badges=2)

        for _kill in range(KILLS):
            enough = len(system.credly.badges()) + 15
            system.wait_until(partial(is_settled_or_has, system, enough))
            system.kill_worker()
            system.start_worker()
        system.wait_until(system.is_settled)

        assert system.counts() == {"delivered": 198, "failed": 2}
        assert system.pairs_at_the_provider() == system.pairs_here("delivered")
        failures = system.query(
            "SELECT DISTINCT recipient_email, failure_message FROM badges_issuedbadge WHERE delivery = 'failed'"
        )
        assert failures == [(REFUSED, "Validation failed: Recipient is blocked")]


def stop_the_broker(system: System) -> None:
    assert system.broker.process is not None
    system.broker.process.kill()
    system.broker.process.wait()


def restart_the_broker(system: System) -> None:
    stop_the_broker(system)
    time.sleep(1)
    system.broker.start()


def restart_postgresql(system: System) -> None:
    system.postgres.kill()
    time.sleep(1)
    system.postgres.start()


def break_all_sessions(system: System) -> None:
    system.wait_until(lambda: system.end_sessions() > 0)


def replace_the_worker(system: System) -> None:
    system.start_worker()
    system.stop_worker()


ACTS = [restart_the_broker, restart_postgresql, break_all_sessions, replace_the_worker]


def test_something_gives_way_while_the_provider_misbehaves(tmp_path):
    with running(tmp_path, workers=1, settings={"DELIVERY_THREADS": "4"}) as system:
        # However late an act comes, somebody still waits for his badge.
        system.credly.fault("stuck", recipient=KEPT, every=1)
        system.misbehave()
        system.credly.answer_after(0.4)
        system.fill(students=100)

        for number, act in enumerate([*ACTS, *ACTS], start=1):
            system.wait_until(partial(has, system, 10 * number))
            assert not system.is_settled()
            act(system)
        system.credly.let_go()
        system.wait_until(system.is_settled)

        assert system.counts() == {"delivered": 100}
        assert system.pairs_at_the_provider() == system.pairs_here("delivered")
        assert len(set(system.pairs_at_the_provider())) == 100


def test_a_backup_is_restored_that_knows_nothing_of_what_was_issued_since(tmp_path):
    with running(tmp_path, workers=1) as system:
        system.fill(students=20, badges=2, issues=False)
        templates = system.query("SELECT provider_template_id FROM badges_badge")
        for (template,), allows_duplicates in zip(templates, [False, True], strict=True):
            system.credly.change_template(template, allow_duplicate_badges=allows_duplicates)
        system.back_up()
        system.issue()
        system.wait_until(system.is_settled)
        first = system.credly.badges()

        system.restore()
        assert system.counts() == {}
        system.issue()
        system.wait_until(system.is_settled)

        assert system.counts() == {"delivered": 40}
        assert system.credly.badges() == first
        assert system.pairs_at_the_provider() == system.pairs_here("delivered")
        assert len(set(system.pairs_at_the_provider())) == len(first) == 40
        known = system.query("SELECT external_id FROM badges_issuedbadge")
        assert {external_id for (external_id,) in known} == {one["id"] for one in first}


def test_what_was_undone_never_leaves_and_the_rest_once_whoever_is_killed(tmp_path):
    with running(tmp_path, workers=2, settings={"UNDO_SECONDS": "600"}) as system:
        system.fill(students=40, badges=2)
        system.kill_worker()
        undone = system.undo()
        system.issue(most=20)
        stop_the_broker(system)  # nobody can be told of Send now
        sent = system.send_now()
        system.broker.start()
        system.environment["UNDO_SECONDS"] = "3"
        system.issue()
        restart_the_broker(system)  # nobody has to be told when the time is over
        system.wait_until(partial(has, system, 10))
        system.kill_worker()
        system.start_worker()
        system.wait_until(system.is_settled)

        assert undone == {"undone": 80, "left": 0}
        assert sent == {"sent": 40, "left": 0, "undone": 0}
        assert system.counts() == {"delivered": 80}
        assert system.pairs_at_the_provider() == system.pairs_here("delivered")
        assert len(set(system.pairs_at_the_provider())) == 80
        codes = system.query("SELECT code, count(*) FROM badges_issuanceitem GROUP BY code ORDER BY code")
        assert codes == [("", 80), ("already_held", 40), ("undone", 80)]
