"""Wakes a worker after a commit, at best: whatever it would have done, beat finds within seconds anyway.

The tasks go by their names, since those who wake them stand below them. A broker that is down or hangs costs a page a
second or so (the socket time-outs of the settings) and one line in the log, never an error.
"""

import logging
import time
from collections.abc import Callable

from celery import current_app
from django.db import connection, transaction

from operation.outages import BROKER
from operation.promises import WAKE_EXPIRES

logger = logging.getLogger(__name__)

# A broker that let somebody wait in vain is left alone for so long: beat does what it would have woken.
AVOIDED_SECONDS = 10.0
_avoided_until: dict[str, float] = {}

DRAIN = "achievements.tasks.drain"
AWARD_IF_DUE = "achievements.tasks.award_if_due"
DELIVER = "badges.tasks.deliver"
APPLY_EVENTS = "badges.tasks.apply_events"
WRITE_LETTERS = "badges.tasks.write_letters"


def drain_soon() -> None:
    """Have the queue of hints drained once the current transaction is committed. Never raises."""
    _once_committed(_send_drain)


def deliver_soon() -> None:
    """Have badges that are due brought to their providers once the current transaction is committed. Never raises."""
    _once_committed(_send_deliver)


def apply_events_soon() -> None:
    """Have what webhooks announced asked for and applied once the transaction is committed. Never raises."""
    _once_committed(_send_apply_events)


def write_letters_soon() -> None:
    """Have the letters that are due sent once the transaction is committed. Never raises."""
    _once_committed(_send_write_letters)


def award_if_due_now() -> bool:
    """Have a full sweep begun that is asked for. Whether the broker took the word: without it, beat finds it. Never raises."""
    return _send(AWARD_IF_DUE)


def _once_committed(send: Callable[[], object]) -> None:
    """Once for a transaction, however often it is asked: a hung broker costs its second once.

    A call that is undone with its savepoint takes along only calls that were made inside the same savepoint.
    """
    if not any(waiting[1] is send for waiting in connection.run_on_commit):
        transaction.on_commit(send, robust=True)


def _send_drain() -> None:
    _send(DRAIN)


def _send_deliver() -> None:
    _send(DELIVER)


def _send_apply_events() -> None:
    _send(APPLY_EVENTS)


def _send_write_letters() -> None:
    _send(WRITE_LETTERS)


def _send(name: str) -> bool:
    return told(name, lambda: current_app.send_task(name, expires=WAKE_EXPIRES, retry=False))


def told(name: str, send: Callable[[], object]) -> bool:
    """Whether the broker took what `send` sends it. Not tried just after it let somebody wait in vain. Never raises."""
    broker = str(current_app.conf.broker_url)
    if time.monotonic() < _avoided_until.get(broker, 0.0):
        return False
    try:
        send()
    except Exception as error:  # noqa: BLE001 - the border to the broker: its clients raise whatever they like
        logger.info("The task %s was not woken: %s", name, error)
        BROKER.begin(error)
        if _is_of_time(error):
            _avoided_until[broker] = time.monotonic() + AVOIDED_SECONDS
        return False
    BROKER.end()
    return True


def _is_of_time(error: BaseException | None) -> bool:
    return error is not None and (isinstance(error, TimeoutError) or _is_of_time(error.__cause__ or error.__context__))
