"""Wakes a worker after a commit, at best: whatever it would have done, beat finds within seconds anyway.

The task goes by its name, since those who write training records stand below achievements. A broker that is down or
hangs costs a page a second or so (the socket time-outs of the settings) and one line in the log, never an error.
"""

import logging

from celery import current_app
from django.db import connection, transaction

logger = logging.getLogger(__name__)

DRAIN = "achievements.tasks.drain"


def drain_soon() -> None:
    """Have the queue of hints drained once the current transaction is committed. Never raises.

    Once for a transaction, however often it asks: a hung broker costs its second once. A call that is undone with its
    savepoint takes along only calls that were made inside the same savepoint.
    """
    if not any(waiting[1] is _send_drain for waiting in connection.run_on_commit):
        transaction.on_commit(_send_drain, robust=True)


def _send_drain() -> None:
    try:
        current_app.send_task(DRAIN, expires=5, retry=False)
    except Exception as error:  # noqa: BLE001 - the border to the broker: its clients raise whatever they like
        logger.warning("The drain was not woken: %s", error)
